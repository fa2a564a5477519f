import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import { type Authority, type Claim, isSameClaim } from "./claim.ts";

/**
 * What a sign of life, which everybody in reach hears, says of its sender's part in an election. It
 * renews what was agreed on in messages and agrees on nothing itself, so whoever misses it is told.
 */
export type Beat = SpokenHeartbeat | SpokenAcknowledgement;

/** Its sender leads, and this is a heartbeat of its claim. */
export interface SpokenHeartbeat {
  readonly kind: "heartbeat";
  readonly term: number;
  readonly authority: Authority;
  /** How long whoever acknowledges it is bound by it. */
  readonly promiseMs: Millis;
}

/** Its sender is bound to the owner of the claim. */
export interface SpokenAcknowledgement {
  readonly kind: "acknowledgement";
  readonly claim: Claim;
  /** The number of the leader's sign of life that it is bound by. */
  readonly heard: number;
}

/** A sign of life is of one sequence with all that its sender says to everybody. */
export interface HeardBeat {
  readonly from: NodeId;
  readonly sequence: number;
  readonly beat: Beat;
}

/** Whether both say the same, but for what was heard last. */
export function isSameStatement(left: Beat | undefined, right: Beat | undefined): boolean {
  if (left?.kind === "heartbeat") {
    return right?.kind === "heartbeat" && left.term === right.term &&
      left.authority === right.authority && left.promiseMs === right.promiseMs;
  }
  return left?.kind === right?.kind &&
    isSameClaim(left?.claim, (right as SpokenAcknowledgement | undefined)?.claim);
}
