import assert from "node:assert/strict";
import fc from "fast-check";
import { type Beacon, isFresher, type Position } from "../../../../src/core/beacon/beacon.ts";
import {
  Observer,
  type ObserverOutput,
  PEER_LIMIT,
  type PeerState,
} from "../../../../src/core/beacon/observer.ts";
import { confirmationMs, quietMs } from "../../../../src/core/beacon/silence.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { NEVER } from "../../../../src/core/kernel/time.ts";
import { FORGET_AFTER_MS } from "../../../../src/core/profile.ts";
import { ObserverModel } from "./observer_model.ts";

const TTL_MS = 30_000;

/** How the record of peer `a` gets into each state; the last beacon accepted is 5.5. */
const WAYS: Record<PeerState | "unknown", (observer: Observer) => void> = {
  unknown: () => {},
  alive: (observer) => hear(observer, 0, beacon("a", 5, 5)),
  suspect: (observer) => {
    hear(observer, -quietMs(1_000), { ...beacon("a", 5, 5), pulseMs: 1_000 });
    observer.handle(0, { kind: "due" });
  },
  lost: (observer) => {
    hear(observer, -TTL_MS, beacon("a", 5, 5));
    observer.handle(0, { kind: "due" });
  },
  left: (observer) => {
    hear(observer, 0, beacon("a", 5, 4));
    hear(observer, 0, goodbye("a", 5, 5));
  },
};

/** The table of SPEC.md: the state after each event, and what is reported. */
const EXPECTED: Record<PeerState | "unknown", Record<string, string>> = {
  unknown: {
    "beacon, fresher": "alive: found a",
    "beacon, restarted": "alive: found a",
    "pulse, fresher": "unknown, unknown",
    "answered": "unknown",
    "goodbye, fresher": "unknown",
    "time": "unknown",
  },
  alive: {
    "beacon, fresher": "alive",
    "beacon, restarted": "alive: restarted a 6",
    "beacon, old": "alive, replayed",
    "beacon, same": "alive, duplicate",
    "pulse, fresher": "alive",
    "pulse, restarted": "alive: restarted a 6",
    "pulse, old": "alive, replayed",
    "answered": "alive",
    "goodbye, fresher": "left: left a",
    "goodbye, old": "alive, replayed",
    "time": "lost: lost a after 660000 ms",
  },
  suspect: {
    "beacon, fresher": "alive",
    "beacon, restarted": "alive: restarted a 6",
    "beacon, old": "suspect, replayed",
    "beacon, same": "suspect, duplicate",
    "pulse, fresher": "alive",
    "pulse, restarted": "alive: restarted a 6",
    "pulse, old": "suspect, replayed",
    "answered": "alive",
    "goodbye, fresher": "left: left a",
    "goodbye, old": "suspect, replayed",
    "time": "lost: lost a after 662200 ms",
  },
  lost: {
    "beacon, fresher": "alive: found a",
    "beacon, restarted": "alive: found a",
    "beacon, old": "lost, replayed",
    "beacon, same": "lost, duplicate",
    "pulse, fresher": "alive: found a",
    "pulse, old": "lost, replayed",
    "answered": "lost",
    "goodbye, fresher": "left: left a",
    "goodbye, old": "lost, replayed",
    "time": "unknown",
  },
  left: {
    "beacon, fresher": "alive: found a",
    "beacon, restarted": "alive: found a",
    "beacon, old": "left, replayed",
    "beacon, same": "left, duplicate",
    "pulse, fresher": "left, unknown",
    "answered": "left",
    "goodbye, fresher": "left",
    "goodbye, old": "left, replayed",
    "time": "unknown",
  },
};

