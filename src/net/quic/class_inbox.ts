import { FrameReader } from "../../wire/framing.ts";
import { WireError } from "../../wire/wire_error.ts";

/**
 * A stream that is so far ahead of the others is not read until they come after it. By then its own
 * window is full, so the other side cannot make us hold more.
 */
const MOST_HELD_BYTES = 1 << 20;

/** What a part costs besides its bytes, so that there is a bound to tiny ones too. */
const PART_COST_BYTES = 128;

interface Part {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Puts what comes over the streams of one class back into its order, and takes it apart. */
export class ClassInbox {
  readonly #frames: FrameReader;
  readonly #mostStreams: number;
  readonly #onMessage: (bytes: Uint8Array) => void;
  readonly #lanes: InboxLane[] = [];
  /** The place of the next byte that is wanted. */
  #position = 0;

  constructor(options: {
    readonly frameBytes: number;
    readonly streams: number;
    readonly onMessage: (bytes: Uint8Array) => void;
  }) {
    this.#frames = new FrameReader(options.frameBytes);
    this.#mostStreams = options.streams;
    this.#onMessage = options.onMessage;
  }

  /** Adds a stream. Throws when there are as many as there may be. */
  add(): InboxLane {
    const count = this.#lanes.length;
    if (count >= this.#mostStreams) {
      throw new WireError("badValue", `Cannot read stream: its class has ${count} already`);
    }
    const lane = new InboxLane((position, bytes) => this.#receive(lane, position, bytes));
    this.#lanes.push(lane);
    return lane;
  }

  #receive(lane: InboxLane, position: number, bytes: Uint8Array): void {
    const aheadBytes = position - this.#position | 0;
    if (aheadBytes < 0) throw filledBefore();
    if (lane.isHolding || aheadBytes > 0) return lane.hold({ position, bytes });
    this.#accept(bytes);
    if (this.#lanes.length > 1) this.#release();
  }

  #accept(bytes: Uint8Array): void {
    this.#position = (this.#position + bytes.length) >>> 0;
    this.#frames.push(bytes, this.#onMessage);
  }

  /** Lets go of all that is held: the connection is gone. */
  close(): void {
    for (const lane of this.#lanes) lane.close();
  }

  /** Hands on what was held for the bytes that have come now. */
  #release(): void {
    let isStuck = false;
    while (!isStuck) {
      isStuck = true;
      for (const lane of this.#lanes) {
        for (let part = lane.take(this.#position); part; part = lane.take(this.#position)) {
          this.#accept(part.bytes);
          isStuck = false;
        }
      }
    }
  }
}

/** One stream of the class: what came over it and waits for what goes before. */
export class InboxLane {
  readonly #onBytes: (position: number, bytes: Uint8Array) => void;
  #parts: Part[] = [];
  #taken = 0;
  #heldBytes = 0;
  /** From then on what still comes of the stream is let go of as well. */
  #isClosed = false;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(onBytes: (position: number, bytes: Uint8Array) => void) {
    this.#onBytes = onBytes;
  }

  get isHolding(): boolean {
    return this.#parts.length > 0;
  }

  receive(position: number, bytes: Uint8Array): void {
    this.#onBytes(position, bytes);
  }

  /** Resolves when more may be read; undefined when that is now. */
  get room(): Promise<void> | undefined {
    if (this.#heldBytes < MOST_HELD_BYTES) return undefined;
    return (this.#room ??= Promise.withResolvers()).promise;
  }

  hold({ position, bytes }: Part): void {
    if (this.#isClosed) return;
    // A copy, because a few bytes would hold on to the whole buffer that they were read into.
    this.#parts.push({ position, bytes: bytes.slice() });
    this.#heldBytes += PART_COST_BYTES + bytes.length;
  }

  /** The part that was held longest, if it is the one for this place. */
  take(position: number): Part | undefined {
    const part = this.#parts[this.#taken];
    if (part === undefined) return undefined;
    if (part.position !== position) {
      if ((part.position - position | 0) < 0) throw filledBefore();
      return undefined;
    }
    this.#parts[this.#taken++] = NOTHING;
    if (this.#taken === this.#parts.length) {
      this.#parts = [];
      this.#taken = 0;
    }
    this.#heldBytes -= PART_COST_BYTES + part.bytes.length;
    if (this.#heldBytes < MOST_HELD_BYTES) this.#makeRoom();
    return part;
  }

  close(): void {
    this.#isClosed = true;
    this.#parts = [];
    this.#heldBytes = 0;
    this.#makeRoom();
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

function filledBefore(): WireError {
  return new WireError("badValue", "Cannot read stream: it has a place that was filled before");
}

const NOTHING: Part = { position: 0, bytes: new Uint8Array(0) };
