import { FRAME_HEADER_BYTES, writeFrameHeader } from "../../wire/framing.ts";

/** What a queued message costs besides its bytes, so that empty ones have a bound too. */
const MESSAGE_COST_BYTES = 64;

/** Messages that wait to be sent. They come out as frames, in as many bytes as one likes. */
export class MessageQueue {
  /** Less room than this may not hold the header of a frame. */
  static readonly smallestTakeBytes = FRAME_HEADER_BYTES;

  /** Messages come in at the end of `waiting`, and go out of `leaving`, which it then becomes. */
  #waiting: Uint8Array[] = [];
  #leaving: Uint8Array[] = [];
  #left = 0;
  /** How much of the first message has gone out; its header goes with the first of it. */
  #offset: number | undefined;
  #costBytes = 0;
  #frameBytes = 0;

  static costOf(message: Uint8Array): number {
    return message.length + MESSAGE_COST_BYTES;
  }

  /** What the messages that have not gone out whole cost. */
  get costBytes(): number {
    return this.#costBytes;
  }

  /** How many bytes there are to take. */
  get frameBytes(): number {
    return this.#frameBytes;
  }

  push(message: Uint8Array): void {
    this.#waiting.push(message);
    this.#costBytes += MessageQueue.costOf(message);
    this.#frameBytes += FRAME_HEADER_BYTES + message.length;
  }

  clear(): void {
    this.#waiting = this.#leaving = [];
    this.#left = 0;
    this.#offset = undefined;
    this.#costBytes = this.#frameBytes = 0;
  }

  /** Writes frames into the room until it is full or all are out. Answers how many bytes it took. */
  take(room: Uint8Array): number {
    let length = 0;
    for (let message = this.#first(); message !== undefined; message = this.#first()) {
      if (this.#offset === undefined) {
        if (room.length - length < FRAME_HEADER_BYTES) break;
        writeFrameHeader(room, length, message.length);
        length += FRAME_HEADER_BYTES;
        this.#offset = 0;
      }
      // Most messages go out whole, and a view of each would cost more than the copy.
      const isWhole = this.#offset === 0 && message.length <= room.length - length;
      const part = isWhole
        ? message
        : message.subarray(this.#offset, this.#offset + room.length - length);
      room.set(part, length);
      length += part.length;
      this.#offset += part.length;
      if (this.#offset < message.length) break;
      this.#drop(message);
    }
    this.#frameBytes -= length;
    return length;
  }

  #first(): Uint8Array | undefined {
    if (this.#left === this.#leaving.length) {
      this.#leaving = this.#waiting;
      this.#waiting = [];
      this.#left = 0;
    }
    return this.#leaving[this.#left];
  }

  #drop(message: Uint8Array): void {
    // What has left must not be held until the last of its array has too.
    this.#leaving[this.#left++] = NOTHING;
    this.#offset = undefined;
    this.#costBytes -= MessageQueue.costOf(message);
  }
}

const NOTHING = new Uint8Array(0);