const EVENTS: Record<string, (observer: Observer) => void> = {
  "beacon, fresher": (observer) => hear(observer, 1, beacon("a", 5, 6)),
  "beacon, restarted": (observer) => hear(observer, 1, beacon("a", 6, 1)),
  "beacon, old": (observer) => hear(observer, 1, beacon("a", 4, 900)),
  "beacon, same": (observer) => hear(observer, 1, beacon("a", 5, 5)),
  "pulse, fresher": (observer) => feel(observer, 1, 5, 6),
  "pulse, restarted": (observer) => feel(observer, 1, 6, 1),
  "pulse, old": (observer) => feel(observer, 1, 5, 4),
  "answered": (observer) => observer.handle(1, { kind: "answered", nodeId: "a" }),
  "goodbye, fresher": (observer) => hear(observer, 1, goodbye("a", 5, 6)),
  "goodbye, old": (observer) => hear(observer, 1, goodbye("a", 5, 4)),
  "time": (observer) => observer.handle(FORGET_AFTER_MS + 60_000, { kind: "due" }),
};

for (const [state, row] of Object.entries(EXPECTED)) {
  Deno.test(`a peer that is ${state} moves as the table says`, () => {
    for (const [event, expected] of Object.entries(row)) {
      const observer = new Observer("self");
      WAYS[state as PeerState | "unknown"](observer);
      drain(observer);
      EVENTS[event]!(observer);
      assert.equal(outcomeOf(observer), expected, `${state} and ${event}`);
    }
  });
}

Deno.test("a replayed beacon neither revives nor refreshes a peer", () => {
  const observer = new Observer("self");
  const old = [beacon("a", 1, 1), beacon("a", 1, 2), beacon("a", 1, 3)];
  for (const [index, one] of old.entries()) hear(observer, index * 1_000, one);
  const { expiresAt } = observer.peer("a")!;
  for (const one of old) hear(observer, 10_000, one, "outsider");
  assert.equal(observer.peer("a")?.expiresAt, expiresAt, "not refreshed");
  assert.equal(observer.peer("a")?.address, "a:1", "not moved to where the replay came from");
  observer.handle(expiresAt, { kind: "due" });
  for (const one of old) hear(observer, expiresAt + 1, one, "outsider");
  assert.equal(observer.peer("a")?.state, "lost", "not revived");
  const { replayed, duplicate } = observer.counts;
  assert.deepEqual({ replayed, duplicate }, { replayed: 4, duplicate: 2 });
  assert.deepEqual(drain(observer).map(({ kind }) => kind), ["found", "lost"]);
});

Deno.test("an alive peer's goodbye cannot be taken back by its earlier beacons", () => {
  const observer = new Observer("self");
  hear(observer, 0, beacon("a", 1, 1));
  hear(observer, 1, goodbye("a", 1, 3));
  hear(observer, 2, beacon("a", 1, 2));
  assert.equal(observer.peer("a")?.state, "left");
  hear(observer, 3, beacon("a", 2, 1));
  assert.equal(observer.peer("a")?.state, "alive", "but a new start is a new start");
});

Deno.test("a node that slept gives its peers the time it slept", () => {
  const observer = new Observer("self");
  hear(observer, 0, beacon("a", 1, 1));
  hear(observer, 0, beacon("b", 1, 1));
  hear(observer, 1_000, goodbye("b", 1, 2));
  observer.handle(90_000, { kind: "stalled", stalledMs: 80_000 });
  observer.handle(90_000, { kind: "due" });
  assert.equal(observer.peer("a")?.state, "alive");
  assert.equal(observer.peer("a")?.expiresAt, TTL_MS + 80_000);
  assert.equal(observer.peer("b")?.state, "left", "who left is not called back");
  observer.handle(TTL_MS + 80_000, { kind: "due" });
  assert.equal(observer.peer("a")?.state, "lost", "the time is given once");
});

