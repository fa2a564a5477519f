import assert from "node:assert/strict";
import type { Beacon } from "../../../src/core/beacon/beacon.ts";
import { confirmationMs, quietMs } from "../../../src/core/beacon/silence.ts";
import { AssertionError } from "../../../src/core/kernel/assert.ts";
import type { Stored } from "../../../src/core/kernel/json_value.ts";
import { drain } from "../../../src/core/kernel/machine.ts";
import { Random } from "../../../src/core/kernel/random.ts";
import { type Millis, NEVER } from "../../../src/core/kernel/time.ts";
import { Node } from "../../../src/core/node.ts";
import type { NodeInput, NodeOutput } from "../../../src/core/node_io.ts";
import { PROFILES } from "../../../src/core/profile.ts";

const FIRST_BOOT = 1_000;

Deno.test("a node that never ran claims the driver's boot number, a later start one more", () => {
  const cases: [Stored, number][] = [[{}, FIRST_BOOT], [{ boot: 41 }, 42], [{ boot: 0 }, 1]];
  for (const [stored, boot] of cases) {
    assert.deepEqual(start(makeNode(), stored), [{ kind: "persist", key: "boot", value: boot }]);
  }
  assert.deepEqual(start(makeNode(), { boot: "damaged", other: 7 }), [
    { kind: "persist", key: "boot", value: FIRST_BOOT },
  ]);
});

Deno.test("a node speaks once its boot number is safe", () => {
  const node = makeNode();
  start(node);
  assert.deepEqual(hand(node, 5, { kind: "wake" }), []);
  assert.deepEqual(describe(hand(node, 8, { kind: "persisted", key: "boot" })), ["beacon 1000.1"]);
  assert.equal(node.state, "running");
});

Deno.test("a write of something else does not make the boot number safe", () => {
  const node = makeNode();
  start(node);
  assert.deepEqual(hand(node, 8, { kind: "persisted", key: "other" }), []);
  const failed: NodeInput = { kind: "persistFailed", key: "other", reason: "no room" };
  assert.deepEqual(describe(hand(node, 9, failed)), ["persistFailed other: no room"]);
  assert.equal(node.broadcaster.state, "claiming");
});

Deno.test("a disk that refuses is reported, tried again, and speaking waits for it", () => {
  const node = makeNode();
  start(node);
  const failed: NodeInput = { kind: "persistFailed", key: "boot", reason: "no room" };
  assert.deepEqual(describe(hand(node, 8, failed)), ["persistFailed boot: no room"]);
  const retryAt = node.deadline();
  assert.deepEqual(hand(node, retryAt - 1, { kind: "wake" }), []);
  assert.deepEqual(describe(hand(node, retryAt, { kind: "wake" })), ["persist boot 1000"]);
  assert.deepEqual(describe(hand(node, retryAt + 8, { kind: "persisted", key: "boot" })), [
    "beacon 1000.1",
  ]);
});

Deno.test("whatever comes before the start is the driver's error", () => {
  const early: NodeInput[] = [
    { kind: "datagram", from: "a:1", message: { kind: "ping", from: "a", nonce: 1 } },
    { kind: "wake" },
    { kind: "stop" },
    { kind: "persisted", key: "boot" },
  ];
  for (const input of early) {
    assert.throws(
      () => makeNode().handle(0, input),
      (error) => error instanceof AssertionError && /n1: it has not started/.test(error.message),
    );
  }
});

Deno.test("a second start changes nothing", () => {
  const node = runningNode();
  assert.deepEqual(start(node, { boot: 5_000 }), []);
  assert.equal(node.broadcaster.boot, FIRST_BOOT);
});

Deno.test("a node that stops says goodbye twice, then that it is done, then nothing more", () => {
  const node = runningNode();
  hear(node, 20, beacon("a", 1, 1));
  const said = describe(hand(node, 30, { kind: "stop" }));
  assert.deepEqual(said.slice(-3), ["goodbye 1000.3", "goodbye 1000.4", "stopped"]);
  assert.equal(node.state, "stopped");
  assert.equal(node.deadline(), NEVER, "who is done needs no waking");
  assert.deepEqual(hand(node, 40, { kind: "stop" }), []);
  assert.deepEqual(hear(node, 41, beacon("b", 1, 1)), []);
  assert.deepEqual(hand(node, 10_000_000, { kind: "wake" }), []);
});

