import assert from "node:assert/strict";
import { PRIORITY_CLASSES, type PriorityClass } from "../../../src/core/priority.ts";
import { RequestError } from "../../../src/net/transport.ts";
import { connect, type Member, type Mesh, type MeshKind, text, utf8 } from "./mesh.ts";

/** The rules of a transport, which every implementation keeps. */
export function testTransportCompliance(kind: MeshKind): void {
  const test = (title: string, body: (mesh: Mesh) => Promise<void>) =>
    Deno.test(`${kind.name}: ${title}`, async () => {
      const mesh = kind.open();
      try {
        await body(mesh);
      } finally {
        await mesh.close();
      }
    });
  const pair = (title: string, body: (a: Member, b: Member, mesh: Mesh) => Promise<void>) =>
    test(title, async (mesh) => {
      const [a, b] = [await mesh.start("a"), await mesh.start("b")];
      await connect(a, b);
      await body(a, b, mesh);
    });

  pair("both sides of a connection are told of it, and list it", (a, b) => {
    assert.equal(a.log.of("connected")[0]!.peer, "b");
    assert.equal(b.log.of("connected")[0]!.peer, "a");
    for (const [from, to] of [[a, b], [b, a]] as const) {
      const [status, ...others] = from.transport.connections();
      assert.equal(others.length, 0);
      assert.equal(status?.peer, to.nodeId);
      assert.equal(status?.state, "connected");
      assert.equal(typeof status?.connectedAt, "number");
    }
    return Promise.resolve();
  });

  test("events are never told from within the call that causes them", async (mesh) => {
    const a = await mesh.start("a");
    let isCalling = true;
    a.log.onEvent = () => assert.equal(isCalling, false);
    a.transport.connect("a", a.address);
    a.transport.connect("b", "nonsense");
    isCalling = false;
    await a.log.next("connectFailed", 2);
  });

  test("a dial that nobody answers ends in connectFailed", async (mesh) => {
    const a = await mesh.start("a");
    a.transport.connect("b", kind.nobody);
    assert.equal(a.transport.connections()[0]?.state, "dialling");
    const failed = await a.log.next("connectFailed");
    assert.equal(failed.peer, "b");
    assert.equal(failed.code, "unreachable");
    assert.equal(a.transport.connections().length, 0);
    assert.equal(a.transport.counts.connectFailed, 1);
  });

  test("a dial that is called off ends in connectFailed, once", async (mesh) => {
    const [a, b] = [await mesh.start("a"), await mesh.start("b")];
    a.transport.connect("b", b.address);
    a.transport.disconnect("b", "never mind");
    const { code, reason } = await a.log.next("connectFailed");
    assert.deepEqual([code, reason], ["disconnected", "never mind"]);
    await delay(50);
    assert.equal(a.log.events.length, 1);
    assert.equal(b.log.of("connected").length, 0);
  });

  test("a node does not dial itself", async (mesh) => {
    const a = await mesh.start("a");
    a.transport.connect("a", a.address);
    assert.equal((await a.log.next("connectFailed")).code, "self");
  });

  test("a dial that reaches another node than it meant fails", async (mesh) => {
    const [a, b] = [await mesh.start("a"), await mesh.start("b")];
    a.transport.connect("c", b.address);
    assert.equal((await a.log.next("connectFailed")).code, "wrongPeer");
    assert.equal(b.log.of("connected").length, 0);
  });

  pair("connecting again adds nothing", async (a, b) => {
    a.transport.connect("b", b.address);
    b.transport.connect("a", a.address);
    a.transport.send("b", "high", utf8("after"));
    await b.log.next("message");
    assert.equal(a.log.of("connected").length, 1);
    assert.equal(b.log.of("connected").length, 1);
  });

  pair("messages of one class arrive once and in order", async (a, b) => {
    const count = 5_000;
    for (let index = 0; index < count; index++) {
      assert.equal(a.transport.send("b", "normal", utf8(String(index))), true);
    }
    await b.log.next("message", count);
    const received = b.log.of("message").map(({ bytes }) => Number(text(bytes)));
    assert.deepEqual(received, Array.from({ length: count }, (_, index) => index));
  });

  pair("messages keep their class, in both directions", async (a, b) => {
    for (const [from, to] of [[a, b], [b, a]] as const) {
      for (const priorityClass of PRIORITY_CLASSES) {
        from.transport.send(to.nodeId, priorityClass, utf8(priorityClass));
      }
      await to.log.next("message", PRIORITY_CLASSES.length);
      for (const { bytes, priorityClass, peer } of to.log.of("message")) {
        assert.equal(text(bytes), priorityClass);
        assert.equal(peer, from.nodeId);
      }
    }
  });

  pair("an empty message and the longest one arrive whole", async (a, b) => {
    const longest = new Uint8Array(1 << 20).map((_, index) => index * 31);
    a.transport.send("b", "low", new Uint8Array(0));
    a.transport.send("b", "low", longest);
    await b.log.next("message", 2);
    const [first, second] = b.log.of("message");
    assert.equal(first!.bytes.length, 0);
    assert.deepEqual(second!.bytes, longest);
  });

  pair("a message over the limit is the sender's error", (a) => {
    assert.throws(() => a.transport.send("b", "low", new Uint8Array((1 << 20) + 1)), /Cannot send/);
    return Promise.resolve();
  });

  pair("bytes are counted by class on both sides, with their headers", async (a, b) => {
    a.transport.send("b", "critical", new Uint8Array(7));
    a.transport.send("b", "low", new Uint8Array(100));
    await b.log.next("message", 2);
    // Each stream begins with its class, in one byte, each write with its length and its place, in
    // four each, and each frame with its length, in four.
    const expected = { critical: 7 + 13, high: 0, normal: 0, low: 100 + 13 };
    assert.deepEqual(a.transport.connections()[0]!.bytesOut, expected);
    assert.deepEqual(b.transport.connections()[0]!.bytesIn, expected);
    assert.deepEqual(a.transport.connections()[0]!.bytesIn, {
      critical: 0,
      high: 0,
      normal: 0,
      low: 0,
    });
  });

  for (const priorityClass of ["critical", "low"] as const) {
    pair(
      `a full ${priorityClass} queue refuses, says when it has room, and loses nothing`,
      (a, b) => fillAndDrain(a, b, priorityClass),
    );
  }

  pair("a full queue of one class leaves the others open", async (a, b) => {
    fill(a, "low");
    assert.equal(a.transport.send("b", "critical", utf8("now")), true);
    await b.log.until(
      () => b.log.of("message").some(({ priorityClass }) => priorityClass === "critical"),
      "the critical message",
    );
    const before = b.log.of("message").findIndex((event) => event.priorityClass === "critical");
    const bulk = b.log.of("message").slice(0, before).length;
    assert.ok(bulk < 64, `${bulk} bulk messages came first`);
  });

  test("sending to a peer that is not connected is refused", async (mesh) => {
    const a = await mesh.start("a");
    assert.equal(a.transport.send("b", "high", utf8("lost")), false);
    assert.equal(a.transport.counts.messagesRefused, 1);
  });

  pair("a request gets its reply, many at a time", async (a, b) => {
    b.log.onEvent = (event) => {
      if (event.kind === "request") event.reply(utf8(`re: ${text(event.bytes)}`));
    };
    const ask = async (index: number) =>
      text(await a.transport.request("b", utf8(String(index)), { deadlineMs: 5_000 }));
    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index)));
    assert.deepEqual(replies, Array.from({ length: 50 }, (_, index) => `re: ${index}`));
  });

  pair("a second reply is refused", async (a, b) => {
    const answers: boolean[] = [];
    b.log.onEvent = (event) => {
      if (event.kind === "request") answers.push(event.reply(utf8("1")), event.reply(utf8("2")));
    };
    assert.equal(text(await a.transport.request("b", utf8("?"), { deadlineMs: 5_000 })), "1");
    assert.deepEqual(answers, [true, false]);
  });

  pair("a request that is not answered in time is given up", async (a, b) => {
    // Long enough to leave first, on a machine that does much else.
    await rejects(a.transport.request("b", utf8("?"), { deadlineMs: 1_000 }), "deadline");
    const { reply } = await b.log.next("request");
    await delay(100);
    assert.equal(reply(utf8("too late")), false);
  });

  pair("a request ends with its connection", async (a, b) => {
    const request = rejects(
      a.transport.request("b", utf8("?"), { deadlineMs: 60_000 }),
      "disconnected",
    );
    const { reply } = await b.log.next("request");
    b.transport.disconnect("a", "done");
    await request;
    assert.equal(reply(utf8("too late")), false);
  });

  test("a request to a peer that is not connected is refused", async (mesh) => {
    const a = await mesh.start("a");
    await rejects(a.transport.request("b", utf8("?"), { deadlineMs: 100 }), "notConnected");
  });

  pair("disconnecting tells both sides, with the reason", async (a, b) => {
    a.transport.disconnect("b", "had enough");
    assert.equal(a.transport.send("b", "high", utf8("late")), false);
    for (const { log } of [a, b]) {
      const { code, reason } = await log.next("disconnected");
      assert.equal(code, "disconnected");
      assert.equal(reason, "had enough");
    }
    assert.equal(a.transport.connections().length, 0);
    assert.equal(b.transport.connections().length, 0);
  });

  pair("sending while the other side closes fails in silence", async (a, b) => {
    b.transport.disconnect("a", "closing");
    for (let index = 0; index < 1_000; index++) {
      a.transport.send("b", "normal", utf8("into the void"));
    }
    await a.log.next("disconnected");
    assert.equal(a.transport.send("b", "normal", utf8("late")), false);
  });

  pair("a node that stops is missed at once", async (a, b) => {
    await b.transport.stop();
    assert.equal((await a.log.next("disconnected")).code, "stopped");
    assert.equal(b.log.of("disconnected").length, 0);
  });

  pair("a node that is killed is missed", async (a, b, mesh) => {
    await mesh.kill(b);
    assert.equal((await a.log.next("disconnected")).code, "lost");
    assert.equal(a.transport.counts.disconnected, 1);
  });

  pair("a short partition costs no connection and no message", async (a, b, mesh) => {
    mesh.partition();
    a.transport.send("b", "high", utf8("patience"));
    await delay(300);
    assert.equal(b.log.of("message").length, 0);
    mesh.heal();
    assert.equal(text((await b.log.next("message")).bytes), "patience");
    assert.equal(a.log.of("disconnected").length, 0);
  });

  pair("a long partition costs the connection, and a new one can be made", async (a, b, mesh) => {
    mesh.partition();
    assert.equal((await a.log.next("disconnected")).code, "lost");
    assert.equal((await b.log.next("disconnected")).code, "lost");
    mesh.heal();
    b.transport.connect("a", a.address);
    await a.log.next("connected", 2);
    await b.log.next("connected", 2);
    a.transport.send("b", "normal", utf8("again"));
    assert.equal(text((await b.log.next("message")).bytes), "again");
  });

  pair("a node that was killed comes back under its name", async (a, b, mesh) => {
    await mesh.kill(b);
    await a.log.next("disconnected");
    const again = await mesh.start("b");
    a.transport.connect("b", again.address);
    await a.log.next("connected", 2);
    await again.log.next("connected");
  });

  pair("two nodes with one id are noticed, and the first one stays", async (a, b, mesh) => {
    const impostor = await mesh.start("b");
    impostor.transport.connect("a", a.address);
    assert.equal((await a.log.next("duplicateNode")).nodeId, "b");
    assert.equal((await impostor.log.next("duplicateNode")).nodeId, "b");
    assert.equal((await impostor.log.next("connectFailed")).code, "duplicateNode");
    a.transport.send("b", "high", utf8("still you"));
    await b.log.next("message");
    assert.equal(a.log.of("disconnected").length, 0);
  });

  test("of two dials that cross one connection comes, and nothing is lost on it", async (mesh) => {
    const a = await mesh.start("a");
    for (let round = 1; round <= 100; round++) await crossDials(mesh, a, `b${round}`);
  });

  pair("stopping with work in flight leaves nothing behind", async (a, b) => {
    fill(a, "low");
    fill(b, "normal");
    const requests = [a, b].map(({ nodeId, transport }) =>
      rejects(
        transport.request(nodeId === "a" ? "b" : "a", utf8("?"), { deadlineMs: 60_000 }),
        "disconnected",
      )
    );
    a.transport.connect("c", kind.nobody);
    await delay(5);
    await Promise.all([a.transport.stop(), b.transport.stop(), ...requests]);
    const seen = a.log.events.length;
    await delay(20);
    assert.equal(a.log.events.length, seen);
  });
}

