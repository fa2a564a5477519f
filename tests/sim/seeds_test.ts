import assert from "node:assert/strict";
import { drawPlan } from "../../src/sim/random_plan.ts";
import { run } from "../../src/sim/run.ts";
import { builtInScenarios } from "../../src/sim/scenarios.ts";
import { holds, soaked } from "./soaked.ts";

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
  assert.ok(soaked(100).steps > 100_000);
});

Deno.test("two hundred nodes find and measure each other in a minute of quiet", () => {
  const result = run(drawPlan(1, { nodes: 200, kinds: [], durationMs: 60_000 }));
  holds(result);
  assert.ok(result.convergedMs! <= 100_000, `converged after ${result.convergedMs} ms`);
});
