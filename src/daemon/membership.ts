import type { NodeId } from "../core/kernel/ids.ts";
import type { OperatingError } from "../core/kernel/operating_error.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { ProfileName } from "../core/profile.ts";
import type { Credentials } from "../security/credentials.ts";
import type { FormationTime } from "../security/formation_time.ts";
import type { Role } from "../security/role.ts";
import type { DatagramCodec } from "./datagram_codec.ts";
import type { CellOrders } from "./cell_orders.ts";
import type { Log } from "./log.ts";
import type { MarkStore } from "./replay_mark_keeper.ts";
import type { Streams } from "./streams.ts";
import { sumCounts } from "./sum_counts.ts";

export interface MembershipOptions {
  readonly nodeId: NodeId;
  readonly dataDir: string;
  /** Absent: the one that the node joined, or none. */
  readonly formationPath: string | undefined;
  /** What to certify oneself as, where one can. */
  readonly role?: Role;
  readonly profile: ProfileName;
  readonly port: number;
  /** The one address to take streams at. */
  readonly streamAddress?: string | undefined;
  /** A node that sends nothing takes no streams either, since it would have to answer. */
  readonly emcon: boolean;
  readonly interfaces: readonly string[];
  /** The boot number, once the disk keeps it. */
  readonly boot: () => number | undefined;
  readonly hand: (input: NodeInput) => void;
  /** Ends the node. */
  readonly fail: (error: OperatingError) => void;
  readonly log: Log;
  readonly store: MarkStore;
}

/** What a node is in its formation, or the lack of one. */
export interface Membership {
  readonly codec: DatagramCodec;
  readonly credentials?: Credentials;
  readonly streams?: Streams;
  readonly time?: FormationTime;
  /** What operators order. */
  readonly orders?: CellOrders;
  /** Looks after the formation's file and what is heard of it, once the node has started. */
  readonly start?: () => void;
  readonly held?: Disposable;
  /** What was refused of what peers handed on, by the reason. */
  readonly rejected?: () => Readonly<Record<string, number>>;
  /** Writes down what an operator ordered, and what was ordered of this node. */
  readonly audit?: (event: string, details: Record<string, unknown>) => void;
}

/** How the node shows its membership. */
export function membershipView({ credentials, streams, time }: Membership) {
  if (credentials === undefined || time === undefined) return {};
  const { formation, identity } = credentials;
  return {
    formation: formation.name,
    deviceId: identity.deviceId,
    ...(streams === undefined ? {} : { port: streams.port }),
    clock: time.view(),
  };
}

/** What was refused before it reached the core, by reason. */
export function membershipRejected(
  { codec, streams, rejected }: Membership,
): Record<string, number> {
  return sumCounts(codec.rejected(), streams?.rejected() ?? {}, rejected?.() ?? {});
}