/** Each side sends as soon as it is connected, over whichever link that is. */
async function crossDials(mesh: Mesh, a: Member, name: string): Promise<void> {
  const b = await mesh.start(name);
  const sendAll = (from: Member, to: string) => {
    for (const word of ["one", "two", "three"]) from.transport.send(to, "normal", utf8(word));
  };
  a.log.onEvent = (event) => event.kind === "connected" && sendAll(a, event.peer);
  b.log.onEvent = (event) => event.kind === "connected" && sendAll(b, event.peer);
  a.transport.connect(name, b.address);
  b.transport.connect("a", a.address);
  const wordsFrom = (log: Member["log"], peer: string) =>
    log.of("message").filter((event) => event.peer === peer).map(({ bytes }) => text(bytes));
  await a.log.until(() => wordsFrom(a.log, name).length >= 3, `the words of ${name}`);
  await b.log.until(() => wordsFrom(b.log, "a").length >= 3, "the words of a");
  assert.deepEqual(wordsFrom(a.log, name), ["one", "two", "three"]);
  assert.deepEqual(wordsFrom(b.log, "a"), ["one", "two", "three"]);
  // The lower node id's dial wins, so this is the address that it dialled.
  const status = a.transport.connections().find(({ peer }) => peer === name);
  assert.equal(status?.address, b.address);
  for (const [log, peer] of [[a.log, name], [b.log, "a"]] as const) {
    assert.equal(log.of("connected").filter((event) => event.peer === peer).length, 1);
    assert.equal(log.of("disconnected").filter((event) => event.peer === peer).length, 0);
    assert.equal(log.of("connectFailed").length, 0);
  }
  await b.transport.stop();
}

async function fillAndDrain(a: Member, b: Member, priorityClass: PriorityClass): Promise<void> {
  const sent = fill(a, priorityClass);
  assert.equal(a.transport.counts.messagesRefused, 1);
  assert.equal((await a.log.next("writable")).priorityClass, priorityClass);
  assert.equal(a.transport.send("b", priorityClass, utf8("last")), true);
  await b.log.next("message", sent + 1);
  assert.equal(text(b.log.of("message").at(-1)!.bytes), "last");
  assert.equal(a.log.of("writable").length, 1);
}

/** Sends until there is no room, and answers how many messages that took. */
function fill(from: Member, priorityClass: PriorityClass): number {
  const peer = from.transport.connections()[0]!.peer;
  for (let sent = 0; sent < 1_000; sent++) {
    if (!from.transport.send(peer, priorityClass, new Uint8Array(64 << 10))) return sent;
  }
  throw new Error("Cannot fill queue: it took everything");
}

async function rejects(request: Promise<unknown>, code: RequestError["code"]): Promise<void> {
  await assert.rejects(request, (error) => {
    assert.ok(error instanceof RequestError);
    assert.equal(error.code, code);
    return true;
  });
}

function delay(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