Deno.test("a node that stops before it spoke has nothing to take back", () => {
  const node = makeNode();
  start(node);
  assert.deepEqual(describe(hand(node, 1, { kind: "stop" })), ["stopped"]);
});

Deno.test("what is reported comes before what is sent, and beacons before probes", () => {
  const node = runningNode();
  const { pulseIntervalMs } = PROFILES.standard;
  const at = node.deadline();
  assert.ok(at < pulseIntervalMs);
  assert.deepEqual(describe(hear(node, at, beacon("a", 1, 1))), [
    "peerFound a",
    "beacon to a:1",
    "beacon 1000.3",
    "ping to a:1",
  ]);
});

Deno.test("a peer that is found, restarts, leaves and falls silent is reported each time", () => {
  const node = runningNode();
  assert.equal(describe(hear(node, 100, beacon("a", 1, 1)))[0], "peerFound a");
  assert.equal(describe(hear(node, 110, beacon("a", 2, 1)))[0], "peerRestarted a 2");
  const leaving = { ...beacon("a", 2, 2), leaving: true };
  assert.equal(describe(hear(node, 120, leaving))[0], "peerLeft a");
  hear(node, 130, beacon("b", 1, 1));
  const told = runUntil(node, 40_000).flatMap(({ outputs }) => describe(outputs));
  const lost = told.filter((line) => line.startsWith("peerLost"));
  assert.equal(lost.length, 1);
  assert.match(lost[0]!, /^peerLost b after 300\d\d ms$/);
  assert.deepEqual([...node.peers()].map(({ state }) => state), ["left", "lost"]);
});

Deno.test("a newcomer is answered with a beacon at once, and all hear one soon", () => {
  const node = runningNode();
  const calmAt = runUntil(node, 20_000).at(-1)!.at;
  const answer = hear(node, calmAt + 300, beacon("a", 1, 1)).find(({ kind }) => kind === "unicast");
  assert.ok(answer?.kind === "unicast" && answer.message.kind === "beacon");
  assert.deepEqual([answer.to, answer.message.direct], ["a:1", undefined]);
  assert.equal(answer.message.answer, true);
  const steps = runUntil(node, calmAt + 1_000);
  assert.ok(steps.some(({ outputs }) => outputs.some(({ kind }) => kind === "multicast")));
});

Deno.test("who answered a beacon is found and not answered, since it knows the node", () => {
  const node = runningNode();
  const message = { kind: "beacon", beacon: beacon("a", 1, 1), answer: true } as const;
  const outputs = hand(node, 100, { kind: "datagram", from: "a:1", message });
  const lines = describe(outputs);
  assert.ok(lines.includes("peerFound a"));
  assert.deepEqual(lines.filter((line) => line.startsWith("beacon to")), []);
  const again = { kind: "beacon", beacon: beacon("a", 2, 1), answer: true } as const;
  const restarted = describe(hand(node, 200, { kind: "datagram", from: "a:1", message: again }));
  assert.ok(restarted.includes("peerRestarted a 2"));
  assert.deepEqual(restarted.filter((line) => line.startsWith("beacon to")), []);
});

Deno.test("a ping is answered and a pong is measured", () => {
  const node = runningNode();
  const ping: NodeInput = {
    kind: "datagram",
    from: "z:9",
    message: { kind: "ping", from: "z", nonce: 77 },
  };
  assert.deepEqual(hand(node, 20, ping), [
    { kind: "unicast", to: "z:9", message: { kind: "pong", from: "n1", nonce: 77 } },
  ]);
  const asked = hear(node, 30, beacon("a", 1, 1)).at(-1);
  assert.ok(asked?.kind === "unicast" && asked.message.kind === "ping");
  const { nonce } = asked.message;
  hand(node, 42, { kind: "datagram", from: "a:1", message: { kind: "pong", from: "a", nonce } });
  assert.equal(node.prober.estimate("a")?.smoothedMs, 12);
});

