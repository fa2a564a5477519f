import assert from "node:assert/strict";
import type { Fault } from "../../src/sim/faults.ts";
import type { Host } from "../../src/sim/host.ts";
import { SIMULATION_EPOCH } from "../../src/sim/virtual_clock.ts";
import { World } from "../../src/sim/world.ts";
import { smallPlan } from "./plans.ts";

Deno.test("a process that crashes while it is paused comes back unpaused", () => {
  const { at } = worldWith(
    { kind: "pause", node: 0, atMs: 1_000, forMs: 5_000 },
    { kind: "crash", node: 0, atMs: 2_000, forMs: 1_000 },
  );
  assert.equal(at(1_500).state, "paused");
  assert.equal(at(2_500).state, "down");
  assert.equal(at(3_500).state, "up");
  assert.equal(at(6_500).state, "up");
});

Deno.test("a process cannot be paused while it is down", () => {
  const { at } = worldWith(
    { kind: "crash", node: 0, atMs: 1_000, forMs: 2_000 },
    { kind: "pause", node: 0, atMs: 2_000, forMs: 3_000 },
  );
  assert.equal(at(2_500).state, "down");
  assert.equal(at(3_500).state, "up");
});

Deno.test("a node that crashes twice at once stays down until the later crash ends", () => {
  const { at } = worldWith(
    { kind: "crash", node: 0, atMs: 1_000, forMs: 3_000 },
    { kind: "restart", node: 0, atMs: 2_000, forMs: 4_000 },
  );
  assert.equal(at(4_500).state, "down");
  assert.equal(at(6_100).state, "up");
  assert.equal(at(6_100).life, 2);
});

Deno.test("a node that is paused twice at once stays paused until the later pause ends", () => {
  const { at } = worldWith(
    { kind: "pause", node: 0, atMs: 1_000, forMs: 3_000 },
    { kind: "pause", node: 0, atMs: 2_000, forMs: 4_000 },
  );
  assert.equal(at(4_500).state, "paused");
  assert.equal(at(6_100).state, "up");
});

Deno.test("a disk that is filled twice at once stays full until the later one ends", () => {
  const { at } = worldWith(
    { kind: "diskFull", node: 0, atMs: 1_000, forMs: 3_000 },
    { kind: "diskFull", node: 0, atMs: 2_000, forMs: 4_000 },
  );
  assert.equal(at(1_500).disk.full, true);
  assert.equal(at(4_500).disk.full, true);
  assert.equal(at(6_100).disk.full, false);
});

Deno.test("of two storms the stronger counts, also when the weaker ends first", () => {
  const { world, at } = worldWith(
    { kind: "storm", loss: 1, atMs: 1_000, forMs: 5_000 },
    { kind: "storm", loss: 0.1, atMs: 2_000, forMs: 1_000 },
  );
  const passes = () => {
    const { delivered } = world.network.counts;
    world.network.transmit(world.now, 0, 1, 10, () => {});
    return world.network.counts.delivered > delivered;
  };
  for (const time of [1_500, 2_500, 4_000]) {
    at(time);
    assert.equal(passes(), false, `at ${time}`);
  }
  at(6_500);
  assert.equal(passes(), true);
});

Deno.test("a node that restarts in a partition is alone until the partition mends", () => {
  const { world, at } = worldWith(
    { kind: "partition", atMs: 5_000, forMs: 10_000, groups: [[0], [1, 2]] },
    { kind: "restart", node: 0, atMs: 6_000, forMs: 1_000 },
  );
  const aliveIn = (index: number) => world.hosts[index]!.node!.observer.present;
  at(4_900);
  assert.deepEqual([0, 1, 2].map(aliveIn), [2, 2, 2]);
  at(14_900);
  assert.deepEqual([0, 1, 2].map(aliveIn), [0, 1, 1]);
  at(18_000);
  assert.deepEqual([0, 1, 2].map(aliveIn), [2, 2, 2]);
});

