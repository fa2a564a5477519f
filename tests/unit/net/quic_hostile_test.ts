import assert from "node:assert/strict";
import type { QuicMember, QuicMemberOptions } from "./quic_mesh.ts";
import { QuicMesh } from "./quic_mesh.ts";
import { Lateness } from "../../e2e/lateness.ts";
import { connect, text, utf8 } from "./mesh.ts";
import { openEndpoint, RawPeer } from "./raw_peer.ts";
import { pieceHeaderOf } from "./pieces.ts";
import { encodeFrames } from "../../../src/wire/framing.ts";

const CROWD = 500;
const INSTANCE = "0011223344556677";

function test(title: string, body: (mesh: QuicMesh) => Promise<void>): void {
  Deno.test(title, async () => {
    const mesh = new QuicMesh();
    try {
      await body(mesh);
    } finally {
      await mesh.close();
    }
  });
}

/** A node, and a client of it that proves to be `mallory` and then does as the test likes. */
function testInsider(
  title: string,
  body: (a: QuicMember, mallory: RawPeer) => Promise<void>,
): void {
  test(title, async (mesh) => {
    const a = await mesh.start("a");
    const mallory = await RawPeer.connect(a.port);
    await mallory.tell(
      { kind: "handshake", bytes: utf8("mallory") },
      { kind: "hello", instance: INSTANCE },
    );
    await a.log.next("connected");
    await body(a, mallory);
    await mallory.close();
  });
}

function testStranger(
  title: string,
  options: QuicMemberOptions,
  body: (a: QuicMember, stranger: RawPeer) => Promise<void>,
): void {
  test(title, async (mesh) => {
    const a = await mesh.start("a", options);
    const stranger = await RawPeer.connect(a.port);
    await body(a, stranger);
    await stranger.close();
  });
}

test("500 connections that say nothing leave real peers served", async (mesh) => {
  await serveThroughCrowd(mesh, () => Promise.resolve());
});

test("500 connections that say one byte a second leave real peers served", async (mesh) => {
  await serveThroughCrowd(mesh, (client) => client.say(Uint8Array.of(0)));
});

testStranger(
  "a handshake that takes too long is cut",
  { limits: { handshakeMs: 300 } },
  async (a, stranger) => {
    const startedAt = performance.now();
    using lateness = new Lateness();
    await stranger.say(Uint8Array.of(0, 0, 0xff, 0));
    const drip = setInterval(() => void stranger.say(Uint8Array.of(0)), 50);
    const refused = await a.log.next("refused");
    clearInterval(drip);
    assert.equal(refused.code, "handshakeTimedOut");
    assert.match(refused.address, /^127\.0\.0\.1:\d+$/);
    assert.ok(performance.now() - startedAt < 2_000 + lateness.ms);
    assert.equal(await stranger.closed, 5);
    assert.equal(a.transport.counts.refused.handshakeTimedOut, 1);
  },
);

testStranger("a client that proves itself and never says hello is cut", {
  limits: { handshakeMs: 300 },
}, async (a, stranger) => {
  await stranger.tell({ kind: "handshake", bytes: utf8("mallory") });
  assert.equal((await a.log.next("refused")).code, "handshakeTimedOut");
});

testStranger("a stream of messages before the handshake is refused", {}, async (a, stranger) => {
  await stranger.stream(Uint8Array.of(0));
  assert.equal((await a.log.next("refused")).code, "earlyStream");
});

testStranger("a request before the handshake is refused", {}, async (a, stranger) => {
  await stranger.say(Uint8Array.of(0));
  const { readable, writable } = await stranger.connection.createBidirectionalStream();
  readable.cancel().catch(() => {});
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  await writer.write(Uint8Array.of(0)).catch(() => {});
  assert.equal((await a.log.next("refused")).code, "earlyStream");
});

testStranger("garbage instead of a handshake is refused", {}, async (a, stranger) => {
  await stranger.say(encodeFrames([Uint8Array.of(99, 1, 2, 3)]));
  assert.equal((await a.log.next("refused")).code, "badFrame");
});

testStranger("a frame too long for a handshake is refused", {}, async (a, stranger) => {
  await stranger.say(Uint8Array.of(0x7f, 0xff, 0xff, 0xff));
  assert.equal((await a.log.next("refused")).code, "oversizeFrame");
});

testStranger("a handshake that goes on and on is refused", {
  server: () => ({ start: () => [], receive: () => ({ send: [] }) }),
}, async (a, stranger) => {
  for (let count = 0; count < 3; count++) {
    await stranger.tell({ kind: "handshake", bytes: new Uint8Array(30 << 10) });
  }
  assert.equal((await a.log.next("refused")).code, "oversizeFrame");
});

testStranger(
  "a stream that is cut off within the handshake is refused",
  {},
  async (a, stranger) => {
    await stranger.say(Uint8Array.of(0));
    await stranger.connection.close({ closeCode: 77, reason: "bye" });
    assert.equal((await a.log.next("refused")).code, "lost");
  },
);

