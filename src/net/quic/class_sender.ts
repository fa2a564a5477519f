import { assert } from "../../core/kernel/assert.ts";
import { encodeFrames } from "../../wire/framing.ts";
import type { BulkWindow } from "./bulk_window.ts";

/** How much goes into one write when there is more: beyond this, larger writes gain nothing. */
const BATCH_BYTES = 256 << 10;

/** What a queued message costs besides its bytes, so that empty ones have a bound too. */
const MESSAGE_COST_BYTES = 64;

export interface ClassSenderOptions {
  /** The class's number, which is the first byte of its stream. */
  readonly number: number;
  readonly frameBytes: number;
  readonly queueBytes: number;
  readonly open: () => Promise<WritableStream<Uint8Array>>;
  readonly onWritable: () => void;
  readonly onFailed: () => void;
  /** Limits what is on its way unacknowledged. */
  readonly window?: BulkWindow;
}

/**
 * The messages of one class on their way out: a bounded queue, and a stream that is opened for the
 * first of them. What is queued while a write is under way leaves in the next one together.
 */
export class ClassSender {
  readonly #options: ClassSenderOptions;
  /** Messages come in at the end of `waiting`, and go out of `leaving`, which it then becomes. */
  #waiting: Uint8Array[] = [];
  #leaving: Uint8Array[] = [];
  #left = 0;
  #queuedBytes = 0;
  #sentBytes = 0;
  #refused = false;
  #pumping = false;
  /** What the last write went out of and the next one may; kept only while writes follow. */
  #room: Uint8Array<ArrayBuffer> = NOTHING;
  #closed = false;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #wake: (() => void) | undefined;

  constructor(options: ClassSenderOptions) {
    this.#options = options;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Bytes that were handed to the stream, with the headers of stream and frames. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  send(bytes: Uint8Array): boolean {
    const { frameBytes, queueBytes } = this.#options;
    assert(
      bytes.length <= frameBytes,
      () => `Cannot send message: it has ${bytes.length} bytes, the limit is ${frameBytes}`,
    );
    const costBytes = bytes.length + MESSAGE_COST_BYTES;
    if (this.#closed || this.#queuedBytes + costBytes > queueBytes) {
      this.#refused = true;
      return false;
    }
    this.#waiting.push(bytes);
    this.#queuedBytes += costBytes;
    if (!this.#pumping) void this.#pump();
    return true;
  }

  /** The other side read this many bytes of the stream in all. */
  acknowledged(totalBytes: number): void {
    this.#options.window?.acknowledged(performance.now(), totalBytes);
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#queuedBytes = 0;
    this.#waiting = this.#leaving = [];
    this.#left = 0;
    this.#wake?.();
    this.#writer?.abort().catch(() => {});
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      this.#writer ??= await this.#open();
      while (!this.#closed && this.#queuedBytes > 0) {
        await this.#write(this.#takeBatch());
        this.#tellWritable();
      }
      this.#room = NOTHING;
      this.#pumping = false;
    } catch {
      if (!this.#closed) this.#options.onFailed();
    }
  }

  async #open(): Promise<WritableStreamDefaultWriter<Uint8Array>> {
    const writer = (await this.#options.open()).getWriter();
    writer.closed.catch(() => {});
    const header = Uint8Array.of(this.#options.number);
    this.#options.window?.sent(performance.now(), header.length);
    this.#sentBytes += header.length;
    await writer.write(header);
    return writer;
  }

  #takeBatch(): Uint8Array {
    const payloads: Uint8Array[] = [];
    let bytes = 0;
    while (bytes < BATCH_BYTES) {
      const payload = this.#take();
      if (payload === undefined) break;
      payloads.push(payload);
      bytes += payload.length;
    }
    this.#queuedBytes -= bytes + payloads.length * MESSAGE_COST_BYTES;
    const frames = encodeFrames(payloads, this.#options.frameBytes, this.#room);
    if (frames.buffer !== this.#room.buffer) this.#room = frames;
    this.#sentBytes += frames.length;
    return frames;
  }

  #take(): Uint8Array | undefined {
    if (this.#left === this.#leaving.length) {
      this.#leaving = this.#waiting;
      this.#waiting = [];
      this.#left = 0;
    }
    const payload = this.#leaving[this.#left];
    // What has left must not be held until the last of its array has too.
    if (payload !== undefined) this.#leaving[this.#left++] = NOTHING;
    return payload;
  }

  async #write(batch: Uint8Array): Promise<void> {
    const { window } = this.#options;
    if (window === undefined) return await this.#writer!.write(batch);
    let offset = 0;
    while (offset < batch.length && !this.#closed) {
      const slice = batch.subarray(offset, offset + window.availableBytes);
      if (slice.length === 0) {
        await this.#acknowledgement();
        continue;
      }
      offset += slice.length;
      window.sent(performance.now(), slice.length);
      await this.#writer!.write(slice);
    }
  }

  async #acknowledgement(): Promise<void> {
    await new Promise<void>((resolve) => this.#wake = resolve);
    this.#wake = undefined;
  }

  /** Waits until half of the queue is free, so that nobody is called for every message. */
  #tellWritable(): void {
    if (this.#closed || !this.#refused) return;
    if (this.#queuedBytes > this.#options.queueBytes / 2) return;
    this.#refused = false;
    this.#options.onWritable();
  }
}

const NOTHING = new Uint8Array(0);
