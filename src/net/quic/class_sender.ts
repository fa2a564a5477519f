import { assert } from "../../core/kernel/assert.ts";
import type { Millis } from "../../core/kernel/time.ts";
import type { BulkWindow } from "./bulk_window.ts";
import { MessageQueue } from "./message_queue.ts";
import { PIECE_HEADER_BYTES, writePieceHeader } from "./piece.ts";
import { Timer } from "./timer.ts";

/** How much goes into one write when there is more: beyond this, larger writes gain nothing. */
const PIECE_BYTES = 256 << 10;

/** Several streams keep step with each other by smaller pieces. */
const SPREAD_PIECE_BYTES = 64 << 10;

/** A stream that has not taken a write by then has as much on its way as the runtime allows it. */
const STALLED_MS: Millis = 20;

export interface ClassSenderOptions {
  /** The class's number, which is the first byte of each of its streams. */
  readonly number: number;
  readonly frameBytes: number;
  readonly queueBytes: number;
  /** How many streams the class may have. */
  readonly streams: number;
  readonly open: () => Promise<WritableStream<Uint8Array>>;
  readonly onWritable: () => void;
  readonly onFailed: () => void;
  /** Limits what is on its way unacknowledged. */
  readonly window?: BulkWindow;
}

/** One stream of the class. */
interface Lane {
  writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  isPumping: boolean;
  /** Its write has been under way for long. */
  isStalled: boolean;
  readonly stall: Timer;
  /** What the last write went out of and the next one may; kept only while writes follow. */
  room: Uint8Array<ArrayBuffer>;
}

/**
 * The messages of one class on their way out: a bounded queue, and a stream that is opened for the
 * first of them. What is queued while a write is under way leaves in the next one together.
 *
 * The runtime lets one stream have a fixed amount on its way, which a long or lossy path uses up
 * long before its own bandwidth. So a class of bulk opens another stream when those it has take no
 * more although the path would. Each write says which place its bytes have in the class.
 */
export class ClassSender {
  readonly #options: ClassSenderOptions;
  readonly #queue = new MessageQueue();
  readonly #lanes: Lane[] = [];
  /** Where the next piece begins in all that the class sends. */
  #position = 0;
  #sentBytes = 0;
  #refused = false;
  #closed = false;
  #acknowledgement = Promise.withResolvers<void>();

  constructor(options: ClassSenderOptions) {
    this.#options = options;
  }

  get queuedBytes(): number {
    return this.#queue.costBytes;
  }

  /** Bytes that were handed to the streams, with the headers of streams, pieces and frames. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  get streams(): number {
    return this.#lanes.length;
  }

  send(bytes: Uint8Array): boolean {
    const { frameBytes, queueBytes } = this.#options;
    assert(
      bytes.length <= frameBytes,
      () => `Cannot send message: it has ${bytes.length} bytes, the limit is ${frameBytes}`,
    );
    if (this.#closed || this.#queue.costBytes + MessageQueue.costOf(bytes) > queueBytes) {
      this.#refused = true;
      return false;
    }
    this.#queue.push(bytes);
    this.#startLane();
    return true;
  }

  /** The other side read this many bytes of the streams in all. */
  acknowledged(now: Millis, totalBytes: number): void {
    this.#options.window?.acknowledged(now, totalBytes);
    this.#wake();
    this.#openLane();
  }

  close(): void {
    this.#closed = true;
    this.#queue.clear();
    this.#wake();
    for (const { stall, writer } of this.#lanes) {
      stall.stop();
      writer?.abort().catch(() => {});
    }
  }

