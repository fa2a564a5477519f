import assert from "node:assert/strict";
import { describeFault } from "../../src/sim/faults.ts";
import { nodeName } from "../../src/sim/node_name.ts";
import type { PlanWishes } from "../../src/sim/plan_wishes.ts";
import { drawPlan } from "../../src/sim/random_plan.ts";
import { run, type RunResult } from "../../src/sim/run.ts";
import { addRun, noRuns, type SoakSummary } from "../../src/sim/soak.ts";
import { describeWork } from "../../src/sim/work.ts";

/** What comes of so many seeds from the first on. Fails at the first that breaks an invariant. */
export function soaked(seeds: number, wishes: PlanWishes = {}): SoakSummary {
  const summary = noRuns(1);
  for (let seed = 1; seed <= seeds; seed++) {
    const result = run(drawPlan(seed, wishes));
    holds(result);
    addRun(summary, result);
  }
  return summary;
}

/** Fails with all that is needed to see the violation again. */
export function holds({ plan, violation }: RunResult): void {
  if (violation === undefined) return;
  const { faults, work = [] } = plan;
  const told = [
    ...faults.map((fault) => describeFault(fault, nodeName)),
    ...work.map((one) => describeWork(one, nodeName)),
  ];
  assert.fail(
    `seed ${plan.seed} broke ${violation.invariant}: ${violation.detail}\n${told.join("\n")}`,
  );
}
