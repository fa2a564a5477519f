import assert from "node:assert/strict";
import type { PeerMessage } from "../../src/core/peer_message.ts";
import { QUEUE_BYTES } from "../../src/sim/message_stream.ts";
import { World } from "../../src/sim/world.ts";
import { smallPlan } from "./plans.ts";

/** Told apart by its room, which nobody else's question has. */
function question(number: number, names = 1): PeerMessage {
  const heard = Array.from({ length: names }, () => "x".repeat(64));
  return { kind: "peersWanted", heard, relayed: [], room: 1_000 + number };
}

/** Two connected nodes, and what the second is handed of the first one's numbered questions. */
function connectedPair(wishes: Parameters<typeof smallPlan>[0] = {}) {
  const world = new World(smallPlan({ nodes: 2, connections: true, ...wishes }));
  const received: number[] = [];
  world.watch(({ host, input }) => {
    if (host.index !== 1 || input.kind !== "message") return undefined;
    if (input.message.kind === "peersWanted" && input.message.room >= 1_000) {
      received.push(input.message.room - 1_000);
    }
    return undefined;
  });
  world.runUntil(10_000);
  const [first, second] = world.hosts as [World["hosts"][number], World["hosts"][number]];
  assert.ok(world.transport.isConnected(first, second));
  const send = (number: number, names?: number) =>
    world.transport.send(first, second, "normal", question(number, names));
  return { world, first, second, send, received };
}

Deno.test("messages arrive once and in order, whatever the network loses and repeats", () => {
  const network = { ...smallPlan().network, loss: 0.3, duplicate: 0.2, jitterMs: 50 };
  const { world, send, received } = connectedPair({ network });
  for (let number = 0; number < 500; number++) send(number);
  world.runUntil(40_000);
  assert.deepEqual(received, Array.from({ length: 500 }, (_, number) => number));
});

Deno.test("what finds the queue full is dropped and counted, and the rest arrives", () => {
  const { world, send, received } = connectedPair();
  const names = 500;
  const tooMany = Math.ceil(QUEUE_BYTES / (64 * names)) + 20;
  const droppedBefore = world.transport.counts.dropped;
  for (let number = 0; number < tooMany; number++) send(number, names);
  const dropped = world.transport.counts.dropped - droppedBefore;
  assert.ok(dropped > 0);
  world.runUntil(40_000);
  assert.equal(received.length, tooMany - dropped);
  assert.deepEqual(received, received.toSorted((left, right) => left - right));
});

Deno.test("without a connection a message is dropped, and one under way ends with it", () => {
  const { world, first, second, send, received } = connectedPair();
  send(1);
  second.crash();
  second.start(world.now);
  world.runUntil(10_500);
  assert.deepEqual(received, [], "the next process knows nothing of the last one's connections");
  world.transport.hangUp(first, second);
  const { dropped } = world.transport.counts;
  send(2);
  assert.equal(world.transport.counts.dropped, dropped + 1);
});
