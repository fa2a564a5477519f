import assert from "node:assert/strict";
import { Random } from "../../../src/core/kernel/random.ts";
import { ClassInbox } from "../../../src/net/quic/class_inbox.ts";
import { PIECE_HEADER_BYTES, PieceReader, writePieceHeader } from "../../../src/net/quic/piece.ts";
import { encodeFrames } from "../../../src/wire/framing.ts";
import { WireError } from "../../../src/wire/wire_error.ts";

const STREAMS = 4;

function inbox(received: number[] = []): ClassInbox {
  return new ClassInbox({
    frameBytes: 1 << 20,
    streams: STREAMS,
    onMessage: (bytes) => received.push(bytes[0]!),
  });
}

Deno.test("messages cut into pieces over four streams arrive once and in order", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = new Random(seed);
    const count = random.between(1, 40);
    const messages = Array.from(
      { length: count },
      (_, index) => new Uint8Array(random.between(1, 300)).fill(index),
    );
    const received: number[] = [];
    deliver(encodeFrames(messages), inbox(received), random);
    assert.deepEqual(received, messages.map((_, index) => index), `with seed ${seed}`);
  }
});

Deno.test("a stream too far ahead is paused until the others have come after it", () => {
  const [ahead, behind] = streams(2);
  const chunk = new Uint8Array(64 << 10);
  let position = 4;
  while (ahead!.room === undefined) {
    ahead!.receive(position, chunk);
    position += chunk.length;
  }
  assert.ok(position <= 2 << 20);
  behind!.receive(0, Uint8Array.of(0, 0x0f, 0xff, 0xff));
  assert.equal(ahead!.room, undefined);
});

Deno.test("pieces of one byte do not slip under the bound", () => {
  const [ahead] = streams(1);
  let count = 0;
  for (; ahead!.room === undefined; count++) ahead!.receive(2 + 2 * count, Uint8Array.of(0));
  assert.ok(count < 10_000, `${count} were held`);
});

Deno.test("whoever waits for room hears when the inbox closes, and nothing is held after", async () => {
  const whole = inbox();
  const lane = whole.add();
  lane.receive(1, new Uint8Array(2 << 20));
  const { room } = lane;
  assert.ok(room);
  whole.close();
  await room;
  lane.receive(5 << 20, new Uint8Array(2 << 20));
  assert.equal(lane.room, undefined);
});

Deno.test("a place that was filled before is refused, also behind one that waits", () => {
  const [first, second] = streams(2);
  first!.receive(0, Uint8Array.of(0, 0));
  assert.throws(() => first!.receive(1, Uint8Array.of(0)), WireError);
  second!.receive(4, Uint8Array.of(1));
  second!.receive(2, Uint8Array.of(1));
  assert.throws(() => first!.receive(2, Uint8Array.of(0, 5, 0, 0)), WireError);
});

Deno.test("one stream more than a class has is refused", () => {
  const whole = inbox();
  for (let count = 0; count < STREAMS; count++) whole.add();
  assert.throws(() => whole.add(), WireError);
});

Deno.test("places go on from zero after the last", () => {
  const header = new Uint8Array(PIECE_HEADER_BYTES);
  writePieceHeader(header, { length: 4, position: 2 ** 32 - 2 });
  const places: number[] = [];
  const reader = new PieceReader();
  reader.push(header, (position) => places.push(position));
  for (let byte = 0; byte < 4; byte++) {
    reader.push(Uint8Array.of(byte), (position) => places.push(position));
  }
  assert.deepEqual(places, [2 ** 32 - 2, 2 ** 32 - 1, 0, 1]);
});

function streams(count: number) {
  const whole = inbox();
  return Array.from({ length: count }, () => whole.add());
}

/** Cuts bytes into pieces, and brings each over some stream, in chunks that end anywhere. */
function deliver(bytes: Uint8Array, whole: ClassInbox, random: Random): void {
  const queues = Array.from({ length: STREAMS }, () => ({
    lane: whole.add(),
    reader: new PieceReader(),
    bytes: [] as number[],
  }));
  for (let position = 0; position < bytes.length;) {
    const part = bytes.subarray(position, position + random.between(1, 200));
    const header = new Uint8Array(PIECE_HEADER_BYTES);
    writePieceHeader(header, { length: part.length, position });
    queues[random.below(STREAMS)]!.bytes.push(...header, ...part);
    position += part.length;
  }
  while (queues.some(({ bytes }) => bytes.length > 0)) {
    const { lane, reader, bytes } = queues[random.below(STREAMS)]!;
    const chunk = Uint8Array.from(bytes.splice(0, random.between(1, 100)));
    reader.push(chunk, (position, part) => lane.receive(position, part));
  }
}