Deno.test("a node that slept says so, and gives up nobody for it", () => {
  const node = runningNode();
  hear(node, 100, beacon("a", 1, 1));
  runUntil(node, 10_000);
  const wanted = node.deadline();
  const told = describe(hand(node, wanted + 60_000, { kind: "wake" }));
  assert.equal(told[0], "stalled for 60000 ms");
  assert.equal(node.stalls, 1);
  assert.equal(node.observer.peer("a")?.state, "alive");
});

Deno.test("a node that is kept waiting gives its peers all of that time", () => {
  const node = runningNode();
  const metAt = 100;
  hear(node, metAt, { ...beacon("a", 1, 1), pulseMs: 1_000 });
  let [now, waitedMs] = [metAt, 0];
  for (let wakes = 0; wakes < 200 && node.observer.peer("a")?.state !== "lost"; wakes++) {
    now = node.deadline() + 300;
    waitedMs += 300;
    hand(node, now, { kind: "wake" });
  }
  assert.equal(node.observer.peer("a")?.state, "lost");
  assert.equal(node.stalls, 0, "no delay was long enough to be told");
  const ownMs = now - metAt - waitedMs;
  assert.ok(ownMs >= quietMs(1_000) + confirmationMs(1_000), `after ${ownMs} ms of its own time`);
});

Deno.test("a wake-up that is a little late is no sleep", () => {
  const node = runningNode();
  hand(node, node.deadline() + 999, { kind: "wake" });
  assert.equal(node.stalls, 0);
});

Deno.test("the same inputs at the same times give the same outputs", () => {
  const lines = () => {
    const node = runningNode(9);
    hear(node, 50, beacon("a", 1, 1));
    hear(node, 90, beacon("b", 4, 2));
    return runUntil(node, 120_000);
  };
  assert.deepEqual(lines(), lines());
});

Deno.test("a node always wants to be woken later than it just was", () => {
  const node = runningNode();
  for (let peer = 0; peer < 100; peer++) hear(node, 20, beacon(`p${peer}`, 1, 1));
  for (let wakes = 0; wakes < 2_000; wakes++) {
    const at = node.deadline();
    hand(node, at, { kind: "wake" });
    assert.ok(node.deadline() > at, `woken at ${at}, wants ${node.deadline()}`);
  }
});

Deno.test("an answer clears the doubt, and an answer to nothing does not", () => {
  const node = runningNode();
  hear(node, 100, { ...beacon("a", 1, 1), pulseMs: 1_000 });
  hear(node, 100, { ...beacon("b", 1, 1), pulseMs: 1_000 });
  const questions = runUntil(node, 2_301).flatMap(({ outputs }) => outputs)
    .filter((output) => output.kind === "unicast" && output.message.kind === "ping")
    .slice(-2);
  assert.deepEqual([...node.peers()].map(({ state }) => state), ["suspect", "suspect"]);
  for (const question of questions) {
    assert.ok(question.kind === "unicast" && question.message.kind === "ping");
    const from = question.to === "a:1" ? "a" : "b";
    const nonce = from === "a" ? question.message.nonce : question.message.nonce ^ 1;
    hand(node, 2_302, {
      kind: "datagram",
      from: question.to,
      message: { kind: "pong", from, nonce },
    });
  }
  assert.deepEqual([...node.peers()].map(({ state }) => state), ["alive", "suspect"]);
  const told = runUntil(node, 4_000).flatMap(({ outputs }) => describe(outputs));
  assert.ok(
    told.includes("peerLost b after 3000 ms"),
    "nobody waits longer than the time to answer",
  );
});

function makeNode(seed = 1): Node {
  return new Node({
    nodeId: "n1",
    timing: PROFILES.standard,
    advertisement: { version: "1", level: 0, capabilities: [] },
    random: new Random(seed),
  });
}

function runningNode(seed = 1): Node {
  const node = makeNode(seed);
  start(node);
  hand(node, 8, { kind: "persisted", key: "boot" });
  return node;
}

function hand(node: Node, now: Millis, input: NodeInput): NodeOutput[] {
  node.handle(now, input);
  return drain(node);
}

function start(node: Node, stored: Stored = {}): NodeOutput[] {
  return hand(node, 0, { kind: "start", stored, firstBoot: FIRST_BOOT });
}

