import assert from "node:assert/strict";
import { ELECTION_FAULTS } from "../../src/sim/election_plan.ts";
import type { Step } from "../../src/sim/host.ts";
import { type Plan, timingOf } from "../../src/sim/plan.ts";
import type { PlanWishes } from "../../src/sim/plan_wishes.ts";
import { drawPlan } from "../../src/sim/random_plan.ts";
import { PROFILE_NAMES } from "../../src/core/profile.ts";
import { smallPlan } from "./plans.ts";
import { electionBound, run } from "../../src/sim/run.ts";
import { soaked } from "./soaked.ts";

const ELECTION = { focus: "election" } as const satisfies PlanWishes;

function plansOf(count: number) {
  return Array.from({ length: count }, (_, seed) => drawPlan(seed + 1, ELECTION));
}

Deno.test("two hundred plans about elections draw each kind of trouble, many times", () => {
  const kinds = plansOf(200).flatMap(({ faults }) => faults.map(({ kind }) => kind));
  for (const kind of ELECTION_FAULTS) {
    const count = kinds.filter((drawn) => drawn === kind).length;
    assert.ok(count >= 20, `${kind} was drawn ${count} times`);
  }
});

Deno.test("two hundred plans about elections draw every size of cell from three to sixteen", () => {
  const sizes = new Set(plansOf(200).map(({ nodes }) => nodes));
  for (let size = 3; size <= 16; size++) assert.ok(sizes.has(size), `no cell of ${size}`);
});

Deno.test("plans about elections draw every profile, loss up to forty percent, moves, and clocks", () => {
  const plans = plansOf(200);
  for (const name of PROFILE_NAMES) assert.ok(plans.some(({ profile }) => profile === name), name);
  assert.ok(plans.some(({ network }) => network.loss === 0));
  assert.ok(plans.some(({ network }) => network.loss > 0.35));
  assert.ok(plans.every(({ network }) => network.loss <= 0.4));
  assert.ok(plans.some(({ cellSize, cells }) => cellSize !== undefined && cells! > 1));
  assert.ok(plans.some(({ driftPpm }) => driftPpm > 0));
  assert.ok(plans.some(({ wallErrorMs }) => wallErrorMs > 0));
});

Deno.test("members of some cells are started with different profiles, of small cells with every one", () => {
  const mixed = plansOf(600).filter(({ profiles }) => profiles !== undefined);
  assert.ok(mixed.length >= 60 && mixed.length <= 140, `${mixed.length} of them`);
  for (const { profile, profiles, nodes } of mixed) {
    assert.ok(profiles!.includes(profile));
    assert.ok(new Set(profiles).size > 1);
    assert.ok(nodes <= 8 || !profiles!.includes("fast"), `${nodes} with the fast profile`);
  }
  for (const name of PROFILE_NAMES) {
    assert.ok(mixed.some(({ profile, profiles }) => profile !== name && profiles!.includes(name)));
  }
  assert.ok(mixed.some(({ profiles }) => profiles!.length === 3));
  const wished = drawPlan(mixed[0]!.seed, { ...ELECTION, profile: "standard" });
  assert.equal(wished.profiles, undefined, "a wish is for all");
});

Deno.test("of members with different profiles each keeps to its own, and the slowest is waited for", () => {
  const plan = smallPlan({ profiles: ["tactical", "distributed"] });
  const heartbeats = [0, 1, 2].map((index) => timingOf(plan, index).heartbeatMs);
  assert.deepEqual(heartbeats, [500, 4_000, 500]);
  assert.equal(electionBound(plan), electionBound(smallPlan({ profile: "distributed" })));
  const { host: { name }, outputs } = heartbeatIn(plan);
  const [said] = outputs.flatMap((output) =>
    output.kind === "send" && output.message.kind === "cell" &&
      output.message.message.kind === "election" &&
      output.message.message.message.kind === "heartbeat"
      ? [output.message.message.message.promiseMs]
      : []
  );
  assert.equal(said, name === "n2" ? 12_000 : 1_500);
});

/** The first step in which somebody leads the others. */
function heartbeatIn(plan: Plan): Step {
  const beating: Step[] = [];
  const { violation } = run({ ...plan, connections: true, cell: true }, (step) => {
    const isBeat = step.outputs.some((output) =>
      output.kind === "notice" && output.notice.type === "leader" &&
      output.notice.cause === "elected"
    );
    if (isBeat) beating.push(step);
  });
  assert.equal(violation, undefined);
  return beating[0]!;
}

Deno.test("nobody is to move in a cell whose links are too slow for its profile", () => {
  const slow = { ...ELECTION, nodes: 7, network: { delayMs: 200 } };
  const sized = (profile: "fast" | "tactical") =>
    Array.from({ length: 200 }, (_, seed) => drawPlan(seed, { ...slow, profile }))
      .filter(({ cellSize }) => cellSize !== undefined).length;
  assert.equal(sized("fast"), 0);
  assert.ok(sized("tactical") > 0);
});

Deno.test("a few in ten thousand plans about elections have a cell of a hundred", () => {
  const large = plansOf(10_000).filter(({ nodes }) => nodes === 100).length;
  assert.ok(large >= 1 && large <= 20, `${large} of them`);
});

Deno.test("most faults of a plan about elections overlap another", () => {
  let [overlapping, all] = [0, 0];
  for (const { faults } of plansOf(200)) {
    for (const fault of faults) {
      const until = fault.atMs + ("forMs" in fault ? fault.forMs : 0);
      const others = faults.filter((other) =>
        other !== fault && other.atMs <= until &&
        fault.atMs <= other.atMs + ("forMs" in other ? other.forMs : 0)
      );
      all++;
      if (others.length > 0) overlapping++;
    }
  }
  assert.ok(overlapping > all / 2, `${overlapping} of ${all}`);
});

Deno.test("crashes of simulated members lose writes that were not safe yet", () => {
  const { drawn } = soaked(40, { ...ELECTION, kinds: ["crash", "wipe"] });
  assert.ok(drawn.lostWrites > 0);
  assert.ok(drawn.elections > 40);
});

Deno.test("fifty seeds about elections break nothing", () => {
  soaked(50, ELECTION);
});
