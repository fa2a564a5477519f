import assert from "node:assert/strict";
import fc from "fast-check";
import { Random } from "../../src/core/kernel/random.ts";
import type { Millis } from "../../src/core/kernel/time.ts";
import type { Host } from "../../src/sim/host.ts";
import { type NetworkConditions, PERFECT_NETWORK } from "../../src/sim/network.ts";
import {
  SEGMENT_BYTES,
  STREAM_LIMIT,
  type StreamConnection,
  WINDOW_BYTES,
} from "../../src/sim/stream_connection.ts";
import {
  CONNECT_TIMEOUT_MS,
  CONNECTION_LIMIT,
  IDLE_TIMEOUT_MS,
  StreamNetwork,
} from "../../src/sim/stream_network.ts";
import { World } from "../../src/sim/world.ts";
import { smallPlan } from "./plans.ts";

/** The keep-alives of the two ends do not fall together. */
const SLACK_MS = 2_000;

Deno.test("a connection opens after one round trip over the links", () => {
  const { world, client, log } = connected({ delayMs: 40 });
  assert.deepEqual(log, ["b open at 140", "a open at 180"]);
  assert.equal(client.state, "open");
  assert.equal(world.now, 1_000);
});

Deno.test("a handshake that arrives twice makes one connection", () => {
  const { streams, b, log } = connected({ duplicate: 1, jitterMs: 20 }, 1, 30_000);
  assert.deepEqual(log.map((line) => line.split(" at ")[0]), ["b open", "a open"]);
  assert.equal(streams.heldBy(b), 1);
});

Deno.test("bytes arrive once and in order on every stream, under loss, reorder and repetition", () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.nat(5_000), { maxLength: 12 }), (seed, sizes) => {
      const conditions = { loss: 0.3, duplicate: 0.2, jitterMs: 120, delayMs: 10 };
      const { world, client, received } = connected(conditions, seed, 30_000);
      const written: Record<number, number[]> = {};
      for (const [index, size] of sizes.entries()) {
        const bytes = randomBytes(seed + index, size);
        const stream = index % 3;
        assert.equal(client.write(stream, bytes), size);
        (written[stream] ??= []).push(...bytes);
      }
      world.runUntil(world.now + 60_000);
      for (const stream of [0, 1, 2]) {
        assert.deepEqual(received[stream] ?? [], written[stream] ?? []);
      }
    }),
    { seed: 50, numRuns: 25 },
  );
});

Deno.test("a lost packet holds back its own stream and no other", () => {
  const { world, streams, client, received } = connected({ delayMs: 10 });
  world.network.cut(0, 1);
  client.write(1, Uint8Array.of(1));
  world.network.mend(0, 1);
  client.write(1, Uint8Array.of(2));
  client.write(2, Uint8Array.of(3));
  world.runUntil(world.now + 50);
  assert.deepEqual(received, { 2: [3] });
  world.runUntil(world.now + 1_000);
  assert.deepEqual(received, { 1: [1, 2], 2: [3] });
  assert.equal(streams.counts.resent, 1);
});

Deno.test("loss makes a transfer slower and nothing else", () => {
  const transferMs = (loss: number, seed: number) => {
    const { world, client, received } = connected({ delayMs: 20 }, seed);
    world.network.conditions = { ...world.network.conditions, loss };
    const from = world.now;
    assert.equal(client.write(0, new Uint8Array(20_000)), 20_000);
    while (received[0]?.length !== 20_000) {
      assert.ok(world.now - from < 60_000, "the transfer does not end");
      world.runUntil(world.now + 10);
    }
    return world.now - from;
  };
  // One transfer may be lucky; ten are not.
  const seeds = Array.from({ length: 10 }, (_, seed) => seed);
  const tookMs = [0, 0.2, 0.5].map((loss) =>
    seeds.reduce((sum, seed) => sum + transferMs(loss, seed), 0)
  );
  assert.ok(tookMs[0]! < tookMs[1]! && tookMs[1]! < tookMs[2]!, `${tookMs}`);
});

Deno.test("a writer that is faster than its peer is held back, and told when there is room", () => {
  const { world, client, received, log } = connected({ delayMs: 50 });
  const bytes = randomBytes(1, 3 * WINDOW_BYTES);
  let sent = client.write(0, bytes);
  assert.equal(sent, WINDOW_BYTES);
  assert.equal(client.write(0, bytes.subarray(sent)), 0, "the window is full");
  assert.equal(client.write(1, bytes.subarray(0, 10)), 10, "another stream has its own");
  client.events = {
    writable: (stream) => {
      assert.ok(sent < bytes.length, "who has nothing left to write is not asked to");
      log.push(`writable ${stream} at ${world.now}`);
      sent += client.write(stream, bytes.subarray(sent));
    },
  };
  world.runUntil(world.now + 99);
  assert.ok(!log.some((line) => line.startsWith("writable")), "not before a round trip");
  world.runUntil(world.now + 1);
  assert.ok(log.includes("writable 0 at 1100"), log.join());
  world.runUntil(world.now + 5_000);
  assert.equal(sent, bytes.length);
  assert.deepEqual(received[0], [...bytes]);
});