Deno.test("a silent peer that pulses is asked before it is given up", () => {
  const observer = new Observer("self");
  hear(observer, 0, { ...beacon("a", 1, 1), pulseMs: 1_000 });
  assert.equal(observer.deadline(), quietMs(1_000));
  observer.handle(observer.deadline(), { kind: "due" });
  assert.equal(observer.peer("a")?.state, "suspect");
  assert.equal(observer.present, 1, "a doubted peer is still there");
  const withinMs = confirmationMs(1_000);
  assert.deepEqual(drain(observer).slice(1), [{ kind: "suspect", nodeId: "a", withinMs }]);
  observer.handle(quietMs(1_000) + withinMs - 1, { kind: "due" });
  assert.equal(observer.peer("a")?.state, "suspect");
  observer.handle(quietMs(1_000) + withinMs, { kind: "due" });
  assert.equal(observer.peer("a")?.state, "lost");
  assert.equal(observer.present, 0);
});

Deno.test("a full table evicts the longest silent peer and never an alive one", () => {
  const observer = new Observer("self", { limit: 3 });
  hear(observer, 0, beacon("a", 1, 1, 500));
  hear(observer, 100, beacon("b", 1, 1, 500));
  hear(observer, 200, beacon("c", 1, 1));
  observer.handle(1_000, { kind: "due" });
  assert.deepEqual(statesOf(observer), { a: "lost", b: "lost", c: "alive" });
  hear(observer, 1_001, beacon("d", 1, 1));
  assert.deepEqual(statesOf(observer), { b: "lost", c: "alive", d: "alive" });
  hear(observer, 1_002, beacon("e", 1, 1));
  assert.deepEqual(statesOf(observer), { c: "alive", d: "alive", e: "alive" });
  hear(observer, 1_003, beacon("f", 1, 1));
  assert.deepEqual(statesOf(observer), { c: "alive", d: "alive", e: "alive" });
  const { accepted, full, evicted } = observer.counts;
  assert.deepEqual({ accepted, full, evicted }, { accepted: 5, full: 1, evicted: 2 });
});

Deno.test("a node does not list itself, and counts what sounds like it", () => {
  const observer = new Observer("self");
  hear(observer, 0, beacon("self", 9, 9));
  assert.equal(observer.size, 0);
  assert.equal(observer.counts.own, 1);
});

Deno.test("a peer that moves is reported at its new address, and only while it is alive", () => {
  const observer = new Observer("self");
  hear(observer, 0, beacon("a", 1, 1), "here:1");
  hear(observer, 1, beacon("a", 1, 2), "there:2");
  hear(observer, 2, goodbye("a", 1, 3), "nowhere:3");
  hear(observer, 3, beacon("a", 2, 1), "back:4");
  const told = drain(observer).map((output) => "address" in output ? output.address : output.kind);
  assert.deepEqual(told, ["here:1", "there:2", "left", "back:4"]);
});

Deno.test("the observer wants to be woken no later than the first peer expires", () => {
  const observer = new Observer("self");
  assert.equal(observer.deadline(), NEVER);
  hear(observer, 0, beacon("a", 1, 1, 30_000));
  hear(observer, 0, beacon("b", 1, 1, 4_000));
  assert.equal(observer.deadline(), 4_000);
  observer.handle(4_000, { kind: "due" });
  assert.equal(observer.deadline(), 30_000);
  observer.handle(30_000, { kind: "due" });
  observer.handle(4_000 + FORGET_AFTER_MS, { kind: "due" });
  observer.handle(30_000 + FORGET_AFTER_MS, { kind: "due" });
  assert.equal(observer.size, 0);
  assert.equal(observer.deadline(), NEVER);
});

const names = fc.constantFrom("a", "b", "c", "d", "e", "self");
const event = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("beacon" as const),
      waitMs: fc.nat(20_000),
      nodeId: names,
      boot: fc.integer({ min: 1, max: 3 }),
      sequence: fc.integer({ min: 1, max: 6 }),
      leaving: fc.boolean(),
      ttlMs: fc.constantFrom(500, 4_000, 30_000),
      address: fc.constantFrom("x:1", "y:2"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("time" as const),
      waitMs: fc.integer({ min: 1, max: 2 * FORGET_AFTER_MS }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("stalled" as const), waitMs: fc.nat(60_000) }),
  },
);

