import assert from "node:assert/strict";
import type { AssignmentView } from "../../src/core/assignment/assignments_io.ts";
import { type Fault, FAULT_KINDS } from "../../src/sim/faults.ts";
import { drawPlan } from "../../src/sim/random_plan.ts";
import { run } from "../../src/sim/run.ts";
import { World } from "../../src/sim/world.ts";
import { smallPlan } from "./plans.ts";

/** Nothing passes between the first two, all the time. */
const APART: readonly Fault[] = [
  { kind: "cut", atMs: 0, forMs: 60_000, from: 0, to: 1 },
  { kind: "cut", atMs: 0, forMs: 60_000, from: 1, to: 0 },
];

function issuedBy(world: World, index: number): readonly AssignmentView[] {
  return world.hosts[index]!.node!.assignments.issuer.issued;
}

Deno.test("an assignment reaches its node over another, and what becomes of it comes back so", () => {
  const world = new World(smallPlan({
    connections: true,
    faults: [
      ...APART,
      { kind: "assign", atMs: 20_000, forMs: 20_000, by: 0, node: 1, cell: "bravo" },
    ],
  }));
  world.runUntil(30_000);
  const [issued] = issuedBy(world, 0);
  assert.equal(issued?.state, "completed");
  assert.equal(world.hosts[1]!.node!.affiliation.cell?.cellId, "bravo");
  assert.equal(world.hosts[0]!.node!.keeper.state("n2") === "connected", false);
  assert.ok(world.hosts[2]!.node!.forwarder.counts.forwarded >= 2);
});

Deno.test("a node that nobody reaches is pending until the time is over, and is put nowhere later", () => {
  const world = new World(smallPlan({
    nodes: 2,
    connections: true,
    faults: [
      ...APART.map((fault) => ({ ...fault, forMs: 30_000 })),
      { kind: "assign", atMs: 5_000, forMs: 10_000, by: 0, node: 1, cell: "bravo" },
    ],
  }));
  world.runUntil(14_900);
  assert.equal(issuedBy(world, 0)[0]?.state, "pending");
  world.runUntil(15_100);
  assert.deepEqual([issuedBy(world, 0)[0]?.state, issuedBy(world, 0)[0]?.reason], [
    "failed",
    "timedOut",
  ]);
  world.runUntil(60_000);
  assert.equal(world.hosts[1]!.node!.affiliation.cell, undefined);
});

Deno.test("a member that has no right to assigns nobody but itself", () => {
  const world = new World(smallPlan({
    connections: true,
    faults: [{ kind: "assign", atMs: 5_000, forMs: 10_000, by: 1, node: 2, cell: "bravo" }],
  }));
  world.runUntil(20_000);
  assert.equal(issuedBy(world, 1)[0]?.reason, "timedOut");
  assert.equal(world.hosts[2]!.node!.affiliation.cell, undefined);
});

Deno.test("twenty seeds with assignments among faults of every kind break nothing", () => {
  const ends = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const { violation } = run(drawPlan(seed, { kinds: FAULT_KINDS }), ({ host, outputs }) => {
      for (const output of outputs) {
        if (output.kind !== "notice" || output.notice.type !== "assignment") continue;
        if (output.notice.issuer === host.name) ends.add(output.notice.state);
      }
    });
    assert.equal(violation, undefined, `seed ${seed}: ${violation?.detail}`);
  }
  assert.deepEqual([...ends].sort(), ["completed", "failed", "inProgress"]);
});
