import assert from "node:assert/strict";
import type { Beacon } from "../../../../src/core/beacon/beacon.ts";
import { withName } from "../../../../src/core/beacon/names_digest.ts";
import { Observer } from "../../../../src/core/beacon/observer.ts";
import {
  INTRODUCTIONS_AT_ONCE,
  Relay,
  RELAYED_LIMIT,
} from "../../../../src/core/discovery/relay.ts";
import type { RelayOutput } from "../../../../src/core/discovery/relay_io.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { type Millis, NEVER } from "../../../../src/core/kernel/time.ts";
import type { RepeatedMessage } from "../../../../src/core/messages.ts";
import type { Introduction, PeersWanted } from "../../../../src/core/peer_message.ts";

const ROUND_MS = 1_000;
const TTL_MS = 4_000;

Deno.test("a peer that connects is asked a round later, with those that are heard left out", () => {
  const { relay, observer } = makeRelay();
  observer.handle(0, { kind: "beacon", from: "b:1", beacon: beacon("b") });
  relay.handle(0, { kind: "connected", nodeId: "b" });
  assert.ok(relay.deadline() > ROUND_MS / 2);
  assert.deepEqual(wake(relay), [
    "b: wants peers, hears b, knows nobody, room for 256",
  ]);
  assert.deepEqual(tell(relay, 1_200, "b", introduction("c")), ["c via b over 1"]);
  relay.handle(relay.deadline(), { kind: "due" });
  assert.deepEqual(describe(relay), ["b: wants peers, hears b, knows c 1.5, room for 255"]);
});

Deno.test("a peer that speaks for nobody is asked more rarely than one that does", () => {
  const idle = connected();
  wake(idle.relay);
  const busy = connected();
  wake(busy.relay);
  tell(busy.relay, 1_000, "b", introduction("c"));
  assert.ok(busy.relay.deadline() <= 1_000 + ROUND_MS);
  assert.ok(idle.relay.deadline() > 2_000);
});

Deno.test("a peer that knows the same is not asked, until it knows somebody else", () => {
  const { relay, observer } = connected();
  const say = (sequence: number, names: readonly string[]) => {
    const knownDigest = names.reduce(withName, 0);
    const said = { ...beacon("b", sequence), ttlMs: 600_000, knownDigest };
    observer.handle(0, { kind: "beacon", from: "b:1", beacon: said });
  };
  say(5, ["a", "b"]);
  assert.equal(relay.knownDigest(), ["b", "a"].reduce(withName, 0), "in whatever order");
  for (let round = 0; round < 10; round++) assert.deepEqual(wake(relay), []);
  say(6, ["a", "b", "c"]);
  assert.deepEqual(wake(relay), ["b: wants peers, hears b, knows nobody, room for 256"]);
  const now = relay.deadline();
  assert.deepEqual(tell(relay, now, "b", introduction("c")), ["c via b over 1"]);
  assert.equal(relay.knownDigest(), ["a", "b", "c"].reduce(withName, 0));
  relay.handle(now + ROUND_MS, { kind: "due" });
  assert.equal(describe(relay).length, 1, "who speaks for somebody is asked for its word");
});

Deno.test("whoever asks is told of everybody else in reach, once, and of nobody it hears", () => {
  const { relay, observer } = connected();
  for (const nodeId of ["b", "c", "d"]) {
    observer.handle(0, { kind: "beacon", from: `${nodeId}:1`, beacon: beacon(nodeId) });
  }
  assert.deepEqual(tell(relay, 10, "b", wanted()), [
    "b: c 1.5 over 1, 10 ms old, from c:1",
    "b: d 1.5 over 1, 10 ms old, from d:1",
  ]);
  assert.deepEqual(tell(relay, 20, "b", wanted({ heard: ["c"], room: 0 })), []);
  const known = { nodeId: "c", boot: 1, sequence: 5 };
  assert.deepEqual(tell(relay, 30, "b", wanted({ relayed: [known], room: 0 })), []);
  const older = wanted({ relayed: [{ ...known, sequence: 4 }], room: 0 });
  assert.deepEqual(tell(relay, 40, "b", older), ["b: c 1.5 over 1, 40 ms old, from c:1"]);
});

