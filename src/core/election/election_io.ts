import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import type { StoredBallot } from "./ballot.ts";
import type { HeardBeat } from "./beat.ts";
import type { Authority, Claim } from "./claim.ts";
import type { Member } from "./electorate.ts";
import type { ElectionMessage } from "./message.ts";

export type ElectionInput =
  /** Everybody who belongs to the electorate, this node too, best leader first. */
  | { readonly kind: "members"; readonly members: readonly Member[] }
  | { readonly kind: "message"; readonly from: NodeId; readonly message: ElectionMessage }
  /** A member's sign of life, fresher than all before it, */
  | ({ readonly kind: "beat" } & HeardBeat)
  /** or one of this member's own, which said what `beatAt` answered. */
  | { readonly kind: "spoken"; readonly sequence: number }
  | { readonly kind: "persisted" }
  | { readonly kind: "persistFailed" }
  /** Whoever leads here shall not any more, in favour of the successor if there is one. */
  | { readonly kind: "resign"; readonly successor?: NodeId }
  /** The process was woken so much later than it wanted to be. */
  | { readonly kind: "late"; readonly lateMs: Millis }
  | { readonly kind: "due" }
  | { readonly kind: "stop" };

/** Why somebody else leads now, or nobody, or by another right. */
export type LeaderCause =
  /** This member won the vote. */
  | "elected"
  /** Another member's heartbeat came, */
  | "heard"
  /** or a third member hears it. */
  | "witnessed"
  /** The leader was silent for too long, */
  | "silent"
  /** or gave its claim up, */
  | "released"
  /** or voted for somebody else. */
  | "voted"
  /** This member led and was told not to, */
  | "resigned"
  /** or met a leader with the better right. */
  | "superseded"
  /** The same leader in a higher term. */
  | "renewed"
  /** The same leader, by another right. */
  | "authority";

export type ElectionOutput =
  | { readonly kind: "send"; readonly to: NodeId; readonly message: ElectionMessage }
  | { readonly kind: "persist"; readonly ballot: StoredBallot }
  | {
    readonly kind: "leader";
    readonly leader: Claim | undefined;
    readonly authority: Authority | undefined;
    readonly cause: LeaderCause;
  };
