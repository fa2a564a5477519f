import assert from "node:assert/strict";
import { Random } from "../../../src/core/kernel/random.ts";
import { encodeFrames, FrameReader } from "../../../src/wire/framing.ts";
import { WireError, type WireErrorCode } from "../../../src/wire/wire_error.ts";

const payloads = [5, 0, 300, 1, 70_000, 0, 2].map((length, index) =>
  new Uint8Array(length).fill(index + 1)
);

Deno.test("frames come out as they went in, wherever the chunks end", () => {
  const random = new Random("chunks");
  const stream = encodeFrames(payloads);
  for (let round = 0; round < 200; round++) {
    assert.deepEqual(readInChunks(stream, () => random.between(1, 5_000)), payloads);
  }
});

Deno.test("frames come out of single bytes", () => {
  assert.deepEqual(readInChunks(encodeFrames(payloads), () => 1), payloads);
});

Deno.test("a frame within a chunk is a view of it and not a copy", () => {
  const stream = encodeFrames(payloads);
  new FrameReader().push(stream, (payload) => assert.equal(payload.buffer, stream.buffer));
});

Deno.test("a length beyond the limit is refused as soon as it is there", () => {
  const reader = new FrameReader(1_000);
  refuses("tooLarge", () => reader.push(Uint8Array.of(0, 0, 3, 233), () => {}));
  refuses("tooLarge", () => readInChunks(Uint8Array.of(255, 255, 255, 255), () => 1));
  refuses("tooLarge", () => encodeFrames([new Uint8Array(1_001)], 1_000));
});

Deno.test("a stream that ends within a frame is refused", () => {
  const stream = encodeFrames([new Uint8Array(10)]);
  for (let length = 1; length < stream.length; length++) {
    refuses("truncated", () => readInChunks(stream.subarray(0, length), () => 3));
  }
});

function readInChunks(stream: Uint8Array, nextLength: () => number): Uint8Array[] {
  const reader = new FrameReader();
  const frames: Uint8Array[] = [];
  for (let offset = 0; offset < stream.length;) {
    const end = offset + nextLength();
    // A chunk of its own, used again at once, as a socket's buffer would be.
    const chunk = stream.slice(offset, end);
    reader.push(chunk, (payload) => frames.push(payload.slice()));
    chunk.fill(255);
    offset = end;
  }
  reader.end();
  return frames;
}

function refuses(code: WireErrorCode, action: () => void): void {
  assert.throws(action, (error) => error instanceof WireError && error.code === code);
}
