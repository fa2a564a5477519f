import assert from "node:assert/strict";
import type { Fault } from "../../src/sim/faults.ts";
import { PERFECT_NETWORK } from "../../src/sim/network.ts";
import { run } from "../../src/sim/run.ts";
import { builtInScenarios } from "../../src/sim/scenarios.ts";
import { World } from "../../src/sim/world.ts";
import { smallPlan } from "./plans.ts";

/** Cuts both ways between two nodes. */
function apart(left: number, right: number, forMs: number): Fault[] {
  const cut = { kind: "cut", atMs: 0, forMs } as const;
  return [{ ...cut, from: left, to: right }, { ...cut, from: right, to: left }];
}

function knownBy(world: World, index: number): string[] {
  const { observer, relay } = world.hosts[index]!.node!;
  const direct = [...observer.peers()].filter(({ state }) => state === "alive")
    .map(({ nodeId }) => nodeId);
  const relayed = [...relay.peers()].map(({ nodeId, via, hops }) => `${nodeId} via ${via}/${hops}`);
  return [...direct, ...relayed].sort();
}

Deno.test("two nodes that cannot hear each other know each other through a third, until they can", () => {
  const world = new World(smallPlan({ connections: true, faults: apart(0, 2, 30_000) }));
  world.runUntil(8_000);
  assert.deepEqual(knownBy(world, 0), ["n2", "n3 via n2/1"]);
  assert.deepEqual(knownBy(world, 2), ["n1 via n2/1", "n2"]);
  world.runUntil(29_999);
  assert.deepEqual(knownBy(world, 0), ["n2", "n3 via n2/1"], "and stay known");
  world.runUntil(33_000);
  assert.deepEqual(knownBy(world, 0), ["n2", "n3"]);
  assert.equal(world.notices.peerRelayed, 2, "once each");
});

Deno.test("a goodbye travels through others as well", () => {
  const stop: Fault = { kind: "restart", node: 2, atMs: 10_000, forMs: 30_000 };
  const faults = [...apart(0, 2, 60_000), stop];
  const world = new World(smallPlan({ connections: true, faults }));
  world.runUntil(9_000);
  assert.deepEqual(knownBy(world, 0), ["n2", "n3 via n2/1"]);
  world.runUntil(11_500);
  assert.deepEqual(knownBy(world, 0), ["n2"], "sooner than its beacon ran out");
});

Deno.test("along a line a node is known over three others and no more", () => {
  const faults = [0, 1, 2, 3, 4, 5].flatMap((left) =>
    [0, 1, 2, 3, 4, 5].filter((right) => right > left + 1).flatMap((right) =>
      apart(left, right, 60_000)
    )
  );
  const world = new World(smallPlan({ nodes: 6, connections: true, faults }));
  world.runUntil(30_000);
  assert.deepEqual(knownBy(world, 0), ["n2", "n3 via n2/1", "n4 via n2/2", "n5 via n2/3"]);
});

Deno.test("the built-in scenario of a go-between breaks no invariant, whatever the seed", () => {
  const { plan } = builtInScenarios().find(({ name }) => name === "go-between")!;
  for (let seed = 0; seed < 10; seed++) {
    const network = { ...PERFECT_NETWORK, delayMs: 20, jitterMs: 30, loss: seed % 2 * 0.2 };
    const { violation, notices } = run({ ...plan, network, seed });
    assert.deepEqual(violation, undefined);
    assert.ok(notices.peerRelayed! >= 2);
  }
});

/** Whom each node takes for the leader of its cell, and how many belong to it. */
function cellsOf(world: World): string[] {
  return world.hosts.map(({ node }) => {
    const cell = node!.affiliation.cell;
    return `${cell?.election.leader?.nodeId} of ${cell?.roster.members.length}`;
  });
}

Deno.test("a cell of which two cannot talk but through a third has one leader", () => {
  const plan = smallPlan({ connections: true, cell: true, faults: apart(0, 2, 60_000) });
  const world = new World(plan);
  world.runUntil(25_000);
  assert.deepEqual(knownBy(world, 0), ["n2", "n3 via n2/1"]);
  const formed = cellsOf(world);
  assert.deepEqual(formed, Array(3).fill(formed[0]));
  assert.match(formed[0]!, /^n[123] of 3$/);
  world.runUntil(59_000);
  assert.deepEqual(cellsOf(world), formed, "for as long as they cannot");
  const [first, second, third] = world.hosts.map(({ node }) => node!.forwarder.counts);
  assert.ok(first!.sent > 0 && third!.arrived > 0 && second!.forwarded > 0);
  assert.equal(second!.forwarded, first!.sent + third!.sent, "nothing lost on a good network");
});

Deno.test("along a line of five one leads, who reaches the last over three others", () => {
  const far = [0, 1, 2, 3, 4].flatMap((left) =>
    [0, 1, 2, 3, 4].filter((right) => right > left + 1).flatMap((right) =>
      apart(left, right, 90_000)
    )
  );
  const plan = smallPlan({ nodes: 5, connections: true, cell: true, faults: far });
  const world = new World({ ...plan, durationMs: 90_000 });
  world.runUntil(60_000);
  const cells = cellsOf(world);
  assert.deepEqual(cells, Array(5).fill(cells[0]));
  assert.match(cells[0]!, /^n[1-5] of 5$/);
});
