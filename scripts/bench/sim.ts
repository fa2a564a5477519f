/**
 * Prints how much faster than real time the simulator runs, and what it takes.
 *
 *     deno run -A scripts/bench/sim.ts            ten nodes for ten virtual minutes, and many seeds
 *     deno run -A scripts/bench/sim.ts --scale    a thousand nodes for ten virtual minutes as well
 */
import { parseArgs } from "node:util";
import { drawPlan } from "../../src/sim/random_plan.ts";
import { run } from "../../src/sim/run.ts";

const MINUTE_MS = 60_000;
const SEEDS = 1_000;

const { values } = parseArgs({ args: Deno.args, options: { scale: { type: "boolean" } } });

quiet(10);
seeds();
if (values.scale === true) quiet(1_000);

function quiet(nodes: number): void {
  const plan = drawPlan(1, { nodes, durationMs: 10 * MINUTE_MS, kinds: [], profile: "standard" });
  const startedAt = performance.now();
  const result = run(plan);
  const wallMs = performance.now() - startedAt;
  const perSecond = Math.round(result.steps / wallMs * 1_000);
  const rssMegabytes = Math.round(Deno.memoryUsage().rss / 1e6);
  console.log(
    `${nodes} nodes, 10 virtual minutes: ${(wallMs / 1_000).toFixed(2)} s, ` +
      `${Math.round(result.virtualMs / wallMs)} times real time, ${result.steps} steps, ` +
      `${perSecond} a second, ${rssMegabytes} MB`,
  );
}

function seeds(): void {
  const startedAt = performance.now();
  let virtualMs = 0;
  for (let seed = 1; seed <= SEEDS; seed++) virtualMs += run(drawPlan(seed)).virtualMs;
  const wallMs = performance.now() - startedAt;
  console.log(
    `${SEEDS} seeds with faults: ${(wallMs / 1_000).toFixed(2)} s, ` +
      `${Math.round(SEEDS / wallMs * 1_000)} a second, ` +
      `${Math.round(virtualMs / wallMs)} times real time`,
  );
}