Deno.test("a goodbye is handed on to those who know of the node, and to nobody else", () => {
  const { relay, observer } = connected();
  observer.handle(0, { kind: "beacon", from: "c:1", beacon: beacon("c") });
  const goodbye = { ...beacon("c", 6), leaving: true };
  observer.handle(5, { kind: "beacon", from: "c:1", beacon: goodbye });
  assert.deepEqual(tell(relay, 10, "b", wanted()), []);
  const relayed = [{ nodeId: "c", boot: 1, sequence: 5 }];
  assert.deepEqual(tell(relay, 20, "b", wanted({ relayed })), [
    "b: goodbye of c 1.6 over 1, 15 ms old, from c:1",
  ]);
  const other = connected();
  tell(other.relay, 10, "b", introduction("c"));
  const leaving = introduction("c", { beacon: goodbye });
  assert.deepEqual(tell(other.relay, 20, "b", leaving), ["c lost: left"]);
});

Deno.test("a beacon lives no longer through others than it said, however often it comes", () => {
  const { relay } = connected();
  relay.handle(0, { kind: "connected", nodeId: "d" });
  assert.deepEqual(tell(relay, 1_000, "b", introduction("c", { ageMs: 1_500 })), [
    "c via b over 1",
  ]);
  const expiresAt = 1_000 + TTL_MS - 1_500;
  assert.equal(relay.peer("c")?.expiresAt, expiresAt);
  tell(relay, 3_000, "d", introduction("c", { ageMs: 0 }));
  assert.equal(relay.peer("c")?.expiresAt, expiresAt, "a liar makes it no younger");
  assert.equal(dueAt(relay, expiresAt)[0], "c lost: expired");
  assert.deepEqual(tell(relay, expiresAt + 1, "d", introduction("c", { ageMs: 0 })), []);
  assert.equal(relay.counts.expired, 1);
  const fresher = introduction("c", { beacon: beacon("c", 6) });
  assert.deepEqual(tell(relay, expiresAt + 2, "d", fresher), ["c via d over 1"]);
});

Deno.test("when a peer is connected no more, another may speak for whom it spoke", () => {
  const { relay } = connected();
  relay.handle(0, { kind: "connected", nodeId: "d" });
  tell(relay, 1_000, "b", introduction("c"));
  relay.handle(1_100, { kind: "disconnected", nodeId: "b" });
  assert.deepEqual(describe(relay), ["c lost: unconnected"]);
  assert.ok(relay.deadline() <= 1_100, "the others are asked at once");
  assert.deepEqual(tell(relay, 1_200, "d", introduction("c", { ageMs: 200 })), ["c via d over 1"]);
  assert.equal(relay.peer("c")?.expiresAt, 1_000 + TTL_MS);
  assert.deepEqual(tell(relay, 1_300, "b", introduction("c")), []);
  assert.equal(relay.counts.overRate, 1, "nobody speaks without a connection");
});

Deno.test("a beacon that is said again makes its sender known without a connection, for as long as it holds", () => {
  const { relay, observer } = makeRelay();
  const say = (now: Millis, from: string, said: Partial<RepeatedMessage> = {}) => {
    const { kind: _, ...rest } = introduction("c", { ageMs: 500 });
    relay.handle(now, { kind: "repeated", message: { kind: "repeated", from, ...rest, ...said } });
    return describe(relay);
  };
  assert.deepEqual(say(1_000, "r"), ["c via r over 1"]);
  assert.deepEqual(relay.wayTo("c"), { via: "r", boot: 1 });
  const expiresAt = 1_000 + TTL_MS - 500;
  assert.equal(relay.peer("c")?.expiresAt, expiresAt);
  assert.deepEqual(say(1_100, "s", { hops: 3 }), [], "a copy by another way is no news");
  // Whoever says it again may be connected or not, and whoever hears it asks nobody for it.
  relay.handle(1_200, { kind: "connected", nodeId: "r" });
  relay.handle(1_300, { kind: "disconnected", nodeId: "r" });
  assert.deepEqual(describe(relay), []);
  assert.equal(dueAt(relay, expiresAt)[0], "c lost: expired");
  assert.deepEqual(say(expiresAt + 1, "r", { ageMs: 0 }), [], "said once more it is no younger");
  assert.deepEqual(say(9_000, "r", { beacon: beacon("c", 6) }), ["c via r over 1"]);
  observer.handle(9_100, { kind: "beacon", from: "c:1", beacon: beacon("c", 7) });
  relay.handle(9_100, { kind: "heard", nodeId: "c" });
  assert.deepEqual(describe(relay), ["c lost: heard"]);
  assert.deepEqual(say(9_200, "r", { beacon: beacon("c", 8) }), [], "its own word is better");
});

