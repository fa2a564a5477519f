import assert from "node:assert/strict";
import fc from "fast-check";
import { DeadlineHeap } from "../../../../src/core/kernel/deadline_heap.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { type Millis, NEVER } from "../../../../src/core/kernel/time.ts";
import {
  PONGS_PER_SECOND,
  Prober,
  PROBES_IN_FLIGHT,
  PROBES_PER_SECOND,
  SETTLED_ROUND_MS,
} from "../../../../src/core/rtt/prober.ts";

const ROUND_MS = 30_000;
const TIMEOUT_MS = 5_000;

interface Ping {
  readonly at: Millis;
  readonly nodeId: string;
  readonly nonce: number;
}

Deno.test("a prober without peers sleeps", () => {
  const prober = makeProber();
  assert.equal(prober.deadline(), NEVER);
  prober.handle(0, { kind: "due" });
  assert.deepEqual(drain(prober), []);
});

Deno.test("a first peer is asked at once, then once per round", () => {
  const prober = makeProber();
  enlist(prober, 0, "a");
  assert.equal(prober.deadline(), 0);
  let now = 0;
  for (let round = 0; round < 5; round++) {
    const [ping] = askNext(prober);
    assert.equal(ping?.nodeId, "a");
    if (round > 0) {
      const waited = ping!.at - now;
      assert.ok(waited <= ROUND_MS && waited >= 0.9 * ROUND_MS, `round of ${waited} ms`);
    }
    now = ping!.at + 20;
    answer(prober, now, ping!);
  }
  assert.equal(prober.estimate("a")?.samples, 5);
  assert.equal(prober.estimate("a")?.smoothedMs, 20);
});

Deno.test("a peer whose round trips stay what they were is asked less often, until one does not", () => {
  const roundMs = 5_000;
  const prober = makeProber(1, roundMs);
  enlist(prober, 0, "a");
  let askedAt = 0;
  /** How long the prober waits with its next question, after this answer to the last. */
  const waitAfter = (tookMs: Millis | undefined, last: Ping): [Millis, Ping] => {
    if (tookMs !== undefined) answer(prober, last.at + tookMs, last);
    const [next] = askNext(prober);
    askedAt = next!.at;
    return [askedAt - last.at - (tookMs ?? TIMEOUT_MS), next!];
  };
  const isAbout = (waitedMs: Millis, wantedMs: Millis) =>
    assert.ok(waitedMs <= wantedMs && waitedMs >= 0.9 * wantedMs, `${waitedMs}, not ${wantedMs}`);
  let [ping] = askNext(prober) as [Ping];
  for (const tookMs of [20, 24]) {
    const [waitedMs, next] = waitAfter(tookMs, ping);
    isAbout(waitedMs, roundMs);
    ping = next;
  }
  for (const tookMs of [18, 21]) {
    const [waitedMs, next] = waitAfter(tookMs, ping);
    isAbout(waitedMs, SETTLED_ROUND_MS);
    ping = next;
  }
  for (const tookMs of [90, 29, 31]) { // What 90 makes of the estimate is no surprise any more.
    const [waitedMs, next] = waitAfter(tookMs, ping);
    if (tookMs !== 31) isAbout(waitedMs, roundMs);
    else isAbout(waitedMs, SETTLED_ROUND_MS);
    ping = next;
  }
  const [, again] = waitAfter(undefined, ping);
  const [waitedMs, next] = waitAfter(28, again);
  isAbout(waitedMs, roundMs);
  ping = waitAfter(28, next)[1];
  prober.handle(askedAt, { kind: "peer", nodeId: "a", address: "elsewhere" });
  answer(prober, askedAt + 28, ping);
  isAbout(prober.deadline() - askedAt - 28, roundMs);
});

Deno.test("a peer that does not answer is counted as lost and asked again soon", () => {
  const prober = makeProber();
  enlist(prober, 0, "a");
  askNext(prober);
  assert.equal(prober.deadline(), TIMEOUT_MS);
  prober.handle(TIMEOUT_MS, { kind: "due" });
  assert.equal(prober.counts.timedOut, 1);
  assert.equal(prober.inFlight, 0);
  const [again] = askNext(prober);
  assert.ok(again!.at >= TIMEOUT_MS + 1_000 && again!.at <= TIMEOUT_MS + 2_000, `${again!.at}`);
});

