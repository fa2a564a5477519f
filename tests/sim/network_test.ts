import assert from "node:assert/strict";
import fc from "fast-check";
import { Random } from "../../src/core/kernel/random.ts";
import { type NetworkConditions, PacketNetwork, PERFECT_NETWORK } from "../../src/sim/network.ts";
import { World } from "../../src/sim/world.ts";
import { smallPlan } from "./plans.ts";

Deno.test("links lose and repeat the share of packets that they were told to", () => {
  const network = makeNetwork({ loss: 0.25, duplicate: 0.1 });
  let arrivals = 0;
  for (let packet = 0; packet < 40_000; packet++) arrivals += arrivalsOf(network).length;
  const { lost, delivered, duplicated } = network.counts;
  assert.ok(Math.abs(lost / 40_000 - 0.25) < 0.01, `${lost} lost`);
  assert.ok(Math.abs(duplicated / delivered - 0.1) < 0.01, `${duplicated} twice`);
  assert.equal(lost + delivered, 40_000);
  assert.equal(arrivals, delivered + duplicated);
});

Deno.test("a storm adds to the loss, and a total one lets nothing through", () => {
  const network = makeNetwork({ loss: 0.2 });
  network.extraLoss = 0.5;
  for (let packet = 0; packet < 20_000; packet++) arrivalsOf(network);
  assert.ok(Math.abs(network.counts.lost / 20_000 - 0.7) < 0.015, `${network.counts.lost} lost`);
  network.extraLoss = 1;
  for (let packet = 0; packet < 1_000; packet++) assert.deepEqual(arrivalsOf(network), []);
});

Deno.test("a delay has a floor, a tail of the mean that was asked for, and an end", () => {
  const network = makeNetwork({ delayMs: 30, jitterMs: 50 });
  const delays = Array.from({ length: 20_000 }, () => arrivalsOf(network)[0]!);
  assert.ok(delays.every((delay) => delay >= 30 && delay <= 2_000 && Number.isInteger(delay)));
  const mean = delays.reduce((sum, delay) => sum + delay) / delays.length;
  // Arrivals are rounded up to whole milliseconds, which adds half of one.
  assert.ok(Math.abs(mean - 80.5) < 1.5, `mean ${mean}`);
  const late = delays.filter((delay) => delay > 130).length / delays.length;
  assert.ok(Math.abs(late - Math.exp(-2)) < 0.01, `${late} beyond twice the tail's mean`);
  network.conditions = { ...PERFECT_NETWORK, delayMs: 0, jitterMs: 1e9 };
  assert.ok(arrivalsOf(network)[0]! <= 2_000);
});

Deno.test("a link carries so many bits a second, queues the next and drops what it cannot hold", () => {
  const network = makeNetwork({ rateKbps: 8, delayMs: 10, queueMs: 250 });
  const arrivals = [1, 2, 3, 4, 5].map(() => arrivalsOf(network, 0, 1, 100));
  assert.deepEqual(arrivals, [[110], [210], [310], [], []]);
  assert.equal(network.counts.overflowed, 2);
  assert.deepEqual(arrivalsOf(network, 1, 0, 100), [110], "the way back is a link of its own");
  assert.deepEqual(arrivalsOf(network, 0, 1, 100, 1_000), [1_110], "the queue has drained");
});

Deno.test("a loopback has no delay and no queue", () => {
  const network = makeNetwork({ rateKbps: 8, delayMs: 100, jitterMs: 100 });
  assert.deepEqual(arrivalsOf(network, 1, 1, 10_000, 42), [42]);
});