Deno.test("a window that is never full is never announced as writable", () => {
  const { world, client, log } = connected();
  client.events = { writable: () => log.push("writable") };
  client.write(0, new Uint8Array(WINDOW_BYTES));
  world.runUntil(world.now + 1_000);
  assert.ok(!log.includes("writable"));
});

Deno.test("both ends of a connection that is cut give it up after the timeout", () => {
  const { world, streams, client, server, log } = connected();
  cutBoth(world);
  client.write(0, Uint8Array.of(1));
  const from = world.now;
  world.runUntil(from + IDLE_TIMEOUT_MS - SLACK_MS);
  assert.deepEqual([client.state, server().state], ["open", "open"]);
  world.runUntil(from + IDLE_TIMEOUT_MS + SLACK_MS);
  assert.deepEqual([client.state, server().state], ["closed", "closed"]);
  assert.equal(log.filter((line) => line.includes("closed: timeout")).length, 2);
  assert.equal(streams.counts.timedOut, 2);
  assert.equal(client.write(0, Uint8Array.of(2)), 0);
});

Deno.test("a path that is cut one way only breaks both ends too", () => {
  const { world, client, server } = connected();
  world.network.cut(0, 1);
  world.runUntil(world.now + 2 * IDLE_TIMEOUT_MS + SLACK_MS);
  assert.deepEqual([client.state, server().state], ["closed", "closed"]);
});

Deno.test("a cut that is shorter than the timeout delays what was written and breaks nothing", () => {
  const { world, client, received } = connected();
  cutBoth(world);
  client.write(0, Uint8Array.of(1, 2, 3));
  world.runUntil(world.now + 6_000);
  assert.deepEqual(received, {});
  mendBoth(world);
  world.runUntil(world.now + 5_000);
  assert.deepEqual(received, { 0: [1, 2, 3] });
  assert.equal(client.state, "open");
});

Deno.test("after a partition heals a new connection is made", () => {
  const { world, streams, a, b, log } = connected();
  cutBoth(world);
  const during = streams.connect(a, b, { closed: (reason) => log.push(`second: ${reason}`) })!;
  world.runUntil(world.now + CONNECT_TIMEOUT_MS);
  assert.equal(during.state, "closed");
  assert.ok(log.includes("second: timeout"));
  mendBoth(world);
  const after = streams.connect(a, b, {})!;
  world.runUntil(world.now + 100);
  assert.equal(after.state, "open");
  assert.equal(streams.counts.opened, 2);
});

Deno.test("a crash is noticed at once when the host comes back, and answers that it knows nothing", () => {
  const { world, streams, client, b, log } = connected();
  b.crash();
  world.runUntil(world.now + 1_000);
  assert.equal(client.state, "open", "nobody told it yet");
  assert.equal(b.start(world.now), true);
  client.write(0, Uint8Array.of(1));
  world.runUntil(world.now + 100);
  assert.equal(client.state, "closed");
  assert.ok(log.at(-1)?.startsWith("a closed: reset"), log.at(-1));
  assert.equal(streams.counts.reset, 1);
});

Deno.test("a crash without a return is noticed by the timeout, and the crashed hear nothing", () => {
  const { world, client, b, log } = connected();
  const before = log.length;
  b.crash();
  world.runUntil(world.now + IDLE_TIMEOUT_MS + SLACK_MS);
  assert.equal(client.state, "closed");
  assert.equal(log.length, before + 1);
  assert.ok(log.at(-1)?.startsWith("a closed: timeout"));
});

Deno.test("a paused process reads later, and one that is paused too long loses its connections", () => {
  const short = connected();
  short.b.pause();
  short.client.write(0, Uint8Array.of(7));
  short.world.runUntil(short.world.now + 8_000);
  assert.deepEqual(short.received, {});
  short.b.resume(short.world.now);
  short.world.runUntil(short.world.now + 3_000);
  assert.deepEqual(short.received, { 0: [7] });

  const long = connected();
  long.b.pause();
  long.world.runUntil(long.world.now + 40_000);
  assert.equal(long.client.state, "closed");
  assert.equal(long.server().state, "open", "it does not know yet");
  long.b.resume(long.world.now);
  long.world.runUntil(long.world.now + SLACK_MS);
  assert.equal(long.server().state, "closed");
});