Deno.test("a duplicated pong gives one sample", () => {
  const prober = makeProber();
  enlist(prober, 0, "a");
  const [ping] = askNext(prober);
  for (const at of [10, 11, 500]) answer(prober, at, ping!);
  assert.equal(prober.estimate("a")?.samples, 1);
  assert.equal(prober.estimate("a")?.smoothedMs, 10);
  assert.equal(prober.counts.answered, 1);
  assert.equal(prober.counts.strayPongs, 2);
});

Deno.test("a pong from another peer is no answer", () => {
  const prober = makeProber();
  enlist(prober, 0, "a");
  enlist(prober, 0, "b");
  const [ping] = askNext(prober);
  assert.equal(ping!.nodeId, "a");
  prober.handle(5, { kind: "pong", nodeId: "b", nonce: ping!.nonce });
  prober.handle(5, { kind: "pong", nodeId: "stranger", nonce: ping!.nonce });
  prober.handle(5, { kind: "pong", nodeId: "a", nonce: ping!.nonce + 1 });
  assert.equal(prober.counts.strayPongs, 3);
  assert.equal(prober.estimate("b")?.samples, 0);
  answer(prober, 8, ping!);
  assert.equal(prober.estimate("a")?.smoothedMs, 8, "the peer that was asked still can answer");
});

Deno.test("a pong that comes after its timeout is stale, whatever was asked since", () => {
  const prober = makeProber();
  enlist(prober, 0, "a");
  const [first] = askNext(prober);
  prober.handle(TIMEOUT_MS, { kind: "due" });
  answer(prober, TIMEOUT_MS + 1, first!);
  const [second] = askNext(prober);
  answer(prober, second!.at + 1, first!);
  assert.equal(prober.counts.strayPongs, 2);
  assert.equal(prober.estimate("a")?.samples, 0);
  answer(prober, second!.at + 30, second!);
  assert.equal(prober.estimate("a")?.smoothedMs, 30);
});

Deno.test("a peer that is gone is forgotten with its probe, and comes back as a new one", () => {
  const prober = makeProber();
  enlist(prober, 0, "a");
  const [ping] = askNext(prober);
  prober.handle(1, { kind: "gone", nodeId: "a" });
  assert.equal(prober.inFlight, 0);
  assert.equal(prober.estimate("a"), undefined);
  enlist(prober, 2, "a");
  answer(prober, 3, ping!);
  assert.equal(prober.estimate("a")?.samples, 0, "the pong was for a probe of its former life");
  assert.equal(prober.counts.strayPongs, 1);
});

Deno.test("a peer that moves is asked at its new address and keeps its estimate", () => {
  const prober = makeProber();
  enlist(prober, 0, "a");
  const [ping] = askNext(prober);
  answer(prober, 10, ping!);
  prober.handle(11, { kind: "peer", nodeId: "a", address: "elsewhere" });
  prober.handle(prober.deadline(), { kind: "due" });
  assert.deepEqual(drain(prober).flatMap((output) => "to" in output ? output.to : []), [
    "elsewhere",
  ]);
  assert.equal(prober.estimate("a")?.samples, 1);
});

Deno.test("a ping is answered with its nonce to where it came from, up to a rate", () => {
  const prober = makeProber();
  for (let nonce = 0; nonce < 1_000; nonce++) {
    prober.handle(0, { kind: "ping", from: "somewhere", nonce });
  }
  const pongs = drain(prober);
  assert.equal(pongs.length, PONGS_PER_SECOND);
  assert.deepEqual(pongs[7], { kind: "pong", to: "somewhere", nonce: 7 });
  assert.equal(prober.unanswered, 1_000 - PONGS_PER_SECOND);
  prober.handle(1_000, { kind: "ping", from: "somewhere", nonce: 1 });
  assert.equal(drain(prober).length, 1);
});

