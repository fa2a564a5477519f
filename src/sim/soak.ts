import type { Millis } from "../core/kernel/time.ts";
import type { RunResult } from "./run.ts";
import { addTo, noTally, type Tally } from "./tally.ts";

/** How many failing runs are kept whole; the rest are only counted. */
const FAILURES_KEPT = 20;

/** What came of seed after seed. */
export interface SoakSummary {
  readonly firstSeed: number;
  seeds: number;
  steps: number;
  virtualMs: Millis;
  violations: number;
  /** What the runs were drawn with. */
  readonly drawn: Tally;
  /** The lowest seeds first, whichever was through first. */
  readonly failures: RunResult[];
}

export function noRuns(firstSeed: number): SoakSummary {
  return {
    firstSeed,
    seeds: 0,
    steps: 0,
    virtualMs: 0,
    violations: 0,
    drawn: noTally(),
    failures: [],
  };
}

/** Adds a run to the summary. */
export function addRun(summary: SoakSummary, result: RunResult): void {
  summary.seeds++;
  summary.steps += result.steps;
  summary.virtualMs += result.virtualMs;
  addTo(summary.drawn, result);
  if (result.violation === undefined) return;
  const { failures } = summary;
  summary.violations++;
  failures.push(result);
  failures.sort((left, right) => left.plan.seed - right.plan.seed);
  if (failures.length > FAILURES_KEPT) failures.pop();
}
