import { ControlClient } from "../control/client.ts";
import { notAuthenticated } from "../core/kernel/refusals.ts";
import { Formation } from "../security/formation.ts";
import { type MemberRecord, readFormationFile } from "../security/formation_record.ts";
import { existingDeviceId } from "../security/identity.ts";
import { readMembership } from "../security/membership.ts";
import type { DaemonOptions } from "./assembly.ts";
import { Daemon } from "./daemon.ts";

const NAME_BYTES = 4;

/** What a visit shares with every other node. Whatever else a node has, a visit has none of. */
export interface VisitOptions extends
  Pick<
    DaemonOptions,
    | "nodeId"
    | "profile"
    | "groups"
    | "beaconPort"
    | "peers"
    | "discovery"
    | "peersFile"
    | "emcon"
    | "interfaces"
    | "log"
  > {
  readonly formationPath: string;
  /** Where this machine's place in an enrolled formation is kept. */
  readonly dataDir: string;
  readonly version: string;
  readonly timeoutMs: number;
}

/**
 * A node of this process's own, for as long as a command takes. It is a node like any other, asked
 * over its control socket like any other, but for three things: its beacons say that it only
 * passes through, nobody finds it on this machine, and nothing of it stays.
 */
export class Visit implements AsyncDisposable {
  readonly control: ControlClient;
  /** The formation's name. */
  readonly formation: string;
  readonly #daemon: Daemon;
  readonly #ended: Promise<void>;
  readonly #held: DisposableStack;

  private constructor(parts: {
    control: ControlClient;
    formation: string;
    daemon: Daemon;
    ended: Promise<void>;
    held: DisposableStack;
  }) {
    this.control = parts.control;
    this.formation = parts.formation;
    this.#daemon = parts.daemon;
    this.#ended = parts.ended;
    this.#held = parts.held;
  }

  /** Joins. The first beacon is out when this answers. */
  static async begin(options: VisitOptions): Promise<Visit> {
    const { timeoutMs } = options;
    const record = readFormationFile(options.formationPath);
    using held = new DisposableStack();
    const folder = held.use(new TemporaryFolder());
    const place = record.holds === "membership"
      ? joinedPlace(record, options)
      : { dataDir: `${folder.path}/node`, nodeId: options.nodeId ?? visitorName() };
    const { promise: ready, resolve, reject } = Promise.withResolvers<Daemon>();
    const ended = Daemon.run({
      ...options,
      ...place,
      role: "observer",
      runtimeDir: `${folder.path}/run`,
      port: 0,
      advertisement: { version: options.version, level: 0, transient: true, capabilities: [] },
      onEvent: () => {},
    }, resolve);
    ended.catch(reject);
    const daemon = await ready;
    return new Visit({
      control: new ControlClient(daemon.socket, timeoutMs),
      formation: record.name,
      daemon,
      ended,
      held: held.move(),
    });
  }

  /** Says goodbye, and takes away what was made for the visit. */
  async [Symbol.asyncDispose](): Promise<void> {
    using _held = this.#held;
    this.#daemon.stop();
    await this.#ended;
  }
}

/** In an enrolled formation nobody can make up an identity; the one that joined is used. */
function joinedPlace(record: MemberRecord, { dataDir, formationPath }: VisitOptions) {
  const formation = new Formation(record);
  const verdict = readMembership(
    Uint8Array.fromBase64(record.certificate),
    formation,
    formation.keys.newest.startedAtMs,
  );
  if (!verdict.ok) {
    throw notAuthenticated(`Cannot join ${record.name}: the certificate is ${verdict.reason}`, {
      code: "certificate-refused",
      hint: "have it issued anew",
    });
  }
  const { nodeId } = verdict.member;
  if (existingDeviceId(dataDir) !== undefined) return { dataDir, nodeId };
  throw notAuthenticated(
    `Cannot join ${record.name} with ${formationPath}: it is for the key of ${nodeId}, which is ` +
      `not in ${dataDir}`,
    {
      code: "not-this-node",
      hint: `name the directory that joined with --data-dir, or let this machine join: ` +
        `peat formation join --request --node ${nodeId}`,
    },
  );
}

function visitorName(): string {
  return `visitor-${crypto.getRandomValues(new Uint8Array(NAME_BYTES)).toHex()}`;
}

/** Gone when it is disposed of, or else with the process, however a second signal hurries that. */
class TemporaryFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "peat-visit-" });
  readonly #remove = () => Deno.removeSync(this.path, { recursive: true });

  constructor() {
    globalThis.addEventListener("unload", this.#remove);
  }

  [Symbol.dispose](): void {
    globalThis.removeEventListener("unload", this.#remove);
    this.#remove();
  }
}