Deno.test("probes in flight are bounded", () => {
  const prober = makeProber();
  for (let peer = 0; peer < 2_000; peer++) enlist(prober, 0, `p${peer}`);
  let most = 0;
  drive(prober, 120_000, (pings) => {
    most = Math.max(most, prober.inFlight);
    assert.ok(pings.length <= PROBES_PER_SECOND, `${pings.length} pings at once`);
  });
  assert.ok(most <= PROBES_IN_FLIGHT, `${most} in flight`);
  // Nobody answers, so what the pace lets out within a timeout is under way.
  assert.ok(most > TIMEOUT_MS / 1_000 * PROBES_PER_SECOND / 2, `only ${most} in flight`);
});

Deno.test("a thousand peers are measured at a steady pace and each gets its turn", () => {
  const prober = makeProber();
  for (let peer = 0; peer < 1_000; peer++) enlist(prober, 0, `p${peer}`);
  const asked = new Map<string, number>();
  const perSecond = new Map<number, number>();
  drive(prober, 600_000, (pings) => {
    for (const ping of pings) {
      asked.set(ping.nodeId, (asked.get(ping.nodeId) ?? 0) + 1);
      const second = Math.floor(ping.at / 1_000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
      answer(prober, ping.at, ping);
    }
  });
  assert.equal(asked.size, 1_000, "everybody was asked");
  const least = Math.min(...asked.values());
  const most = Math.max(...asked.values());
  assert.ok(least >= 2 && most <= 4, `asked ${least} to ${most} times in three rounds`);
  const [burst = 0, ...steady] = [...perSecond.values()].sort((a, b) => b - a);
  assert.ok(burst <= 2 * PROBES_PER_SECOND + 1, `${burst} pings in the second with the burst`);
  assert.ok(steady.every((count) => count <= PROBES_PER_SECOND + 1), `${steady[0]} in another`);
  assert.ok(prober.counts.sent >= 0.98 * 600 * PROBES_PER_SECOND, `${prober.counts.sent} in all`);
});

Deno.test("peers that come and go by the thousand leave nothing behind", () => {
  const largest = watchHeap(() => {
    const prober = makeProber();
    for (let flap = 0; flap < 20_000; flap++) {
      enlist(prober, flap, `p${flap % 50}`);
      prober.handle(flap, { kind: "gone", nodeId: `p${flap % 50}` });
    }
  });
  assert.ok(largest <= PROBES_IN_FLIGHT + 3, `${largest} turns piled up`);
});

const action = fc.record({
  what: fc.constantFrom("peer", "peer", "gone", "pong", "pong", "pong", "stray", "time", "time"),
  peer: fc.constantFrom("a", "b", "c", "d"),
  which: fc.nat(99),
  waitMs: fc.oneof(fc.nat(200), fc.nat(8_000), fc.nat(40_000)),
});

Deno.test("any pings, pongs and losses keep R1 to R4", () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(action, { maxLength: 80 }), (seed, actions) => {
      const prober = makeProber(seed);
      const peers = new Set<string>();
      const underWay = new Map<number, Ping>();
      const sent: Ping[] = [];
      const samples = new Map<string, number[]>();
      let strays = 0;
      let now = 0;

      function wake(): void {
        if (prober.deadline() > now) return;
        prober.handle(now, { kind: "due" });
        for (const ping of underWay.values()) {
          if (ping.at + TIMEOUT_MS <= now) underWay.delete(ping.nonce);
        }
        for (const ping of pingsOf(prober, now)) {
          assert.ok(peers.has(ping.nodeId), `asked ${ping.nodeId}, who is no peer`);
          const twice = [...underWay.values()].some(({ nodeId }) => nodeId === ping.nodeId);
          assert.equal(twice, false, `asked ${ping.nodeId} while a probe to it is under way`);
          underWay.set(ping.nonce, ping);
          sent.push(ping);
        }
      }

      for (const { what, peer, which, waitMs } of actions) {
        if (what === "time") now += waitMs;
        if (what === "peer") {
          enlist(prober, now, peer);
          if (!peers.has(peer)) samples.set(peer, []);
          peers.add(peer);
        } else if (what === "gone") {
          prober.handle(now, { kind: "gone", nodeId: peer });
          peers.delete(peer);
          for (const ping of underWay.values()) {
            if (ping.nodeId === peer) underWay.delete(ping.nonce);
          }
        } else if (what === "pong" || what === "stray") {
          const ping = sent[which % Math.max(1, sent.length)];
          const nodeId = what === "pong" ? ping?.nodeId ?? peer : peer;
          const nonce = ping?.nonce ?? which;
          prober.handle(now, { kind: "pong", nodeId, nonce });
          const asked = underWay.get(nonce);
          if (asked?.nodeId === nodeId) { // R3
            samples.get(nodeId)!.push(now - asked.at); // R1
            underWay.delete(nonce); // R2
          } else strays++;
        }
        wake();
        for (const peer of peers) {
          const estimate = prober.estimate(peer)!;
          const all = samples.get(peer)!;
          assert.equal(estimate.samples, all.length);
          assert.equal(estimate.smallestMs, Math.min(Infinity, ...all));
        }
        assert.equal(prober.inFlight, underWay.size);
        assert.ok(prober.inFlight <= PROBES_IN_FLIGHT); // R4
        assert.equal(prober.counts.strayPongs, strays);
        assert.equal(prober.counts.sent, sent.length);
        assert.ok(sent.length <= PROBES_PER_SECOND * (1 + now / 1_000) + 1e-3);
      }
    }),
    { seed: 31, numRuns: 500 },
  );
});

