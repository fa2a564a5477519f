import type { NodeId } from "../core/kernel/ids.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { ProfileName } from "../core/profile.ts";
import { Credentials } from "../security/credentials.ts";
import { JOINED_FILE } from "../security/formation_record.ts";
import { privateFileExists } from "../security/private_file.ts";
import { realClock } from "./clock.ts";
import { type DatagramCodec, PlainCodec, SealedCodec } from "./datagram_codec.ts";
import type { Log } from "./log.ts";
import { Streams } from "./streams.ts";

export interface MembershipOptions {
  readonly nodeId: NodeId;
  readonly dataDir: string;
  /** Absent: the one that the node joined, or none. */
  readonly formationPath: string | undefined;
  readonly profile: ProfileName;
  readonly port: number;
  readonly interfaces: readonly string[];
  /** The boot number, once the disk keeps it. */
  readonly boot: () => number | undefined;
  readonly hand: (input: NodeInput) => void;
  readonly log: Log;
}

/** What a node is in its formation, or the lack of one. */
export interface Membership {
  readonly codec: DatagramCodec;
  readonly credentials?: Credentials;
  readonly streams?: Streams;
}

/** Opens the formation and, for a member, the port for streams. */
export async function openMembership(options: MembershipOptions): Promise<Membership> {
  const { nodeId, dataDir, boot, interfaces } = options;
  const formationPath = options.formationPath ?? joinedPath(dataDir);
  if (formationPath === undefined) return { codec: new PlainCodec() };
  const credentials = Credentials.open({ formationPath, dataDir, nodeId });
  const formationTimeMs = Date.now;
  const codec = new SealedCodec({ credentials, boot, formationTimeMs });
  const streams = await Streams.open({
    ...options,
    credentials,
    certificates: () => codec.gate?.certificates,
    hostname: streamHostname(interfaces),
    now: realClock.now,
    formationTimeMs,
  });
  return { codec, credentials, streams };
}

/** How the node shows its membership. */
export function membershipView({ credentials, streams }: Membership) {
  if (credentials === undefined || streams === undefined) return {};
  const { formation, identity } = credentials;
  return { formation: formation.name, deviceId: identity.deviceId, port: streams.port };
}

/** What was refused before it reached the core, by reason. */
export function membershipRejected({ codec, streams }: Membership): Record<string, number> {
  return { ...codec.rejected(), ...streams?.rejected() };
}

function joinedPath(dataDir: string): string | undefined {
  const path = `${dataDir}/${JOINED_FILE}`;
  return privateFileExists(path) ? path : undefined;
}

/** A node that keeps to loopback takes streams there alone. */
function streamHostname(interfaces: readonly string[]): string | undefined {
  const isLocal = interfaces.length > 0 &&
    interfaces.every((name) => name === "lo" || name.startsWith("127."));
  return isLocal ? "127.0.0.1" : undefined;
}