Deno.test("after any beacons, goodbyes, sleep and time the table is what a simple model says", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(event, { maxLength: 80 }),
      (limit, events) => {
        const observer = new Observer("self", { limit });
        const model = new ObserverModel("self", limit);
        let now = 0;
        for (const one of events) {
          now += one.waitMs;
          if (one.kind === "beacon") {
            const { nodeId, boot, sequence, ttlMs, leaving, address } = one;
            const said = { ...beacon(nodeId, boot, sequence, ttlMs), leaving };
            hear(observer, now, said, address);
            model.hear(now, address, said);
          } else if (one.kind === "stalled") {
            observer.handle(now, { kind: "stalled", stalledMs: one.waitMs });
            model.stall(one.waitMs);
          }
          if (observer.deadline() <= now) observer.handle(now, { kind: "due" });
          model.pass(now);
          assert.deepEqual(tableOf(observer), Object.fromEntries(model.peers));
          assert.deepEqual(drain(observer).map(describe), model.outputs.splice(0));
          assert.deepEqual(observer.counts, model.counts);
          const alive = [...model.peers.values()].filter(({ state }) => state === "alive");
          assert.equal(observer.present, alive.length);
          assert.ok(observer.size <= limit);
        }
      },
    ),
    { seed: 25, numRuns: 1_000 },
  );
});

Deno.test("while a peer is remembered, the numbers accepted of it only rise", () => {
  const numbers = fc.record({ boot: fc.nat(4), sequence: fc.nat(9), waitMs: fc.nat(60_000) });
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 60 }), (said) => {
      const observer = new Observer("self");
      let now = 0;
      for (const { boot, sequence, waitMs } of said) {
        now += waitMs;
        const before = observer.peer("a")?.beacon;
        const { accepted } = observer.counts;
        hear(observer, now, beacon("a", boot, sequence));
        observer.handle(now, { kind: "due" });
        const after = observer.peer("a")!.beacon;
        if (before === undefined) continue;
        const isTaken = observer.counts.accepted > accepted;
        assert.equal(isFresher(after, before), isTaken);
        if (!isTaken) assert.equal(after, before);
      }
    }),
    { seed: 26, numRuns: 300 },
  );
});

Deno.test("what a present peer says otherwise is named, and load is no matter of that", () => {
  const observer = new Observer("self");
  const at = (latitude: number) => ({ latitude, longitude: 1 });
  const said = (sequence: number, position: Position, level: number, cpuUsagePercent: number) => ({
    ...beacon("a", 1, sequence),
    advertisement: { version: "1", level, capabilities: [], position },
    resources: { cpuUsagePercent },
  });
  hear(observer, 0, said(1, at(1), 0, 10));
  hear(observer, 1, said(2, at(1), 0, 90));
  assert.deepEqual(drain(observer).map(describe), ["found a a:1"]);
  hear(observer, 2, said(3, at(2), 3, 90));
  hear(observer, 3, { ...said(4, at(2), 3, 90), standing: { role: "leader", parentId: "b" } });
  assert.deepEqual(drain(observer).map(describe), [
    "changed a level,position",
    "changed a role,parent",
  ]);
});

Deno.test("who was gone is found and not changed, whatever it says now", () => {
  const observer = new Observer("self");
  hear(observer, 0, beacon("a", 1, 1));
  observer.handle(TTL_MS, { kind: "due" });
  drain(observer);
  hear(observer, TTL_MS, { ...beacon("a", 1, 2), standing: { role: "leader" } });
  assert.deepEqual(drain(observer).map(describe), ["found a a:1"]);
});