function makeProber(seed = 1, roundMs = ROUND_MS): Prober {
  return new Prober({ roundMs, peerLimit: 4_096, random: new Random(seed) });
}

function enlist(prober: Prober, now: Millis, nodeId: string): void {
  prober.handle(now, { kind: "peer", nodeId, address: `${nodeId}:1` });
}

function answer(prober: Prober, now: Millis, { nodeId, nonce }: Ping): void {
  prober.handle(now, { kind: "pong", nodeId, nonce });
}

function pingsOf(prober: Prober, at: Millis): Ping[] {
  return drain(prober).flatMap((output) =>
    output.kind === "ping" ? [{ at, nodeId: output.to.replace(":1", ""), nonce: output.nonce }] : []
  );
}

/** Wakes the prober until it asks somebody. */
function askNext(prober: Prober): Ping[] {
  for (let wakes = 0; wakes < 10; wakes++) {
    const at = prober.deadline();
    prober.handle(at, { kind: "due" });
    const pings = pingsOf(prober, at);
    if (pings.length > 0) return pings;
  }
  throw new Error("the prober asks nobody");
}

/** Wakes the prober whenever it wants to be, as a driver with a perfect timer. */
function drive(prober: Prober, untilMs: Millis, look: (pings: Ping[]) => void): void {
  let wakes = 0;
  for (let at = prober.deadline(); at <= untilMs; at = prober.deadline()) {
    prober.handle(at, { kind: "due" });
    look(pingsOf(prober, at));
    assert.ok(++wakes < 100_000, "the prober keeps waking without getting anywhere");
  }
}

/** How large any heap grew while the action ran. */
function watchHeap(action: () => void): number {
  const { push } = DeadlineHeap.prototype;
  let largest = 0;
  DeadlineHeap.prototype.push = function (at, item) {
    push.call(this, at, item);
    largest = Math.max(largest, this.size);
  };
  try {
    action();
  } finally {
    DeadlineHeap.prototype.push = push;
  }
  return largest;
}

Deno.test("of many peers that are met at once only a few are asked in the first second", () => {
  const prober = makeProber();
  for (let peer = 0; peer < 20; peer++) enlist(prober, peer, `p${peer}`);
  let early = 0;
  drive(prober, 10_000, (pings) => {
    early += pings.filter(({ at }) => at < 1_000).length;
    for (const ping of pings) answer(prober, ping.at, ping);
  });
  assert.ok(early >= 1 && early <= PROBES_PER_SECOND, `${early} were asked in the first second`);
  for (let peer = 0; peer < 20; peer++) {
    assert.notEqual(prober.estimate(`p${peer}`)?.smoothedMs, undefined);
  }
});