Deno.test("a cut holds in its own direction only, until it is mended as often as it was made", () => {
  const cut = fc.record({
    what: fc.constantFrom("cut", "mend"),
    from: fc.nat(2),
    to: fc.nat(2),
  });
  fc.assert(
    fc.property(fc.array(cut, { maxLength: 40 }), (actions) => {
      const network = makeNetwork();
      const depth = new Map<string, number>();
      for (const { what, from, to } of actions) {
        const key = `${from}-${to}`;
        const before = depth.get(key) ?? 0;
        network[what as "cut" | "mend"](from, to);
        depth.set(key, what === "cut" ? before + 1 : Math.max(0, before - 1));
        for (let from = 0; from < 3; from++) {
          for (let to = 0; to < 3; to++) {
            const isCut = (depth.get(`${from}-${to}`) ?? 0) > 0;
            assert.equal(network.isCut(from, to), isCut);
            assert.equal(arrivalsOf(network, from, to).length, isCut ? 0 : 1);
          }
        }
      }
    }),
    { seed: 63 },
  );
});

Deno.test("healing ends every cut and storm at once", () => {
  const network = makeNetwork({ loss: 0.5 });
  network.cut(0, 1);
  network.cut(0, 1);
  network.extraLoss = 1;
  network.heal(PERFECT_NETWORK);
  for (let packet = 0; packet < 100; packet++) assert.equal(arrivalsOf(network).length, 1);
});

Deno.test("overlapping partitions mend only where the last of them ends", () => {
  const world = new World(smallPlan({
    nodes: 4,
    faults: [
      { kind: "partition", atMs: 1_000, forMs: 3_000, groups: [[0, 1], [2, 3]] },
      { kind: "partition", atMs: 2_000, forMs: 4_000, groups: [[0, 2], [1, 3]] },
      { kind: "cut", atMs: 3_000, forMs: 5_000, from: 0, to: 3 },
    ],
  }));
  const openAt = (at: number) => {
    world.runUntil(at);
    return openPairs(world);
  };
  assert.equal(openAt(999).length, 12);
  assert.deepEqual(openAt(1_500), ["0>1", "1>0", "2>3", "3>2"]);
  assert.deepEqual(openAt(2_500), []);
  assert.deepEqual(openAt(4_500), ["0>2", "1>3", "2>0", "3>1"]);
  assert.equal(openAt(6_500).length, 11);
  assert.equal(world.network.isCut(0, 3), true);
  assert.equal(world.network.isCut(3, 0), false, "a cut is one way");
  assert.equal(openAt(8_500).length, 12);
});

Deno.test("who is in no group of a partition is alone, and a node isolated one way is half there", () => {
  const world = new World(smallPlan({
    nodes: 4,
    faults: [
      { kind: "partition", atMs: 1_000, forMs: 1_000, groups: [[0, 1]] },
      { kind: "isolate", atMs: 3_000, forMs: 1_000, node: 2, direction: "in" },
      { kind: "isolate", atMs: 5_000, forMs: 1_000, node: 2, direction: "out" },
      { kind: "isolate", atMs: 7_000, forMs: 1_000, node: 2, direction: "both" },
    ],
  }));
  world.runUntil(1_500);
  assert.deepEqual(openPairs(world), ["0>1", "1>0"]);
  world.runUntil(3_500);
  assert.deepEqual(openPairs(world).filter((pair) => pair.endsWith("2")), []);
  assert.equal(openPairs(world).length, 9);
  world.runUntil(5_500);
  assert.deepEqual(openPairs(world).filter((pair) => pair.startsWith("2")), []);
  assert.equal(openPairs(world).length, 9);
  world.runUntil(7_500);
  assert.equal(openPairs(world).length, 6);
  world.runUntil(8_500);
  assert.equal(openPairs(world).length, 12);
});

function makeNetwork(conditions: Partial<NetworkConditions> = {}): PacketNetwork {
  return new PacketNetwork(3, { ...PERFECT_NETWORK, ...conditions }, new Random(5));
}

function arrivalsOf(network: PacketNetwork, from = 0, to = 1, bytes = 100, now = 0): number[] {
  const arrivals: number[] = [];
  network.transmit(now, from, to, bytes, (at) => arrivals.push(at));
  return arrivals;
}

function openPairs(world: World): string[] {
  const nodes = world.hosts.map(({ index }) => index);
  return nodes.flatMap((from) =>
    nodes.filter((to) => from !== to && !world.network.isCut(from, to)).map((to) => `${from}>${to}`)
  );
}
