/** How a node is, from well to lost, in the public schema's order. */
export const HEALTH_STATES = ["nominal", "degraded", "critical", "failed"] as const;

export type Health = (typeof HEALTH_STATES)[number];

/** What is left of every confidence of a node in that health. */
export const HEALTH_SHARES: Readonly<Record<Health, number>> = {
  nominal: 1,
  degraded: 0.6,
  critical: 0.3,
  failed: 0,
};

/** The worst of several, nominal of none. */
export function worstHealth(states: Iterable<Health>): Health {
  let worst = 0;
  for (const state of states) worst = Math.max(worst, HEALTH_STATES.indexOf(state));
  return HEALTH_STATES[worst]!;
}