Deno.test("a flood of invented names costs a bounded table and a count", () => {
  const observer = new Observer("self");
  const names = 200_000;
  for (let name = 0; name < names; name++) hear(observer, 0, beacon(`flood${name}`, 1, 1));
  assert.equal(observer.size, PEER_LIMIT);
  assert.equal(observer.counts.full, names - PEER_LIMIT);
  assert.equal(drain(observer).length, PEER_LIMIT);
});

Deno.test("a flood onto a table of lost peers replaces each of them once", () => {
  const observer = new Observer("self");
  for (let name = 0; name < PEER_LIMIT; name++) hear(observer, 0, beacon(`old${name}`, 1, 1));
  observer.handle(TTL_MS, { kind: "due" });
  assert.equal(observer.present, 0);
  for (let name = 0; name < 50_000; name++) hear(observer, TTL_MS, beacon(`new${name}`, 1, 1));
  assert.equal(observer.size, PEER_LIMIT);
  assert.equal(observer.counts.evicted, PEER_LIMIT);
  assert.equal(observer.counts.full, 50_000 - PEER_LIMIT);
});

function beacon(nodeId: string, boot: number, sequence: number, ttlMs = TTL_MS): Beacon {
  const advertisement = { version: "1", level: 0, capabilities: [] };
  return { nodeId, boot, sequence, ttlMs, leaving: false, advertisement };
}

function goodbye(nodeId: string, boot: number, sequence: number): Beacon {
  return { ...beacon(nodeId, boot, sequence), leaving: true };
}

function hear(observer: Observer, now: number, beacon: Beacon, from = `${beacon.nodeId}:1`): void {
  observer.handle(now, { kind: "beacon", from, beacon });
}

function feel(observer: Observer, now: number, boot: number, sequence: number): void {
  const pulse = { nodeId: "a", boot, sequence, pulseMs: 1_000 };
  observer.handle(now, { kind: "pulse", from: "a:1", pulse });
}

function statesOf(observer: Observer): Record<string, PeerState> {
  return Object.fromEntries([...observer.peers()].map(({ nodeId, state }) => [nodeId, state]));
}

function tableOf(observer: Observer) {
  return Object.fromEntries(
    [...observer.peers()].map(({ nodeId, state, address, beacon, lastHeardAt, expiresAt }) => {
      const { boot, sequence } = beacon;
      return [nodeId, { state, address, boot, sequence, heardAt: lastHeardAt, expiresAt }];
    }),
  );
}

function outcomeOf(observer: Observer): string {
  const state = observer.peer("a")?.state ?? "unknown";
  const { counts } = observer;
  const refused = (["replayed", "duplicate", "unknown"] as const).find((name) => counts[name] > 0);
  const told = drain(observer).map((output) => {
    const numbers = "boot" in output ? ` ${output.boot}` : "";
    const silence = "silentMs" in output ? ` after ${output.silentMs} ms` : "";
    return `${output.kind} ${output.nodeId}${numbers}${silence}`;
  });
  return `${state}${refused === undefined ? "" : `, ${refused}`}${
    told.length === 0 ? "" : `: ${told.join(", ")}`
  }`;
}

function describe(output: ObserverOutput): string {
  switch (output.kind) {
    case "found":
    case "moved":
      return `${output.kind} ${output.nodeId} ${output.address}`;
    case "heardDirectly":
    case "heardThroughGroup":
      return `${output.kind} ${output.nodeId}`;
    case "restarted":
      return `restarted ${output.nodeId} ${output.boot}`;
    case "lost":
      return `lost ${output.nodeId} ${output.silentMs}`;
    case "changed":
      return `changed ${output.nodeId} ${output.aspects.join()}`;
    case "left":
    case "suspect":
      return `${output.kind} ${output.nodeId}`;
  }
}

