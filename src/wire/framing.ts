import { WIRE_LIMITS } from "./limits.ts";
import { WireError } from "./wire_error.ts";

/** Every frame starts with its payload's length: 32 bits, the upper ones first. */
export const FRAME_HEADER_BYTES = 4;

/** Puts many payloads into one piece of bytes, so that a stream takes them in one write. */
export function encodeFrames(
  payloads: readonly Uint8Array[],
  longestBytes: number = WIRE_LIMITS.frameBytes,
): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const payload of payloads) {
    if (payload.length > longestBytes) throw tooLarge("encode", payload.length, longestBytes);
    length += FRAME_HEADER_BYTES + payload.length;
  }
  const frames = new Uint8Array(length);
  let offset = 0;
  for (const payload of payloads) {
    writeFrameHeader(frames, offset, payload.length);
    frames.set(payload, offset + FRAME_HEADER_BYTES);
    offset += FRAME_HEADER_BYTES + payload.length;
  }
  return frames;
}

/**
 * Takes a stream apart into frames, wherever its chunks happen to end. A frame that lies within a
 * chunk is a view of it; one that spans chunks is gathered in a buffer that grows with what has
 * arrived, never with what was announced.
 *
 * After a `WireError` the stream has no frames any more, only bytes: close it.
 */
export class FrameReader {
  readonly #longestBytes: number;
  /** The start of a frame whose rest has not arrived yet, header included. */
  #partial = new Uint8Array(0);
  #partialLength = 0;

  constructor(longestBytes: number = WIRE_LIMITS.frameBytes) {
    this.#longestBytes = longestBytes;
  }

  /**
   * Hands on the payloads that the chunk completes, in order. They are good until the chunk's
   * memory is used again. They are not collected in a list, because a chunk full of empty frames
   * would make one many times its size.
   */
  push(chunk: Uint8Array, receive: (payload: Uint8Array) => void): void {
    let offset = this.#partialLength === 0 ? 0 : this.#completePartial(chunk, receive);
    while (chunk.length - offset >= FRAME_HEADER_BYTES) {
      const start = offset + FRAME_HEADER_BYTES;
      const end = start + this.#checked(readLength(chunk, offset));
      if (end > chunk.length) break;
      offset = end;
      receive(chunk.subarray(start, end));
    }
    if (offset < chunk.length) this.#keep(chunk, offset, chunk.length);
  }

  /** Says that the stream ended. One that ends within a frame was cut off, and is refused. */
  end(): void {
    if (this.#partialLength === 0) return;
    throw new WireError(
      "truncated",
      `Cannot finish stream: it ends ${this.#partialLength} bytes into a frame`,
    );
  }

  /** Adds to the partial frame what the chunk has of it. Answers where the next frame starts. */
  #completePartial(chunk: Uint8Array, receive: (payload: Uint8Array) => void): number {
    let offset = this.#keep(chunk, 0, FRAME_HEADER_BYTES - this.#partialLength);
    if (this.#partialLength < FRAME_HEADER_BYTES) return offset;
    const length = FRAME_HEADER_BYTES + this.#checked(readLength(this.#partial, 0));
    offset = this.#keep(chunk, offset, offset + length - this.#partialLength, length);
    if (this.#partialLength === length) {
      const payload = this.#partial.subarray(FRAME_HEADER_BYTES, length);
      // The receiver may hold on to the payload, so its buffer is not used again.
      this.#partial = new Uint8Array(0);
      this.#partialLength = 0;
      receive(payload);
    }
    return offset;
  }

  /**
   * Appends a range of the chunk, as far as the chunk goes, to a frame that has `mostBytes` at most.
   * Answers where that ends.
   */
  #keep(chunk: Uint8Array, start: number, wantedEnd: number, mostBytes = Infinity): number {
    const end = Math.min(chunk.length, Math.max(start, wantedEnd));
    const length = this.#partialLength + end - start;
    if (length > this.#partial.length) {
      const roomBytes = Math.min(mostBytes, Math.max(length, 2 * this.#partial.length));
      const larger = new Uint8Array(roomBytes);
      larger.set(this.#partial.subarray(0, this.#partialLength));
      this.#partial = larger;
    }
    this.#partial.set(chunk.subarray(start, end), this.#partialLength);
    this.#partialLength = length;
    return end;
  }

  #checked(length: number): number {
    if (length > this.#longestBytes) throw tooLarge("decode", length, this.#longestBytes);
    return length;
  }
}

/** Writes what goes before a payload of this length. */
export function writeFrameHeader(bytes: Uint8Array, offset: number, length: number): void {
  bytes[offset] = length >>> 24;
  bytes[offset + 1] = length >>> 16;
  bytes[offset + 2] = length >>> 8;
  bytes[offset + 3] = length;
}

function readLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 24 | bytes[offset + 1]! << 16 | bytes[offset + 2]! << 8 |
    bytes[offset + 3]!) >>> 0;
}

function tooLarge(verb: string, length: number, longestBytes: number): WireError {
  return new WireError(
    "tooLarge",
    `Cannot ${verb} frame: it has ${length} bytes, the limit is ${longestBytes}`,
  );
}
