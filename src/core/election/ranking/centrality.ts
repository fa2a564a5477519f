import { HOUR, type Millis } from "../../kernel/time.ts";

/** What a round trip costs that nobody measured, or that is no duration. */
export const UNKNOWN_RTT_MS: Millis = 1 * HOUR;

/** What everybody knows of the round trips between two members, undefined where nobody measured. */
export type SharedRtt<Id> = (left: Id, right: Id) => Millis | undefined;

/**
 * The members in order of the sum of their round trips to all members, lowest first, ties to the
 * lower id. It takes nothing from the seat of whoever computes it, so all who know the same round
 * trips compute the same order.
 */
export function sharedCentrality<Id extends string | number>(
  members: readonly Id[],
  rttBetween: SharedRtt<Id>,
): Id[] {
  const sums = members.map((id) => ({ id, sumMs: sumOf(members, id, rttBetween) }));
  sums.sort((left, right) => left.sumMs - right.sumMs || (left.id < right.id ? -1 : 1));
  return sums.map(({ id }) => id);
}

function sumOf<Id>(members: readonly Id[], id: Id, rttBetween: SharedRtt<Id>): Millis {
  let sumMs = 0;
  for (const other of members) {
    if (other !== id) sumMs += edge(rttBetween(id, other), rttBetween(other, id));
  }
  return sumMs;
}

/**
 * Both ends measure the same path, so the worse of the two counts: a clock that makes one side's
 * look shorter than it is gains nothing.
 */
function edge(left: Millis | undefined, right: Millis | undefined): Millis {
  const known = [left, right].filter((rttMs) => rttMs !== undefined);
  if (known.length === 0 || known.some((rttMs) => !(rttMs >= 0) || rttMs > UNKNOWN_RTT_MS)) {
    return UNKNOWN_RTT_MS;
  }
  return Math.max(...known);
}
