import assert from "node:assert/strict";
import { describeFault } from "../../src/sim/faults.ts";
import { nodeName } from "../../src/sim/node_name.ts";
import { drawPlan } from "../../src/sim/random_plan.ts";
import { run, type RunResult } from "../../src/sim/run.ts";
import { builtInScenarios } from "../../src/sim/scenarios.ts";
import { soak, type SoakSummary } from "../../src/sim/soak.ts";

for (const { name, plan } of builtInScenarios()) {
  if (name.startsWith("election-")) continue; // Held, with more than this, beside here.
  Deno.test(`the scenario ${name} holds for five seeds`, () => {
    for (let seed = 1; seed <= 5; seed++) {
      const result = run({ ...plan, seed });
      holds(result);
      assert.ok(result.convergedMs !== undefined);
    }
  });
}

Deno.test("a hundred seeds with faults of every kind break nothing", () => {
  let summary: SoakSummary | undefined;
  for (summary of soak(1, {})) {
    if (summary.seeds === 100) break;
  }
  assert.ok(summary !== undefined && summary.steps > 100_000);
  for (const failure of summary.failures) holds(failure);
  assert.equal(summary.violations, 0);
});

Deno.test("two hundred nodes find and measure each other in a minute of quiet", () => {
  const result = run(drawPlan(1, { nodes: 200, kinds: [], durationMs: 60_000 }));
  holds(result);
  assert.ok(result.convergedMs! <= 100_000, `converged after ${result.convergedMs} ms`);
});

/** Fails with all that is needed to see the violation again. */
function holds({ plan, violation }: RunResult): void {
  if (violation === undefined) return;
  const faults = plan.faults.map((fault) => describeFault(fault, nodeName)).join("\n");
  assert.fail(`seed ${plan.seed} broke ${violation.invariant}: ${violation.detail}\n${faults}`);
}
