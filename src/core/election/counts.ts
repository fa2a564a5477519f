import type { NodeId } from "../kernel/ids.ts";
import type { Claim } from "./claim.ts";

/** What came in and changed nothing, and how often this member did what it seldom does. */
export interface ElectionCounts {
  /** From somebody who is not a member. */
  strangers: number;
  /** A claim that its sender does not own. */
  forged: number;
  /** A claim older than one that is known here. */
  stale: number;
  /** A claim that gave way to a better one here, whose owner was told. */
  refused: number;
  /** A heartbeat that was heard before. */
  replayed: number;
  /** A term beyond all that an honest member could have reached. */
  leaps: number;
  /** Two claims of one term, and those who voted for both. */
  rivals: number;
  doubleVotes: number;
  /** An answer to nothing that was asked. */
  stray: number;
  polls: number;
  candidacies: number;
  elections: number;
  stepDowns: number;
  renewals: number;
}

/** What happened where a list was full. */
export interface ElectionBounds {
  /** Answers that waited for the disk too long, and were dropped like lost messages. */
  readonly answersDropped: number;
  readonly candidatesRefused: number;
  readonly promisesEvicted: number;
  readonly witnessesEvicted: number;
}

export function noCounts(): ElectionCounts {
  return {
    strangers: 0,
    forged: 0,
    stale: 0,
    refused: 0,
    replayed: 0,
    leaps: 0,
    rivals: 0,
    doubleVotes: 0,
    stray: 0,
    polls: 0,
    candidacies: 0,
    elections: 0,
    stepDowns: 0,
    renewals: 0,
  };
}

/** Two claims of one term show that somebody voted twice, and who, if both say who their voters are. */
export function noteRivals(
  counts: ElectionCounts,
  left: { readonly claim: Claim; readonly voters: readonly NodeId[] },
  right: { readonly claim: Claim; readonly voters: readonly NodeId[] },
): void {
  if (left.claim.term !== right.claim.term || left.claim.nodeId === right.claim.nodeId) return;
  counts.rivals++;
  const both = new Set(left.voters);
  counts.doubleVotes += right.voters.filter((nodeId) => both.has(nodeId)).length;
}