Deno.test("what one node says again is bounded, counted, and no bound for another", () => {
  const { relay } = makeRelay();
  const say = (from: string, sequence: number) => {
    const { kind: _, ...rest } = introduction("c", { beacon: beacon("c", sequence) });
    relay.handle(1_000, { kind: "repeated", message: { kind: "repeated", from, ...rest } });
  };
  for (let sequence = 1; sequence <= 1_000; sequence++) say("loud", sequence);
  assert.equal(relay.counts.overRate, 744);
  say("quiet", 1_001);
  assert.equal(relay.peer("c")?.via, "quiet");
});

Deno.test("a peer that is heard directly needs nobody to speak for it", () => {
  const { relay, observer } = connected();
  tell(relay, 100, "b", introduction("c"));
  observer.handle(200, { kind: "beacon", from: "c:1", beacon: beacon("c", 6) });
  relay.handle(200, { kind: "heard", nodeId: "c" });
  assert.deepEqual(describe(relay), ["c lost: heard"]);
  assert.deepEqual(tell(relay, 300, "b", introduction("c", { beacon: beacon("c", 7) })), []);
  assert.equal(relay.counts.heard, 1);
});

Deno.test("an old beacon is no news, whichever way a later one came", () => {
  const { relay, observer } = connected();
  observer.handle(0, { kind: "beacon", from: "c:1", beacon: beacon("c", 9) });
  observer.handle(TTL_MS + 1, { kind: "due" });
  assert.equal(observer.peer("c")?.state, "lost");
  assert.deepEqual(tell(relay, TTL_MS + 2, "b", introduction("c", { beacon: beacon("c", 9) })), []);
  const later = introduction("c", { beacon: beacon("c", 10) });
  assert.deepEqual(tell(relay, TTL_MS + 3, "b", later), ["c via b over 1"]);
  assert.deepEqual(tell(relay, TTL_MS + 4, "b", later), []);
  assert.equal(relay.counts.stale, 2);
});

Deno.test("nobody is introduced over more than three nodes, or back to whom it came from", () => {
  const { relay } = connected();
  relay.handle(0, { kind: "connected", nodeId: "d" });
  tell(relay, 10, "b", introduction("near", { hops: 2 }));
  tell(relay, 10, "b", introduction("far", { hops: 3 }));
  assert.deepEqual(tell(relay, 20, "d", wanted()), [
    "d: near 1.5 over 3, 10 ms old, from near:1",
  ]);
  assert.deepEqual(tell(relay, 20, "b", wanted()), []);
});

Deno.test("a longer way is taken only once the shorter one falls behind", () => {
  const { relay } = connected();
  relay.handle(0, { kind: "connected", nodeId: "d" });
  tell(relay, 10, "b", introduction("c", { hops: 1 }));
  const detour = (sequence: number) =>
    introduction("c", { hops: 2, beacon: beacon("c", sequence) });
  assert.deepEqual(tell(relay, 20, "d", detour(6)), []);
  assert.equal(relay.counts.farther, 1);
  assert.deepEqual(tell(relay, 10 + TTL_MS / 2, "d", detour(7)), ["c via d over 2"]);
});

Deno.test("a node is introduced neither to itself nor by itself", () => {
  const { relay } = connected();
  tell(relay, 10, "b", introduction("a"));
  tell(relay, 10, "b", introduction("b"));
  assert.equal(relay.counts.own, 2);
  assert.equal(relay.size, 0);
});

Deno.test("peers known through others are bounded, and so is what one peer may say", () => {
  const { relay } = connected();
  let now = 0;
  for (let number = 0; number < RELAYED_LIMIT + 5; number++) {
    now += 20;
    const ttlMs = 600_000;
    tell(
      relay,
      now,
      "b",
      introduction(`c${number}`, { beacon: { ...beacon(`c${number}`), ttlMs } }),
    );
  }
  assert.equal(relay.size, RELAYED_LIMIT);
  assert.equal(relay.counts.full, 5);
  for (let number = 0; number < 500; number++) tell(relay, now, "b", introduction("flood"));
  assert.ok(relay.counts.overRate > 300);
  const before = relay.counts.overRate;
  for (let number = 0; number < 10; number++) tell(relay, now, "b", wanted());
  assert.equal(relay.counts.overRate - before, 6);
});

