import assert from "node:assert/strict";
import { MessageQueue } from "../../../src/net/quic/message_queue.ts";
import { encodeFrames } from "../../../src/wire/framing.ts";

const MESSAGES = [3, 0, 700, 1, 64].map((length, index) => new Uint8Array(length).fill(index + 1));

function filled(): MessageQueue {
  const queue = new MessageQueue();
  for (const message of MESSAGES) queue.push(message);
  return queue;
}

Deno.test("messages come out as frames, however much is taken at once", () => {
  const expected = encodeFrames(MESSAGES);
  for (const roomBytes of [MessageQueue.smallestTakeBytes, 5, 7, 100, 10_000]) {
    const queue = filled();
    assert.equal(queue.frameBytes, expected.length);
    const taken: number[] = [];
    while (queue.frameBytes > 0) {
      const room = new Uint8Array(roomBytes);
      taken.push(...room.subarray(0, queue.take(room)));
    }
    assert.deepEqual(Uint8Array.from(taken), expected, `${roomBytes} at once`);
    assert.equal(queue.costBytes, 0);
  }
});

Deno.test("a message costs until all of it is out", () => {
  const queue = filled();
  const [first, second] = MESSAGES as [Uint8Array, Uint8Array];
  const before = queue.costBytes;
  queue.take(new Uint8Array(6));
  assert.equal(queue.costBytes, before);
  queue.take(new Uint8Array(5));
  const gone = MessageQueue.costOf(first) + MessageQueue.costOf(second);
  assert.equal(queue.costBytes, before - gone);
  assert.ok(MessageQueue.costOf(second) > 0);
});

Deno.test("what comes while a message is half out waits for its rest", () => {
  const queue = new MessageQueue();
  const messages = [new Uint8Array(10).fill(1), new Uint8Array(10).fill(2)];
  queue.push(messages[0]!);
  const room = new Uint8Array(28);
  const length = queue.take(room.subarray(0, 9));
  queue.push(messages[1]!);
  assert.equal(length + queue.take(room.subarray(length)), 28);
  assert.deepEqual(room, encodeFrames(messages));
});

Deno.test("a queue that was cleared is as good as new", () => {
  const queue = filled();
  queue.take(new Uint8Array(9));
  queue.clear();
  assert.deepEqual([queue.costBytes, queue.frameBytes], [0, 0]);
  queue.push(Uint8Array.of(9));
  const room = new Uint8Array(5);
  assert.equal(queue.take(room), 5);
  assert.deepEqual(room, encodeFrames([Uint8Array.of(9)]));
});
