import assert from "node:assert/strict";
import { OperatingError } from "../../src/core/kernel/operating_error.ts";
import { Observer } from "../../src/core/beacon/observer.ts";
import type { MakeChecker } from "../../src/sim/checker.ts";
import { CHECKERS } from "../../src/sim/checkers/all.ts";
import type { Fault } from "../../src/sim/faults.ts";
import { PERFECT_NETWORK } from "../../src/sim/network.ts";
import type { Plan } from "../../src/sim/plan.ts";
import { planOf, replayTrace } from "../../src/sim/replay_trace.ts";
import { run } from "../../src/sim/run.ts";
import { builtInScenarios } from "../../src/sim/scenarios.ts";
import { shrink } from "../../src/sim/shrink.ts";
import { runTraced } from "../../src/sim/trace.ts";
import { smallPlan } from "./plans.ts";

const NOISE: readonly Fault[] = [
  { kind: "crash", node: 0, atMs: 3_000, forMs: 2_000 },
  { kind: "storm", loss: 0.5, atMs: 4_000, forMs: 9_000 },
  { kind: "cut", from: 0, to: 1, atMs: 6_000, forMs: 3_000 },
  { kind: "clockStep", node: 2, atMs: 7_000, byMs: 99_000 },
  { kind: "partition", atMs: 9_000, forMs: 2_000, groups: [[0, 3], [1, 2]] },
  { kind: "pause", node: 3, atMs: 11_000, forMs: 4_000 },
  { kind: "diskFull", node: 1, atMs: 15_000, forMs: 9_000 },
  { kind: "replay", atMs: 31_000, pick: 5 },
  { kind: "crash", node: 3, atMs: 33_000, forMs: 2_000 },
];
const STOP: Fault = { kind: "restart", node: 2, atMs: 25_000, forMs: 8_000 };

const roughPlan: Plan = smallPlan({
  seed: 12,
  nodes: 4,
  network: { ...PERFECT_NETWORK, loss: 0.1, duplicate: 0.1, jitterMs: 40, rateKbps: 500 },
  driftPpm: 300,
  wallErrorMs: 5_000,
  startWithinMs: 1_000,
  faults: [...NOISE, STOP].sort((left, right) => left.atMs - right.atMs),
});

Deno.test("a failing run is reduced to the fault that matters and the plainest surroundings", () => {
  withDeafGoodbyes(() => {
    const failed = run(roughPlan);
    assert.equal(failed.violation?.invariant, "goodbye");
    const { plan, result, attempts } = shrink(failed);
    assert.deepEqual(plan.faults.map(({ kind }) => kind), ["restart"]);
    assert.equal(plan.faults[0]!.atMs, STOP.atMs);
    assert.deepEqual(plan.network, PERFECT_NETWORK);
    assert.deepEqual([plan.driftPpm, plan.wallErrorMs, plan.startWithinMs], [0, 0, 0]);
    assert.equal(plan.durationMs, result.violation!.atMs, "it ends where it breaks");
    assert.equal(result.violation!.invariant, "goodbye");
    assert.ok(attempts <= 400);
  });
});

Deno.test("shrinking never trades one bug for another", () => {
  // Two checkers: the run breaks the one that needs the pause before the one that anything breaks.
  const needsPause: MakeChecker = () => ({
    name: "needs-pause",
    check: ({ outputs }) =>
      outputs.some((output) => output.kind === "notice" && output.notice.type === "stalled")
        ? "a node slept"
        : undefined,
  });
  const needsTime: MakeChecker = () => ({
    name: "needs-time",
    check: ({ at }) => at > 20_000 ? "it is late" : undefined,
  });
  withCheckers([needsPause, needsTime], () => {
    const failed = run(roughPlan);
    assert.equal(failed.violation?.invariant, "needs-pause");
    const { plan, result } = shrink(failed);
    assert.equal(result.violation?.invariant, "needs-pause");
    assert.deepEqual(plan.faults.map(({ kind }) => kind), ["pause"]);
    const [pause] = plan.faults;
    assert.ok(pause?.kind === "pause" && pause.forMs < 4_000, "the pause is as short as it gets");
  });
});