Deno.test("one question brings a bounded number of answers, news of known peers first", () => {
  const { relay, observer } = connected();
  for (let number = 0; number < INTRODUCTIONS_AT_ONCE + 20; number++) {
    const nodeId = `c${number}`;
    observer.handle(0, { kind: "beacon", from: `${nodeId}:1`, beacon: beacon(nodeId) });
  }
  const relayed = [{ nodeId: "c80", boot: 1, sequence: 1 }];
  const told = tell(relay, 10, "b", wanted({ relayed }));
  assert.equal(told.length, INTRODUCTIONS_AT_ONCE);
  assert.match(told[0]!, /^b: c80 /);
});

Deno.test("a node asks no more than it may, however many it is connected with", () => {
  const { relay } = makeRelay();
  for (let number = 0; number < 100; number++) {
    relay.handle(0, { kind: "connected", nodeId: `b${number}` });
  }
  let asked = 0;
  for (let at = relay.deadline(); at < 20_000; at = relay.deadline()) {
    const told = dueAt(relay, at);
    asked += told.length;
    assert.ok(relay.deadline() > at, "time goes on");
  }
  assert.ok(asked >= 20 && asked <= 23, `it asked ${asked} times`);
});

function makeRelay(): { relay: Relay; observer: Observer } {
  const observer = new Observer("a");
  const random = new Random(1);
  return {
    relay: new Relay({ self: "a", roundMs: ROUND_MS, hearing: observer, random }),
    observer,
  };
}

function connected() {
  const made = makeRelay();
  assert.equal(made.relay.deadline(), NEVER);
  made.relay.handle(0, { kind: "connected", nodeId: "b" });
  return made;
}

function beacon(nodeId: string, sequence = 5): Beacon {
  const advertisement = { version: "1", level: 0, capabilities: [] };
  return { nodeId, boot: 1, sequence, ttlMs: TTL_MS, leaving: false, advertisement };
}

function introduction(nodeId: string, wishes: Partial<Introduction> = {}): Introduction {
  const address = `${nodeId}:1`;
  return { kind: "introduction", hops: 1, ageMs: 0, address, beacon: beacon(nodeId), ...wishes };
}

function wanted(wishes: Partial<PeersWanted> = {}): PeersWanted {
  return { kind: "peersWanted", heard: [], relayed: [], room: 100, ...wishes };
}

function tell(
  relay: Relay,
  now: Millis,
  peer: string,
  message: Introduction | PeersWanted,
): string[] {
  relay.handle(now, { kind: "message", peer, message });
  return describe(relay);
}

function wake(relay: Relay): string[] {
  return dueAt(relay, relay.deadline());
}

function dueAt(relay: Relay, now: Millis): string[] {
  relay.handle(now, { kind: "due" });
  return describe(relay);
}

function describe(relay: Relay): string[] {
  return drain(relay).map(describeOutput);
}

function describeOutput(output: RelayOutput): string {
  switch (output.kind) {
    case "relayed":
      return `${output.peer.nodeId} via ${output.peer.via} over ${output.peer.hops}`;
    case "restarted":
      return `${output.nodeId} started again as ${output.boot}`;
    case "changed":
      return `${output.nodeId} changed: ${output.aspects.join()}`;
    case "lost":
      return `${output.nodeId} lost: ${output.why}`;
    case "send": {
      const { peer, message } = output;
      if (message.kind === "introduction") {
        const { beacon: { nodeId, boot, sequence, leaving }, hops, ageMs, address } = message;
        const name = `${leaving ? "goodbye of " : ""}${nodeId} ${boot}.${sequence}`;
        return `${peer}: ${name} over ${hops}, ${ageMs} ms old, from ${address}`;
      }
      const heard = message.heard.join(", ") || "nobody";
      const known = message.relayed.map((one) => `${one.nodeId} ${one.boot}.${one.sequence}`)
        .join(", ") || "nobody";
      return `${peer}: wants peers, hears ${heard}, knows ${known}, room for ${message.room}`;
    }
  }
}
