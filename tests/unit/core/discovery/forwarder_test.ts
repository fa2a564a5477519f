import assert from "node:assert/strict";
import { Forwarder, type ForwarderOutput } from "../../../../src/core/discovery/forwarder.ts";
import type { Way } from "../../../../src/core/discovery/relay_io.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import type { NodeId } from "../../../../src/core/kernel/ids.ts";
import type { CellPeerMessage, Forwarded } from "../../../../src/core/peer_message.ts";

const LEAVE: CellPeerMessage = { kind: "cell", cellId: "alpha", message: { kind: "leave" } };

/** A node of the name `a` that is connected with those, and knows those others through them. */
class Life {
  readonly connected = new Set<NodeId>();
  readonly relayed = new Map<NodeId, Way>();
  readonly boots = new Map<NodeId, number>();
  readonly forwarder: Forwarder;

  constructor(connected: readonly NodeId[], { isOpen = true } = {}) {
    this.forwarder = new Forwarder({
      self: "a",
      isOpen,
      ways: {
        isConnected: (nodeId) => this.connected.has(nodeId),
        relayed: (nodeId) => this.relayed.get(nodeId),
        bootOf: (nodeId) => this.boots.get(nodeId),
      },
    });
    for (const nodeId of connected) this.connect(nodeId);
  }

  connect(nodeId: NodeId): void {
    this.connected.add(nodeId);
    this.forwarder.handle(0, { kind: "connected", nodeId });
  }

  disconnect(nodeId: NodeId): void {
    this.connected.delete(nodeId);
    this.forwarder.handle(0, { kind: "disconnected", nodeId });
  }

  send(peer: NodeId): string[] {
    this.forwarder.handle(0, { kind: "send", peer, priorityClass: "critical", message: LEAVE });
    return this.said();
  }

  take(from: NodeId, message: Forwarded, now = 0): string[] {
    this.forwarder.handle(now, { kind: "message", peer: from, message });
    return this.said();
  }

  said(): string[] {
    return drain(this.forwarder).map(describe);
  }
}

function describe(output: ForwarderOutput): string {
  if (output.kind === "arrived") return `arrived from ${output.from}`;
  const { peer, message } = output;
  if (message.kind !== "forwarded") return `${peer}: ${message.kind}`;
  const { origin, target, targetBoot } = message.envelope;
  return `${peer}: from ${origin} for ${target} ${targetBoot} over ${message.hops}`;
}

function forwarded(origin: NodeId, target: NodeId, hops = 1): Forwarded {
  return { kind: "forwarded", hops, envelope: { origin, target, targetBoot: 1, message: LEAVE } };
}

Deno.test("what is for a connected peer goes straight, what is for a relayed one over who relays", () => {
  const life = new Life(["b"]);
  life.relayed.set("c", { via: "b", boot: 7 });
  assert.deepEqual(life.send("b"), ["b: cell"]);
  assert.deepEqual(life.send("c"), ["b: from a for c 7 over 1"]);
  assert.deepEqual(life.send("d"), ["d: cell"], "which is dropped and counted by the driver");
  assert.deepEqual(["b", "c", "d"].map((nodeId) => life.forwarder.reaches(nodeId)), [
    true,
    true,
    false,
  ]);
  life.connect("c");
  assert.deepEqual(life.send("c"), ["c: cell"]);
  assert.equal(life.forwarder.counts.sent, 1);
});

Deno.test("a peer that is heard at last is reached over others until there is a connection", () => {
  const life = new Life(["b"]);
  life.boots.set("c", 7);
  life.forwarder.handle(0, { kind: "heard", nodeId: "c", via: "b" });
  assert.deepEqual(life.send("c"), ["b: from a for c 7 over 1"]);
  life.connect("c");
  life.disconnect("c");
  assert.deepEqual(life.send("c"), ["c: cell"], "the way that served is forgotten then");
  life.forwarder.handle(0, { kind: "heard", nodeId: "c", via: "b" });
  life.disconnect("b");
  assert.equal(life.forwarder.reaches("c"), false);
  life.connect("b");
  assert.equal(life.forwarder.reaches("c"), false, "nor is one used that broke");
  life.forwarder.handle(0, { kind: "heard", nodeId: "c", via: "b" });
  life.forwarder.handle(0, { kind: "gone", nodeId: "c" });
  assert.equal(life.forwarder.reaches("c"), false);
});

Deno.test("a message is handed on to its target, or to who relays that, over at most three nodes", () => {
  const life = new Life(["b", "c"]);
  life.relayed.set("d", { via: "c", boot: 1 });
  assert.deepEqual(life.take("b", forwarded("x", "c", 3)), ["c: from x for c 1 over 3"]);
  assert.deepEqual(life.take("b", forwarded("x", "d", 2)), ["c: from x for d 1 over 3"]);
  assert.deepEqual(life.take("b", forwarded("x", "d", 3)), []);
  assert.deepEqual(life.take("b", forwarded("x", "a")), ["arrived from x"]);
  const { arrived, forwarded: handedOn, tooFar } = life.forwarder.counts;
  assert.deepEqual({ arrived, handedOn, tooFar }, { arrived: 1, handedOn: 2, tooFar: 1 });
});

Deno.test("a message never goes back to where it came from, and one without a way is dropped", () => {
  const life = new Life(["b", "c"]);
  life.relayed.set("d", { via: "b", boot: 1 });
  assert.deepEqual(life.take("b", forwarded("x", "d")), [], "to whom it came from");
  assert.deepEqual(life.take("c", forwarded("b", "d")), [], "to its origin");
  assert.deepEqual(life.take("b", forwarded("x", "b")), [], "to whom it came from, its target");
  assert.deepEqual(life.take("b", forwarded("x", "nobody")), []);
  assert.deepEqual(life.take("b", forwarded("a", "d")), [], "and this node's own");
  assert.equal(life.forwarder.counts.unreachable, 4);
  assert.equal(life.forwarder.counts.own, 1);
});

Deno.test("a node that does not speak for others hands nothing on", () => {
  const life = new Life(["b", "c"], { isOpen: false });
  assert.deepEqual(life.take("b", forwarded("x", "c")), []);
  assert.equal(life.forwarder.counts.closed, 1);
});

Deno.test("what one peer hands on is bounded, counted, and no bound for another", () => {
  const life = new Life(["b", "c"]);
  const count = 2_000;
  for (let index = 0; index < count; index++) life.take("b", forwarded("x", "c"));
  const { forwarded: handedOn, overRate } = life.forwarder.counts;
  assert.ok(handedOn >= 500 && handedOn < 600, String(handedOn));
  assert.equal(handedOn + overRate, count);
  assert.deepEqual(life.take("c", forwarded("x", "b")), ["b: from x for b 1 over 1"]);
  assert.equal(life.take("b", forwarded("x", "c"), 1_000).length, 1, "a second later it may again");
  assert.deepEqual(life.take("stranger", forwarded("x", "c")), []);
});