Deno.test("a crash before the first start puts the start off", () => {
  const { at } = worldWith({ kind: "crash", node: 0, atMs: 0, forMs: 3_000 });
  assert.equal(at(2_900).state, "down");
  assert.equal(at(3_100).state, "up");
});

Deno.test("a disk that cannot be read keeps its node down for a moment", () => {
  const { at } = worldWith(
    { kind: "corruptRead", node: 0, atMs: 1_000 },
    { kind: "crash", node: 0, atMs: 2_000, forMs: 1_000 },
  );
  assert.equal(at(3_500).state, "down");
  assert.equal(at(4_100).state, "up");
});

Deno.test("a restart is a goodbye and a crash is not", () => {
  const { world, at } = worldWith(
    { kind: "restart", node: 0, atMs: 5_000, forMs: 30_000 },
    { kind: "crash", node: 1, atMs: 5_000, forMs: 30_000 },
  );
  at(5_100);
  const stateOf = (name: string) => world.hosts[2]!.node!.observer.peer(name)?.state;
  assert.deepEqual([stateOf("n1"), stateOf("n2")], ["left", "alive"]);
  at(10_000);
  assert.deepEqual([stateOf("n1"), stateOf("n2")], ["left", "lost"]);
});

Deno.test("clocks step and drift when they are told to", () => {
  const { at } = worldWith(
    { kind: "clockStep", node: 0, atMs: 1_000, byMs: -60_000 },
    { kind: "drift", node: 0, atMs: 2_000, partsPerMillion: 1_000 },
  );
  assert.equal(at(900).clock.wall(900), SIMULATION_EPOCH + 900);
  assert.equal(at(1_100).clock.wall(1_100), SIMULATION_EPOCH + 1_100 - 60_000);
  const { clock } = at(4_000);
  assert.ok(Math.abs(clock.monotonic(12_000) - clock.monotonic(2_000) - 10_010) < 1e-6);
});

Deno.test("an outsider's old datagram reaches everybody and changes nobody's mind", () => {
  const { world, at } = worldWith({ kind: "replay", atMs: 10_000, pick: 0 });
  at(9_990);
  const before = world.hosts.map(({ node }) => node!.observer.counts.replayed);
  const owns = world.hosts.map(({ node }) => node!.observer.counts.own);
  at(10_050);
  const heard = world.hosts.map(({ node }, index) => {
    const { replayed, own } = node!.observer.counts;
    return replayed - before[index]! > 0 || own - owns[index]! > 0;
  });
  assert.deepEqual(heard, [true, true, true]);
  for (const { node } of world.hosts) {
    for (const peer of node!.peers()) assert.notEqual(peer.address, "outsider");
  }
});

Deno.test("once the world is healed no fault begins, goes on or holds anybody", () => {
  const { world, at } = worldWith(
    { kind: "crash", node: 0, atMs: 1_000, forMs: 60_000 },
    { kind: "pause", node: 1, atMs: 1_000, forMs: 60_000 },
    { kind: "diskFull", node: 1, atMs: 1_000, forMs: 60_000 },
    { kind: "storm", loss: 1, atMs: 1_000, forMs: 60_000 },
    { kind: "crash", node: 1, atMs: 9_000, forMs: 60_000 },
  );
  at(5_000);
  world.heal(new Set([0, 1]));
  at(20_000);
  assert.deepEqual(world.hosts.map(({ state }) => state), ["up", "up", "down"]);
  assert.deepEqual([...world.hosts[0]!.node!.peers()].map(({ nodeId }) => nodeId), ["n2"]);
  assert.equal(world.hosts[1]!.disk.full, false);
});

/** Three nodes and some faults. `at` runs to a time and answers the first host. */
function worldWith(...faults: Fault[]): { world: World; at: (time: number) => Host } {
  const world = new World(smallPlan({ faults }));
  const at = (time: number) => {
    world.runUntil(time);
    return world.hosts[0]!;
  };
  return { world, at };
}
