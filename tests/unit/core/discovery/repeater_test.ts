import assert from "node:assert/strict";
import type { Beacon } from "../../../../src/core/beacon/beacon.ts";
import {
  REPEATED_LIMIT,
  Repeater,
  type RepeaterOutput,
  SPREAD_MS,
} from "../../../../src/core/discovery/repeater.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";

function beaconOf(nodeId: string, sequence: number, boot = 1): Beacon {
  const advertisement = { version: "1", level: 0, capabilities: [] };
  return { nodeId, boot, sequence, ttlMs: 10_000, leaving: false, advertisement };
}

interface Hearing {
  readonly link?: string | undefined;
  readonly hops?: number;
  readonly ageMs?: number;
}

/** A repeater with a clock of its own. */
class Ear {
  readonly repeater: Repeater;
  now = 0;

  constructor(seed = "repeater") {
    this.repeater = new Repeater("self", new Random(seed));
  }

  hear(beacon: Beacon, hearing: Hearing = {}): void {
    const { hops = 0, ageMs = 0 } = hearing;
    const link = "link" in hearing ? hearing.link : "left";
    const heard = { beacon, link, hops, ageMs, address: "192.0.2.1:4000" };
    this.repeater.handle(this.now, { kind: "heard", ...heard });
  }

  /** What is said again until everybody's turn has come. */
  said(): RepeaterOutput[] {
    this.now += SPREAD_MS;
    this.repeater.handle(this.now, { kind: "due" });
    return drain(this.repeater);
  }
}

Deno.test("a beacon of one link is said again on the others, once, with one node more in between", () => {
  const ear = new Ear();
  const beacon = beaconOf("far", 1);
  ear.hear(beacon);
  const [output, ...others] = ear.said();
  assert.equal(others.length, 0);
  assert.deepEqual(output?.exceptLinks, ["left"]);
  const { ageMs, ...message } = output!.message;
  assert.deepEqual(message, {
    kind: "repeated",
    from: "self",
    hops: 1,
    address: "192.0.2.1:4000",
    beacon,
  });
  assert.equal(message.beacon, beacon, "it is not even a copy");
  assert.ok(ageMs <= SPREAD_MS + 1, "its time goes on counting while it waits for its turn");
  for (const link of ["left", "right"]) ear.hear(beaconOf("far", 1), { link, hops: 1 });
  ear.hear(beaconOf("far", 0));
  assert.deepEqual(ear.said(), []);
  assert.equal(ear.repeater.counts.known, 3);
});

Deno.test("a beacon goes to no link on which it was heard before its turn, from whomever", () => {
  const ear = new Ear();
  ear.hear(beaconOf("far", 1), { link: "left" });
  ear.hear(beaconOf("far", 1), { link: "right", hops: 1 });
  assert.deepEqual(ear.said().map(({ exceptLinks }) => exceptLinks), [["left", "right"]]);
});

Deno.test("of several beacons of a node that wait the last is said again", () => {
  const ear = new Ear();
  for (const sequence of [1, 2, 3]) ear.hear(beaconOf("far", sequence));
  assert.deepEqual(ear.said().map(({ message }) => message.beacon.sequence), [3]);
  assert.deepEqual([ear.repeater.counts.repeated, ear.repeater.counts.replaced], [1, 2]);
  assert.equal(ear.repeater.deadline(), Infinity);
});

Deno.test("nothing goes over more than three nodes, and nothing of which the time is over", () => {
  const ear = new Ear();
  ear.hear(beaconOf("far", 1), { hops: 3 });
  ear.hear(beaconOf("old", 1), { hops: 1, ageMs: 10_000 });
  ear.hear(beaconOf("near", 1), { hops: 2, ageMs: 500 });
  const [output, ...others] = ear.said();
  assert.equal(others.length, 0);
  assert.deepEqual([output?.message.beacon.nodeId, output?.message.hops], ["near", 3]);
  assert.ok(output!.message.ageMs >= 500);
  assert.deepEqual([ear.repeater.counts.tooFar, ear.repeater.counts.expired], [1, 1]);
});

