import type { Millis } from "../core/kernel/time.ts";
import type { PlanWishes } from "./plan_wishes.ts";
import { drawPlan } from "./random_plan.ts";
import { run, type RunResult } from "./run.ts";
import { addTo, noTally, type Tally } from "./tally.ts";

/** How many failing runs are kept whole; the rest are only counted. */
const FAILURES_KEPT = 20;

export interface SoakSummary {
  readonly firstSeed: number;
  seeds: number;
  steps: number;
  virtualMs: Millis;
  violations: number;
  /** What the runs were drawn with. */
  readonly drawn: Tally;
  readonly failures: RunResult[];
}

/** Runs seed after seed, for as long as the caller asks for the next one. */
export function* soak(firstSeed: number, wishes: PlanWishes): Generator<SoakSummary, never> {
  const summary: SoakSummary = {
    firstSeed,
    seeds: 0,
    steps: 0,
    virtualMs: 0,
    violations: 0,
    drawn: noTally(),
    failures: [],
  };
  for (;;) {
    const result = run(drawPlan(firstSeed + summary.seeds, wishes));
    summary.seeds++;
    summary.steps += result.steps;
    summary.virtualMs += result.virtualMs;
    addTo(summary.drawn, result);
    if (result.violation !== undefined) {
      summary.violations++;
      if (summary.failures.length < FAILURES_KEPT) summary.failures.push(result);
    }
    yield summary;
  }
}