function beacon(nodeId: string, boot: number, sequence: number): Beacon {
  const advertisement = { version: "1", level: 0, capabilities: [] };
  return { nodeId, boot, sequence, ttlMs: 30_000, leaving: false, advertisement };
}

function hear(node: Node, now: Millis, beacon: Beacon): NodeOutput[] {
  const message = { kind: "beacon", beacon } as const;
  return hand(node, now, { kind: "datagram", from: `${beacon.nodeId}:1`, message });
}

/** Wakes the node whenever it wants to be, as a driver with a perfect timer. */
function runUntil(node: Node, untilMs: Millis): { at: Millis; outputs: NodeOutput[] }[] {
  const steps: { at: Millis; outputs: NodeOutput[] }[] = [];
  for (let at = node.deadline(); at <= untilMs; at = node.deadline()) {
    steps.push({ at, outputs: hand(node, at, { kind: "wake" }) });
  }
  return steps;
}

function describe(outputs: readonly NodeOutput[]): string[] {
  return outputs.map((output) => {
    switch (output.kind) {
      case "persist":
        return `persist ${output.key} ${output.value}`;
      case "unicast":
        return `${output.message.kind} to ${output.to}`;
      case "repeat":
        return `repeat ${output.message.beacon.nodeId} but on ${output.exceptLinks}`;
      case "multicast": {
        if (output.message.kind !== "beacon") return output.message.kind;
        const { leaving, boot, sequence } = output.message.beacon;
        return `${leaving ? "goodbye" : "beacon"} ${boot}.${sequence}`;
      }
      case "send":
        return `${output.message.kind} to ${output.peer}`;
      case "connect":
      case "disconnect":
      case "doubt":
        return `${output.kind} ${output.peer}`;
      case "stopped":
      case "capabilityChange":
      case "asked":
      case "save":
      case "written":
      case "documentChanged":
        return output.kind;
      case "notice":
        return describeNotice(output.notice);
    }
  });
}

function describeNotice(notice: Extract<NodeOutput, { kind: "notice" }>["notice"]): string {
  switch (notice.type) {
    case "peerFound":
    case "peerLeft":
    case "peerConnected":
    case "peerDiscovered":
    case "peerSilent":
    case "peerForgotten":
    case "peerDisconnected":
    case "peerRevoked":
    case "peerExpired":
      return `${notice.type} ${notice.nodeId}`;
    case "clusterJoined":
    case "clusterLeft":
    case "capabilityFound":
    case "capabilityLost":
      return `${notice.type} ${notice.nodeId}`;
    case "peerChanged":
      return `${notice.type} ${notice.nodeId} ${notice.changed.join()}`;
    case "peerRestarted":
      return `${notice.type} ${notice.nodeId} ${notice.boot}`;
    case "peerLost":
      return `${notice.type} ${notice.nodeId} after ${Math.round(notice.silentMs)} ms`;
    case "peerRelayed":
    case "relayedPeerLost":
      return `${notice.type} ${notice.nodeId} via ${notice.via}`;
    case "leader":
      return `leader of ${notice.cell}: ${notice.leaderId ?? "nobody"}`;
    case "leaderOrdered":
      return `ordered ${notice.leaderId} to lead ${notice.cell}`;
    case "cellApproved":
      return `${notice.cell} approved by ${notice.issuer}`;
    case "policyOrdered":
      return `${notice.issuer} ordered ${notice.cell} to rank by ${notice.policy}`;
    case "policyAdopted":
      return `${notice.cell} ranks by ${notice.policy} of ${notice.setBy}`;
    case "cellChanged":
      return `in ${notice.cell} after ${notice.from}`;
    case "assignment":
      return `${notice.nodeId} assigned to ${notice.cell}: ${notice.state}`;
    case "stalled":
      return `stalled for ${notice.stalledMs} ms`;
    case "persistFailed":
      return `persistFailed ${notice.key}: ${notice.reason}`;
    case "rivalFound":
      return `rival ${notice.deviceId} at ${notice.address}, stays ${notice.stays}`;
    case "idClaimed":
      return `idClaimed ${notice.nodeId} at ${notice.address}`;
  }
}
