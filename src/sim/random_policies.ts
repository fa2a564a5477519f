import { ELECTION_POLICIES } from "../core/cell/policy.ts";
import type { Random } from "../core/kernel/random.ts";
import type { Plan } from "./plan.ts";

/** Above this size a run is about scale, and the seed no longer plays with how nodes are started. */
export const SMALL_MESH = 32;

/** In one small mesh of six nodes are started by different policies. */
export function drawPolicies(
  random: Random,
  nodes: number,
  quiet: boolean,
): Pick<Plan, "policies"> {
  if (quiet || nodes > SMALL_MESH || !random.chance(1 / 6)) return {};
  return { policies: random.shuffled(ELECTION_POLICIES) };
}