test("a handshake that refuses says why to this side alone", async (mesh) => {
  const refused = { code: "notPermitted", reason: "revoked yesterday" } as const;
  const a = await mesh.start("a", {
    server: () => ({ start: () => [], receive: () => ({ send: [], refused }) }),
  });
  const b = await mesh.start("b");
  b.transport.connect("a", a.address);
  const { code, reason } = await a.log.next("refused");
  assert.deepEqual({ code, reason }, refused);
  const failed = await b.log.next("connectFailed");
  assert.equal(failed.code, "notPermitted");
  assert.equal(failed.reason, "");
});

test("a certificate from elsewhere is not trusted", async (mesh) => {
  const a = await mesh.start("a");
  const b = await mesh.start("b", { serverName: "somebody.else" });
  b.transport.connect("a", a.address);
  assert.equal((await b.log.next("connectFailed")).code, "untrusted");
});

test("one connection more than there may be is refused at either end", async (mesh) => {
  const a = await mesh.start("a", { limits: { connections: 1 } });
  const [b, c] = [await mesh.start("b"), await mesh.start("c")];
  await connect(a, b);
  c.transport.connect("a", a.address);
  assert.equal((await c.log.next("connectFailed")).code, "tooManyConnections");
  assert.equal((await a.log.next("refused")).code, "tooManyConnections");
  a.transport.connect("c", c.address);
  assert.equal((await a.log.next("connectFailed")).code, "tooManyConnections");
});

test("a port that is taken is an error that names it", async (mesh) => {
  const a = await mesh.start("a");
  await assert.rejects(mesh.start("b", { port: a.port }), /Cannot listen on UDP port \d+/);
});

test("a dial that arrives as a node stops is refused at once", async (mesh) => {
  const a = await mesh.start("a");
  const dial = RawPeer.connect(a.port);
  // The dial arrives, and is not taken before the node stops.
  const until = performance.now() + 300;
  while (performance.now() < until);
  const stopped = a.transport.stop();
  await assert.rejects(dial, /refused/);
  await stopped;
});

test("a peer that lost its connection unnoticed gets a new one", async (mesh) => {
  const [a, b] = [await mesh.start("a"), await mesh.start("b")];
  await connect(a, b);
  await mesh.kill(b);
  const again = await mesh.start("b");
  again.transport.connect("a", a.address);
  await again.log.next("connected");
  assert.equal((await a.log.next("disconnected")).code, "lost");
  await a.log.next("connected", 2);
  assert.equal(a.log.of("duplicateNode").length, 0);
});

testInsider("an insider's messages arrive", async (a, mallory) => {
  await mallory.stream(joined(Uint8Array.of(1), piece(0, encodeFrames([utf8("hello")]))));
  const { peer, priorityClass, bytes } = await a.log.next("message");
  assert.deepEqual([peer, priorityClass, text(bytes)], ["mallory", "high", "hello"]);
});

testInsider("a stream of an unknown class ends the connection", async (a, mallory) => {
  await mallory.stream(Uint8Array.of(4));
  assert.equal((await a.log.next("disconnected")).code, "badFrame");
  assert.equal(await mallory.closed, 14);
});

testInsider("a second stream of one class ends the connection", async (a, mallory) => {
  await mallory.stream(Uint8Array.of(1));
  await mallory.stream(Uint8Array.of(1));
  assert.equal((await a.log.next("disconnected")).code, "badFrame");
});

testInsider("one stream of bulk more than there may be ends the connection", async (a, mallory) => {
  for (let count = 0; count < 5; count++) await mallory.stream(Uint8Array.of(3));
  assert.equal((await a.log.next("disconnected")).code, "badFrame");
});

testInsider("more streams than classes have end the connection", async (a, mallory) => {
  for (const number of [0, 1, 2, 3, 3, 3, 3]) await mallory.stream(Uint8Array.of(number));
  await mallory.stream(Uint8Array.of(0));
  assert.match((await a.log.next("disconnected")).code, /^(tooManyStreams|badFrame)$/);
});

testInsider("streams of one class are put into one order", async (a, mallory) => {
  const frames = encodeFrames([utf8("one"), utf8("two"), utf8("three")]);
  const parts = [0, 5, 9, 16].map((start, index, starts) =>
    piece(start, frames.subarray(start, starts[index + 1]))
  );
  await mallory.stream(joined(Uint8Array.of(3), parts[1]!, parts[3]!));
  await mallory.stream(joined(Uint8Array.of(3), parts[2]!));
  await mallory.stream(joined(Uint8Array.of(3), parts[0]!));
  await a.log.next("message", 3);
  const words = a.log.of("message").map(({ bytes }) => text(bytes));
  assert.deepEqual(words, ["one", "two", "three"]);
});

testInsider("a place that was filled before ends the connection", async (a, mallory) => {
  const frames = piece(0, encodeFrames([utf8("again")]));
  await mallory.stream(joined(Uint8Array.of(3), frames, frames));
  assert.equal((await a.log.next("disconnected")).code, "badFrame");
  assert.equal(a.log.of("message").length, 1);
});