Deno.test("a node repeats neither itself nor what came by no link that is known", () => {
  const ear = new Ear();
  ear.hear(beaconOf("self", 1));
  ear.hear(beaconOf("far", 1), { link: undefined });
  assert.deepEqual(ear.said(), []);
});

Deno.test("one node that talks too much is bounded, and so are all together, and counted", () => {
  const ear = new Ear();
  let said = 0;
  for (let sequence = 1; sequence <= 100; sequence++) {
    ear.hear(beaconOf("loud", sequence));
    said += ear.said().length;
  }
  // Four seconds long.
  assert.ok(said <= 8 + 2 * 4 + 1, `${said} of it were said again`);
  ear.hear(beaconOf("quiet", 1));
  assert.equal(ear.said().length, 1, "and costs nobody else a place");
  const before = ear.repeater.counts.overRate;
  for (let count = 0; count < 10_000; count++) ear.hear(beaconOf(`n${count}`, 1));
  assert.ok(ear.said().length <= 210);
  assert.ok(ear.repeater.counts.overRate - before >= 9_790);
});

Deno.test("what is remembered is bounded, and whoever was heard last is remembered", () => {
  const ear = new Ear();
  for (let count = 0; count < REPEATED_LIMIT + 10; count++) {
    ear.hear(beaconOf(`n${count}`, 1));
    ear.now += 20;
    ear.said();
  }
  const { known } = ear.repeater.counts;
  ear.hear(beaconOf(`n${REPEATED_LIMIT + 9}`, 1));
  assert.equal(ear.repeater.counts.known, known + 1);
  ear.hear(beaconOf("n0", 1));
  assert.equal(ear.said().length, 1);
});

Deno.test("whoever has a name after another is repeated with lower numbers", () => {
  const ear = new Ear();
  ear.hear(beaconOf("far", 9, 7));
  ear.said();
  ear.hear(beaconOf("far", 1, 2));
  assert.deepEqual(ear.said(), []);
  ear.repeater.handle(ear.now, { kind: "disowned", nodeId: "far" });
  ear.hear(beaconOf("far", 1, 2));
  assert.equal(ear.said().length, 1);
});

Deno.test("whatever comes in whatever order, all that holds of what is said again", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(`repeats ${seed}`);
    const ear = new Ear(`${seed}`);
    const heardOn = new Map<string, Set<string>>();
    const said = new Set<string>();
    let [heard, ended] = [0, 0];
    for (let step = 0; step < 300; step++) {
      ear.now += random.below(60);
      const beacon = beaconOf(`n${random.below(6)}`, random.below(40), 1 + random.below(2));
      const key = `${beacon.nodeId} ${beacon.boot}.${beacon.sequence}`;
      const link = random.pick(["a", "b", "c"]);
      ear.hear(beacon, { link, hops: random.below(4), ageMs: random.below(12_000) });
      heardOn.set(key, (heardOn.get(key) ?? new Set()).add(link));
      heard++;
      if (ear.repeater.deadline() > ear.now) continue;
      ear.repeater.handle(ear.now, { kind: "due" });
      for (const { message, exceptLinks } of drain(ear.repeater)) {
        const its = `${message.beacon.nodeId} ${message.beacon.boot}.${message.beacon.sequence}`;
        assert.ok(!said.has(its), `${its} is said twice`);
        said.add(its);
        assert.ok(message.hops >= 1 && message.hops <= 3);
        assert.ok(message.ageMs < message.beacon.ttlMs);
        for (const link of exceptLinks) assert.ok(heardOn.get(its)?.has(link));
        assert.ok(exceptLinks.length > 0);
      }
    }
    ear.said();
    for (const count of Object.values(ear.repeater.counts)) ended += count;
    assert.equal(ended, heard, "every beacon ends in one of the counts");
  }
});
