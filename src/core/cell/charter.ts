import type { NodeId } from "../kernel/ids.ts";
import { ELECTION_POLICIES, type ElectionPolicy } from "./policy.ts";

/** By which policy all members of a cell rank each other, whatever each was started with. */
export interface Charter {
  readonly policy: ElectionPolicy;
  /** 0 while it is one member's wish, 1 once a leader with quorum holds to it, more by orders. */
  readonly version: number;
  /** Whose wish or order it is, or who led when it was agreed on. */
  readonly setBy: NodeId;
}

/** More orders than that no cell ever gets; the decoder refuses what is beyond. */
export const HIGHEST_VERSION = 1_000_000;

/** An operator wants another policy from now on. */
export function orderedCharter(
  { version }: Charter,
  { policy, issuer }: { readonly policy: ElectionPolicy; readonly issuer: NodeId },
): Charter {
  return { policy, version: Math.min(Math.max(version, 1) + 1, HIGHEST_VERSION), setBy: issuer };
}

/**
 * Positive when the left charter holds instead of the right one. The later version does, then that
 * of the higher id, as everywhere; so everybody who hears of both decides alike.
 */
export function compareCharters(left: Charter, right: Charter): number {
  if (left.version !== right.version) return left.version - right.version;
  if (left.setBy !== right.setBy) return left.setBy > right.setBy ? 1 : -1;
  return ELECTION_POLICIES.indexOf(left.policy) - ELECTION_POLICIES.indexOf(right.policy);
}
