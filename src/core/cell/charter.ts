import type { NodeId } from "../kernel/ids.ts";
import { ELECTION_POLICIES, type ElectionPolicy } from "./policy.ts";

/** By which policy all members of a cell rank each other, whatever each was started with. */
export interface Charter {
  readonly policy: ElectionPolicy;
  /** A leader with quorum holds to it. Until then it is one member's wish. */
  readonly isAgreed: boolean;
  /** Whose wish it was, or who led when it was agreed. */
  readonly setBy: NodeId;
}

/**
 * Positive when the left charter holds instead of the right one. One that is agreed holds before
 * wishes, then that of the higher id, as everywhere; so everybody who hears of both decides alike.
 */
export function compareCharters(left: Charter, right: Charter): number {
  if (left.isAgreed !== right.isAgreed) return left.isAgreed ? 1 : -1;
  if (left.setBy !== right.setBy) return left.setBy > right.setBy ? 1 : -1;
  return ELECTION_POLICIES.indexOf(left.policy) - ELECTION_POLICIES.indexOf(right.policy);
}