testInsider("what never finds its order is not held without end", async (a, mallory) => {
  const chunk = new Uint8Array(64 << 10);
  const writer = await mallory.stream(joined(Uint8Array.of(3), pieceHeaderOf(1, 64 << 20)));
  let written = 0;
  void (async () => {
    for (; written < 1_000; written++) await writer.write(chunk);
  })().catch(() => {});
  let before = -1;
  while (before !== written) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  // What is held, and the windows of one stream and of the runtime at either end.
  assert.ok(written * chunk.length < 8 << 20, `took ${written} writes`);
  assert.equal(a.log.of("message").length, 0);
});

testInsider("a frame over the limit ends the connection", async (a, mallory) => {
  await mallory.stream(joined(Uint8Array.of(0), piece(0, Uint8Array.of(0x00, 0x10, 0x00, 0x01))));
  assert.equal((await a.log.next("disconnected")).code, "oversizeFrame");
  assert.deepEqual(a.transport.counts.offences, { oversizeFrame: 1 });
});

testInsider("an aborted stream of messages ends the connection", async (a, mallory) => {
  const cut = piece(0, Uint8Array.of(0, 0, 0, 9, 1)).subarray(0, 11);
  const writer = await mallory.stream(joined(Uint8Array.of(0), cut));
  await writer.abort().catch(() => {});
  assert.equal((await a.log.next("disconnected")).code, "cutOff");
});

testInsider("garbage on the first stream ends the connection", async (a, mallory) => {
  await mallory.say(encodeFrames([Uint8Array.of(200)]));
  assert.equal((await a.log.next("disconnected")).code, "badFrame");
});

testInsider("to adopt what is adopted ends the connection", async (a, mallory) => {
  await mallory.tell({ kind: "adopt" });
  assert.equal((await a.log.next("disconnected")).code, "badFrame");
});

testInsider("a request that is cut off is dropped, and the next one served", async (a, mallory) => {
  a.log.onEvent = (event) => event.kind === "request" && event.reply(event.bytes);
  await ask(mallory, Uint8Array.of(0, 0, 0, 9, 0, 0));
  const reply = await ask(mallory, encodeFrames([joined(Uint8Array.of(0, 0, 9, 9), utf8("?"))]));
  assert.deepEqual(reply, encodeFrames([utf8("?")]));
  assert.equal(a.transport.counts.requestsDropped, 1);
  assert.equal(a.log.of("disconnected").length, 0);
});

testInsider("a request over the limit ends the connection", async (a, mallory) => {
  await ask(mallory, Uint8Array.of(0x7f, 0, 0, 0)).catch(() => {});
  assert.equal((await a.log.next("disconnected")).code, "oversizeFrame");
});

/** Real peers come while a crowd holds every handshake that there may be. */
async function serveThroughCrowd(
  mesh: QuicMesh,
  speak: (client: RawPeer) => Promise<void>,
): Promise<void> {
  const a = await mesh.start("a", PATIENT);
  const endpoint = openEndpoint();
  const crowd: RawPeer[] = [];
  for (let count = 0; count < CROWD; count++) {
    const client = await RawPeer.connect(a.port, { endpoint });
    await speak(client);
    crowd.push(client);
    if (count % 100 === 99) await serveOne(mesh, a, `b${count}`);
  }
  const talking = setInterval(() => crowd.forEach((client) => void speak(client)), 1_000);
  await serveOne(mesh, a, "c");
  clearInterval(talking);
  const { tooManyHandshakes = 0, handshakeTimedOut = 0 } = a.transport.counts.refused;
  // A machine that takes long to bring the crowd gives it the time to be late.
  assert.ok(tooManyHandshakes + handshakeTimedOut >= CROWD - 64);
  for (const client of crowd) client.connection.close();
  endpoint.close();
  await Promise.all(crowd.map(({ closed }) => closed));
}

/** The whole crowd is this same process, whose one thread may be late for everybody. */
const PATIENT: QuicMemberOptions = {
  limits: { dialMs: 10_000 },
  timing: { maxIdleMs: 15_000, keepAliveMs: 300 },
};

async function serveOne(mesh: QuicMesh, a: QuicMember, name: string): Promise<void> {
  const real = await mesh.start(name, PATIENT);
  real.transport.connect("a", a.address);
  await real.log.next("connected");
  assert.equal(real.transport.send("a", "critical", utf8(name)), true);
  await a.log.until(() => a.log.of("message").some(({ peer }) => peer === name), name);
}

async function ask(client: RawPeer, bytes: Uint8Array): Promise<Uint8Array> {
  const { readable, writable } = await client.connection.createBidirectionalStream();
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  await writer.write(bytes).catch(() => {});
  await writer.close().catch(() => {});
  const chunks = await Array.fromAsync(readable);
  return joined(...chunks);
}

/** Bytes with their place in what their class sends. */
function piece(position: number, bytes: Uint8Array): Uint8Array {
  return joined(pieceHeaderOf(position, bytes.length), bytes);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
