import type { Millis } from "../../kernel/time.ts";

/** How an election by the nearest member ended, as seen from one seat. */
export type NearestOutcome<Id> =
  | { readonly kind: "selfWins" }
  | { readonly kind: "peerWins"; readonly peer: Id }
  | { readonly kind: "noEligibleReplica" };

export interface NearestView<Id> {
  /** The measured round trip, undefined where none was measured. */
  readonly rttTo: (peer: Id) => Millis | undefined;
  readonly healthOf: (peer: Id) => boolean;
}

/**
 * The member nearest to `self`, ties to the lower id. Nobody is nearer to a node than itself, so
 * every healthy node elects itself: this ranks peers for one observer, for instance whom to fetch
 * from, and is not fit to agree on a leader. `sharedCentrality` is.
 */
export function elect<Id extends string | number>(
  replicaSet: readonly Id[],
  self: Id,
  { rttTo, healthOf }: NearestView<Id>,
): NearestOutcome<Id> {
  let winner: { id: Id; rttMs: Millis } | undefined;
  for (const id of replicaSet) {
    if (!healthOf(id)) continue;
    const rttMs = id === self ? 0 : rttTo(id) ?? Infinity;
    const isBetter = winner === undefined || rttMs < winner.rttMs ||
      (rttMs === winner.rttMs && id < winner.id);
    if (isBetter) winner = { id, rttMs };
  }
  if (winner === undefined) return { kind: "noEligibleReplica" };
  return winner.id === self ? { kind: "selfWins" } : { kind: "peerWins", peer: winner.id };
}

/** The peer that won, undefined when it was the node itself, or nobody. */
export function winnerOf<Id>(outcome: NearestOutcome<Id>): Id | undefined {
  return outcome.kind === "peerWins" ? outcome.peer : undefined;
}
