import type { Authority, Claim } from "../election/claim.ts";
import type { LeaderCause } from "../election/election_io.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { JsonValue } from "../kernel/json_value.ts";
import type { Millis } from "../kernel/time.ts";
import type { HeardCellBeat } from "./beat.ts";
import type { Charter } from "./charter.ts";
import type { CellMessage, OperatorOrder } from "./message.ts";
import type { MemberProfile } from "./standings.ts";

/** A peer as the node around the cell knows it. */
export interface CellPeer {
  readonly nodeId: NodeId;
  readonly boot: number;
  /** The cell that its beacon names, null for none; absent where no beacon was heard. */
  readonly cellId?: string | null;
  readonly isPresent: boolean;
  /** Whom a message to it goes to first: itself where it is connected. Absent without a way. */
  readonly via?: NodeId;
  /** As far as its beacon tells; the cell's own word for it is better. */
  readonly profile: MemberProfile;
}

/** What a cell keeps on the disk: its members, and its vote. */
export type CellKey = "roster" | "ballot";

export type CellInput =
  | { readonly kind: "peer"; readonly peer: CellPeer }
  | { readonly kind: "message"; readonly from: NodeId; readonly message: CellMessage }
  /** A member of this cell gave a sign of life, */
  | ({ readonly kind: "beat" } & HeardCellBeat)
  /** and so did this node, under this number. */
  | { readonly kind: "spoken"; readonly sequence: number }
  /** This node's own profile changed. */
  | { readonly kind: "profile"; readonly profile: MemberProfile }
  /** Somebody who may, orders. */
  | { readonly kind: "order"; readonly order: OperatorOrder }
  | { readonly kind: "stepDown" }
  /** The process was woken so much later than it wanted to be. */
  | { readonly kind: "late"; readonly lateMs: Millis }
  /** This node goes to another cell. */
  | { readonly kind: "leave" }
  | { readonly kind: "persisted"; readonly key: CellKey }
  | { readonly kind: "persistFailed"; readonly key: CellKey }
  | { readonly kind: "due" }
  | { readonly kind: "stop" };

export type CellOutput =
  | { readonly kind: "send"; readonly to: NodeId; readonly message: CellMessage }
  | { readonly kind: "persist"; readonly key: CellKey; readonly value: JsonValue }
  /** Somebody else leads, or nobody, or by another right. */
  | {
    readonly kind: "leader";
    readonly leader: Claim | undefined;
    readonly authority: Authority | undefined;
    readonly cause: LeaderCause;
  }
  /** Members rank each other by this from now on. */
  | { readonly kind: "charter"; readonly charter: Charter }
  | { readonly kind: "ordered"; readonly order: OperatorOrder }
  /** The leader wants this node in another cell. */
  | { readonly kind: "moved"; readonly to: string };