Deno.test("IPv4 is enough while all are heard by it, nobody is doubted and nobody asks for more", () => {
  const observer = new Observer("self");
  const pulsing = (name: string, sequence: number): Beacon => ({
    ...beacon(name, 5, sequence),
    pulseMs: 1_000,
  });
  const both = { hearsAll: true, isHeardBy: true };
  assert.deepEqual(observer.reach(), { hearsAll: true, isHeardBy: false }, "nobody is there");
  observer.handle(0, { kind: "beacon", beacon: pulsing("a", 1), from: "10.0.0.1:1" });
  assert.deepEqual(observer.reach(), both);
  observer.handle(0, { kind: "beacon", beacon: pulsing("b", 1), from: "[fe80::1%eth0]:1" });
  assert.deepEqual(observer.reach(), { hearsAll: false, isHeardBy: false }, "b by IPv6 alone");
  observer.handle(0, { kind: "beacon", beacon: pulsing("b", 2), from: "10.0.0.2:1" });
  assert.deepEqual(observer.reach(), both);
  const asking = { ...pulsing("b", 3), wantsBothFamilies: true } as const;
  observer.handle(0, { kind: "beacon", beacon: asking, from: "10.0.0.2:1" });
  assert.deepEqual(observer.reach(), { hearsAll: true, isHeardBy: false }, "b hears somebody not");
  observer.handle(1_500, { kind: "beacon", beacon: pulsing("b", 4), from: "10.0.0.2:1" });
  observer.handle(2_200, { kind: "due" });
  assert.deepEqual(observer.reach(), { hearsAll: false, isHeardBy: false }, "a is doubted");
  observer.handle(2_300, { kind: "answered", nodeId: "a" });
  assert.deepEqual(observer.reach(), { hearsAll: false, isHeardBy: false }, "only a's answer came");
  observer.handle(2_400, { kind: "beacon", beacon: pulsing("a", 2), from: "10.0.0.1:1" });
  assert.deepEqual(observer.reach(), both);
  const direct = { beacon: pulsing("c", 1), from: "[fd00::3]:1", direct: true } as const;
  observer.handle(2_400, { kind: "beacon", ...direct });
  assert.deepEqual(observer.reach(), both, "c is told directly");
});

Deno.test("who cannot ask believes beacons by IPv6 until a pulse comes, and who can asks", () => {
  const [silent, asking] = [new Observer("self", { asks: false }), new Observer("self")];
  const said = { ...beacon("a", 5, 1), pulseMs: 1_000 };
  for (const observer of [silent, asking]) {
    observer.handle(0, { kind: "beacon", beacon: said, from: "[fe80::1%eth0]:1" });
    observer.handle(quietMs(1_000), { kind: "due" });
  }
  assert.equal(asking.peer("a")?.state, "suspect");
  assert.equal(silent.peer("a")?.state, "alive");
  const pulse = { nodeId: "a", boot: 5, sequence: 2, pulseMs: 1_000 };
  silent.handle(TTL_MS - 1, { kind: "pulse", pulse, from: "[fe80::1%eth0]:1" });
  silent.handle(TTL_MS - 1 + quietMs(1_000), { kind: "due" });
  assert.equal(silent.peer("a")?.state, "suspect", "a pulse came, so pulses come");
});

Deno.test("the digest of names is the same for the same peers, however they came and went", () => {
  const [one, other] = [new Observer("self"), new Observer("self")];
  const names = Array.from({ length: 200 }, (_, index) => `node-${index}`);
  for (const name of names) hear(one, 0, beacon(name, 1, 1));
  for (const name of names.toReversed()) hear(other, 0, beacon(name, 1, 1));
  hear(other, 0, beacon("guest", 1, 1));
  assert.notEqual(one.namesDigest, other.namesDigest);
  hear(other, 0, goodbye("guest", 1, 2));
  assert.equal(one.namesDigest, other.namesDigest);
  const seen = new Set<number>();
  for (const name of names) {
    hear(other, 1, goodbye(name, 1, 2));
    seen.add(other.namesDigest);
  }
  assert.equal(seen.size, names.length, "no two of the sets on the way are taken for each other");
  assert.equal(other.namesDigest, 0);
});
