import assert from "node:assert/strict";
import { FAULT_KINDS } from "../../src/sim/faults.ts";
import type { Step } from "../../src/sim/host.ts";
import type { Plan } from "../../src/sim/plan.ts";
import { drawPlan } from "../../src/sim/random_plan.ts";
import { run } from "../../src/sim/run.ts";
import { runTraced } from "../../src/sim/trace.ts";
import { smallPlan } from "./plans.ts";

/** A seed that draws most kinds of trouble at once. */
const SEED = 4;

Deno.test("the same seed gives the same trace in separate processes, to the last byte", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = [`${folder}/first.ndjson`, `${folder}/second.ndjson`];
    await Promise.all(files.map(runInProcess));
    const [first, second] = await Promise.all(files.map((file) => Deno.readTextFile(file)));
    assert.ok(first!.length > 10_000);
    assert.ok(first === second, "the two processes wrote different traces");
    assert.ok(first === traceOf(drawPlan(SEED)), "this process traces something else");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("another seed gives another run", () => {
  assert.notEqual(traceOf(drawPlan(SEED)), traceOf(drawPlan(SEED + 1)));
});

Deno.test("without one kind of fault the seed draws everything else as before", () => {
  for (let seed = 0; seed < 50; seed++) {
    const { faults: _, ...whole } = drawPlan(seed);
    for (const dropped of FAULT_KINDS) {
      const kinds = FAULT_KINDS.filter((kind) => kind !== dropped);
      const { faults: __, ...rest } = drawPlan(seed, { kinds });
      assert.deepEqual(rest, whole);
    }
  }
});

Deno.test("a fault that no node can notice changes nothing when it is left out", () => {
  const plan = smallPlan({
    seed: 8,
    network: { ...smallPlan().network, loss: 0.2, jitterMs: 30 },
    driftPpm: 100,
    faults: [
      { kind: "clockStep", node: 0, atMs: 5_000, byMs: 60_000 },
      { kind: "pause", node: 1, atMs: 9_000, forMs: 4_000 },
    ],
  });
  const without = { ...plan, faults: plan.faults.slice(1) };
  assert.deepEqual(stepsOf(without), stepsOf(plan));
});

Deno.test("up to its first fault a run is the same as without it, and the others' clocks stay", () => {
  const plan = smallPlan({
    seed: 8,
    startWithinMs: 5_000,
    driftPpm: 300,
    network: { ...smallPlan().network, loss: 0.2, jitterMs: 30 },
  });
  const troubled: Plan = {
    ...plan,
    faults: [{ kind: "crash", node: 2, atMs: 20_000, forMs: 5_000 }],
  };
  const early = (plan: Plan) => stepsOf(plan).filter(({ at }) => at < 20_000);
  assert.deepEqual(early(troubled), early(plan));
  const lastClock = (plan: Plan) => stepsOf(plan).findLast(({ node }) => node === "n1")!.offset;
  assert.ok(Math.abs(lastClock(troubled) - lastClock(plan)) < 50);
});

async function runInProcess(trace: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "main.ts", "sim", "run", "--seed", `${SEED}`, "--trace", trace],
    cwd: `${import.meta.dirname}/../..`,
    stdout: "null",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

function traceOf(plan: Plan): string {
  let text = "";
  runTraced(plan, (line) => text += `${line}\n`);
  return text;
}

/** What every node saw and wanted, with how far its clock is from true time. */
function stepsOf(plan: Plan) {
  const steps: { at: number; offset: number; node: string; what: string }[] = [];
  run(plan, ({ host, at, now, input, outputs }: Step) => {
    const what = JSON.stringify({ input, outputs });
    steps.push({ at, offset: now - at, node: host.name, what });
  });
  return steps;
}
