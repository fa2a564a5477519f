import { PERFECT_NETWORK } from "../../src/sim/network.ts";
import type { Plan } from "../../src/sim/plan.ts";

/** A small world in which nothing goes wrong but what the test asks for. */
export function smallPlan(wishes: Partial<Plan> = {}): Plan {
  return {
    seed: 1,
    nodes: 3,
    durationMs: 60_000,
    profile: "fast",
    network: PERFECT_NETWORK,
    driftPpm: 0,
    wallErrorMs: 0,
    startWithinMs: 0,
    connections: false,
    cell: false,
    scores: "different",
    discovery: "multicast",
    emcon: 0,
    faults: [],
    ...wishes,
  };
}