Deno.test("the reason of a close reaches the other side, also under heavy loss", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { world, client, server, log } = connected({ loss: 0.5, delayMs: 30 }, seed, 30_000);
    server().write(0, new Uint8Array(5 * SEGMENT_BYTES));
    client.close("done for today");
    assert.equal(client.state, "closed");
    assert.equal(client.write(0, Uint8Array.of(1)), 0);
    world.runUntil(world.now + IDLE_TIMEOUT_MS);
    assert.equal(server().state, "closed");
    assert.ok(log.at(-1)?.startsWith("b closed: done for today"), log.at(-1));
    assert.ok(!log.some((line) => line.startsWith("a closed")), "who closes is not told");
  }
});

Deno.test("who does not listen, or no longer does, refuses", () => {
  const { world, streams, a, b } = connected();
  const told: string[] = [];
  const closed = (reason: string) => void told.push(reason);
  streams.connect(b, a, { closed });
  world.runUntil(world.now + 100);
  b.crash();
  b.start(world.now);
  streams.connect(a, b, { closed });
  world.runUntil(world.now + 100);
  streams.listen(b, () => undefined);
  streams.connect(a, b, { closed });
  world.runUntil(world.now + 100);
  assert.deepEqual(told, ["refused", "refused", "refused"]);
  assert.equal(streams.counts.refused, 3);
});

Deno.test("a process that is down connects to nobody, and nobody to it", () => {
  const { world, streams, a, b } = connected();
  b.crash();
  assert.equal(streams.connect(b, a, {}), undefined);
  const end = streams.connect(a, b, {})!;
  world.runUntil(world.now + CONNECT_TIMEOUT_MS);
  assert.equal(end.state, "closed");
});

Deno.test("connections and streams are bounded, and what is over makes room", () => {
  const { world, streams, client, a, b } = connected();
  const ends: StreamConnection[] = [];
  for (let count = 1; count < CONNECTION_LIMIT; count++) ends.push(streams.connect(a, b, {})!);
  assert.equal(streams.connect(a, b, {}), undefined);
  assert.equal(streams.counts.refused, 1);
  world.runUntil(world.now + 100);
  assert.equal(streams.heldBy(b), CONNECTION_LIMIT);
  for (const end of ends) end.close("enough");
  world.runUntil(world.now + 100);
  assert.deepEqual([streams.heldBy(a), streams.heldBy(b)], [1, 1]);
  for (let stream = 0; stream < STREAM_LIMIT; stream++) client.write(stream, Uint8Array.of(1));
  assert.throws(() => client.write(STREAM_LIMIT, Uint8Array.of(1)), /too many are open/);
});

Deno.test("the same seed gives the same connections to the last packet", () => {
  const once = () => {
    const { world, streams, client, log } = connected({ loss: 0.3, jitterMs: 50 }, 9, 20_000);
    client.write(0, new Uint8Array(50_000));
    world.runUntil(world.now + 20_000);
    return { log, counts: streams.counts, network: world.network.counts };
  };
  assert.deepEqual(once(), once());
});

interface Pair {
  readonly world: World;
  readonly streams: StreamNetwork;
  readonly a: Host;
  readonly b: Host;
  readonly client: StreamConnection;
  readonly server: () => StreamConnection;
  /** What the listener read, by stream. */
  readonly received: Record<number, number[]>;
  readonly log: string[];
}

/** Two hosts with a connection from the first to the second, some time after its handshake. */
function connected(
  conditions: Partial<NetworkConditions> = {},
  seed = 1,
  settleMs: Millis = 900,
): Pair {
  const world = new World(smallPlan({ seed, nodes: 2 }));
  world.runUntil(100);
  const [a, b] = world.hosts as [Host, Host];
  world.network.conditions = { ...PERFECT_NETWORK, ...conditions };
  const streams = new StreamNetwork(world);
  const received: Record<number, number[]> = {};
  const log: string[] = [];
  const eventsOf = (name: string) => ({
    opened: () => log.push(`${name} open at ${world.now}`),
    closed: (reason: string) => log.push(`${name} closed: ${reason} at ${world.now}`),
    received: (stream: number, bytes: Uint8Array) => (received[stream] ??= []).push(...bytes),
  });
  let server: StreamConnection | undefined;
  streams.listen(b, (connection) => {
    server = connection;
    return eventsOf("b");
  });
  const client = streams.connect(a, b, eventsOf("a"))!;
  world.runUntil(world.now + settleMs);
  assert.equal(client.state, "open");
  return { world, streams, a, b, client, server: () => server!, received, log };
}

function cutBoth({ network }: World): void {
  network.cut(0, 1);
  network.cut(1, 0);
}

function mendBoth({ network }: World): void {
  network.mend(0, 1);
  network.mend(1, 0);
}

function randomBytes(seed: number, length: number): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.below(256));
}