Deno.test("a world that does not converge is a violation, and is shrunk too", () => {
  const needsCrash: MakeChecker = () => ({
    name: "never-crashed",
    pending: (core) => core.some(({ life }) => life > 1) ? "somebody crashed once" : undefined,
  });
  withCheckers([needsCrash], () => {
    const failed = run(roughPlan);
    assert.equal(failed.violation?.phase, "liveness");
    const { plan, result } = shrink(failed);
    assert.equal(result.violation?.invariant, "never-crashed");
    assert.equal(plan.faults.length, 1);
  });
});

Deno.test("the trace of a violation shows it again, and shows when it is fixed", () => {
  const lines: string[] = [];
  const violation = withDeafGoodbyes(() => {
    const { violation } = runTraced(shrink(run(roughPlan)).plan, (line) => lines.push(line));
    const again = replayTrace(planOf(lines[0]!, "trace"), lines.values());
    assert.equal(again.differsAt, undefined);
    assert.equal(again.lines, lines.length);
    assert.deepEqual(again.result.violation, violation);
    return violation;
  });
  assert.equal(violation?.invariant, "goodbye");
  const fixed = replayTrace(planOf(lines[0]!, "trace"), lines.values());
  assert.equal(fixed.result.violation, undefined);
  assert.notEqual(fixed.differsAt, undefined);
});

Deno.test("a trace of a scenario with faults replays to the same lines", () => {
  for (const { plan } of builtInScenarios()) {
    const lines: string[] = [];
    runTraced({ ...plan, seed: 1 }, (line) => lines.push(line));
    assert.equal(replayTrace(planOf(lines[0]!, "trace"), lines.values()).differsAt, undefined);
  }
});

Deno.test("a trace that was tampered with is noticed at the line", () => {
  const lines: string[] = [];
  runTraced(smallPlan({ durationMs: 5_000 }), (line) => lines.push(line));
  const plan = planOf(lines[0]!, "trace");
  assert.equal(replayTrace(plan, lines.values()).differsAt, undefined);
  for (const line of [2, 30, lines.length]) {
    const was = lines[line - 1]!.replace(/\d/, (digit) => `${(Number(digit) + 1) % 10}`);
    const tampered = lines.with(line - 1, was).values();
    assert.deepEqual(replayTrace(plan, tampered).differsAt, { line, was, is: lines[line - 1] });
  }
  const missing = replayTrace(plan, lines.slice(0, -1).values()).differsAt;
  assert.deepEqual(missing, { line: lines.length, was: "", is: lines.at(-1) });
  const extra = replayTrace(plan, [...lines, "more"].values()).differsAt;
  assert.deepEqual(extra, { line: lines.length + 1, was: "more", is: "" });
});

Deno.test("a file that is no trace is refused with the reason", () => {
  const wrong: [string, RegExp][] = [
    ["", /its first line is not JSON/],
    ["hello", /its first line is not JSON/],
    ["null", /does not begin with a plan/],
    ['{"type":"step"}', /does not begin with a plan/],
    ['{"type":"plan","format":1}', /its plan is no plan: plan: /],
    ['{"type":"plan","format":1,"plan":{"seed":1}}', /its plan is no plan: nodes: /],
    ['{"type":"plan","format":99,"plan":{}}', /its format is 99, not 1/],
  ];
  for (const [line, message] of wrong) {
    assert.throws(
      () => planOf(line, "x.ndjson"),
      (error) =>
        error instanceof OperatingError && error.exitCode === 4 && message.test(error.message) &&
        error.message.startsWith("Cannot replay x.ndjson: "),
    );
  }
});

/** Breaks every observer: it takes a goodbye for an ordinary beacon. */
function withDeafGoodbyes<T>(action: () => T): T {
  const { handle } = Observer.prototype;
  Observer.prototype.handle = function (now, input) {
    if (input.kind !== "beacon") return handle.call(this, now, input);
    handle.call(this, now, { ...input, beacon: { ...input.beacon, leaving: false } });
  };
  try {
    return action();
  } finally {
    Observer.prototype.handle = handle;
  }
}

/** Runs with these checkers alone. */
function withCheckers<T>(checkers: readonly MakeChecker[], action: () => T): T {
  const all = CHECKERS as MakeChecker[];
  const usual = all.splice(0, all.length, ...checkers);
  try {
    return action();
  } finally {
    all.splice(0, all.length, ...usual);
  }
}