  /** Sets a stream to work: the first at once, others for what fills more than one piece. */
  #startLane(): void {
    if (this.#lanes.length === 0) return void this.#pump(this.#addLane());
    // Nothing is made here, because it is asked for every message.
    let idle: Lane | undefined;
    let working = 0;
    for (const lane of this.#lanes) {
      if (lane.isPumping) working++;
      else idle ??= lane;
    }
    if (idle === undefined) return;
    if (working === 0 || this.#queue.frameBytes >= SPREAD_PIECE_BYTES) void this.#pump(idle);
  }

  /** Opens another stream if all of them are full, and neither path nor queue is the reason. */
  #openLane(): void {
    const { streams, window } = this.#options;
    if (this.#closed || this.#lanes.length >= streams || this.#queue.frameBytes === 0) return;
    if (window?.isShort) return; // One stream is enough, and writes wait for the processors.
    if (this.#lanes.some(({ isStalled }) => !isStalled) || window?.availableBytes === 0) return;
    void this.#pump(this.#addLane());
  }

  #addLane(): Lane {
    const lane = {
      writer: undefined,
      isPumping: false,
      isStalled: false,
      stall: new Timer(),
      room: NOTHING,
    };
    this.#lanes.push(lane);
    return lane;
  }

  async #pump(lane: Lane): Promise<void> {
    lane.isPumping = true;
    try {
      lane.writer ??= await this.#open();
      while (!this.#closed && this.#queue.frameBytes > 0) {
        const piece = this.#takePiece(lane);
        if (piece === undefined) {
          await this.#acknowledgement.promise;
          continue;
        }
        await this.#write(lane, piece);
        this.#tellWritable();
      }
      lane.room = NOTHING;
      lane.isPumping = false;
    } catch {
      if (!this.#closed) this.#options.onFailed();
    }
  }

  async #open(): Promise<WritableStreamDefaultWriter<Uint8Array>> {
    const writer = (await this.#options.open()).getWriter();
    writer.closed.catch(() => {});
    const header = Uint8Array.of(this.#options.number);
    this.#noteSent(header.length);
    await writer.write(header);
    return writer;
  }

  /**
   * Takes as much from the queue as one write and the window hold; undefined if that is nothing.
   * All of a piece is accounted for when it gets its place, so that no place ever waits for room in
   * a window that is full of what comes after it.
   */
  #takePiece(lane: Lane): Uint8Array | undefined {
    const availableBytes = this.#options.window?.availableBytes ?? Infinity;
    if (availableBytes < SMALLEST_PIECE_BYTES) return undefined;
    const mostBytes = Math.min(
      availableBytes,
      PIECE_HEADER_BYTES + this.#queue.frameBytes,
      this.#lanes.length > 1 ? SPREAD_PIECE_BYTES : PIECE_BYTES,
    );
    if (lane.room.length < mostBytes) lane.room = new Uint8Array(mostBytes);
    const length = this.#queue.take(lane.room.subarray(PIECE_HEADER_BYTES, mostBytes));
    writePieceHeader(lane.room, { length, position: this.#position });
    this.#position = (this.#position + length) >>> 0;
    this.#noteSent(PIECE_HEADER_BYTES + length);
    return lane.room.subarray(0, PIECE_HEADER_BYTES + length);
  }

  async #write(lane: Lane, piece: Uint8Array): Promise<void> {
    if (this.#lanes.length < this.#options.streams) {
      lane.stall.start(STALLED_MS, () => {
        lane.isStalled = true;
        this.#openLane();
      });
    }
    await lane.writer!.write(piece);
    lane.stall.stop();
    lane.isStalled = false;
  }

  #noteSent(bytes: number): void {
    this.#options.window?.sent(performance.now(), bytes);
    this.#sentBytes += bytes;
  }

  #wake(): void {
    this.#acknowledgement.resolve();
    this.#acknowledgement = Promise.withResolvers();
  }

  /** Waits until half of the queue is free, so that nobody is called for every message. */
  #tellWritable(): void {
    if (this.#closed || !this.#refused) return;
    if (this.#queue.costBytes > this.#options.queueBytes / 2) return;
    this.#refused = false;
    this.#options.onWritable();
  }
}

const NOTHING = new Uint8Array(0);

/** A piece has a header, and the header of a frame at least. */
const SMALLEST_PIECE_BYTES = PIECE_HEADER_BYTES + MessageQueue.smallestTakeBytes;
