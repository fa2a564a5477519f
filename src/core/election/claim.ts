import type { NodeId } from "../kernel/ids.ts";

/**
 * A claim to lead. It carries its owner, so no two nodes ever hold the same one (L1), and claims
 * have one order everywhere.
 */
export interface Claim {
  readonly term: number;
  readonly nodeId: NodeId;
}

/**
 * By what right a leader leads: more than half of the known members are bound to it, or it acts for
 * a part of the cell that cannot reach so many.
 */
export type Authority = "quorum" | "autonomous";

/** Terms stay exact numbers in every implementation that has only doubles. */
export const HIGHEST_TERM = 2 ** 48;

/** Negative when the left claim gives way to the right one. */
export function compareClaims(left: Claim, right: Claim): number {
  if (left.term !== right.term) return left.term - right.term;
  if (left.nodeId === right.nodeId) return 0;
  return left.nodeId < right.nodeId ? -1 : 1;
}

export function isSameClaim(left: Claim | undefined, right: Claim | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return compareClaims(left, right) === 0;
}
