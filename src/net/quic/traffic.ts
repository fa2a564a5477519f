import type { Millis } from "../../core/kernel/time.ts";
import { WireError } from "../../wire/wire_error.ts";
import { PRIORITY_CLASSES, type PriorityClass } from "../../core/priority.ts";
import { type ClassCounts, noClassCounts } from "../transport.ts";
import { BulkReceipts } from "./bulk_receipts.ts";
import { BulkWindow } from "./bulk_window.ts";
import { ClassInbox, type InboxLane } from "./class_inbox.ts";
import { receiveClass } from "./class_receiver.ts";
import { ClassSender } from "./class_sender.ts";
import { CLASS_STREAMS } from "./class_streams.ts";
import type { Closing } from "./closing.ts";
import type { QuicLimits } from "./limits.ts";
import { PathClock } from "./path_clock.ts";
import { answer, ask } from "./request_stream.ts";

/** What leaves first when several streams have something to send. */
const SEND_ORDER: Readonly<Record<PriorityClass | "control" | "request", number>> = {
  control: 4,
  critical: 4,
  high: 3,
  normal: 2,
  request: 2,
  low: 1,
};

export const CONTROL_SEND_ORDER = SEND_ORDER.control;

export interface TrafficOptions {
  readonly connection: Deno.QuicConn;
  readonly limits: QuicLimits;
  readonly onMessage: (priorityClass: PriorityClass, bytes: Uint8Array) => void;
  readonly onRequest: (bytes: Uint8Array, reply: (bytes: Uint8Array) => boolean) => void;
  readonly onRequestDropped: () => void;
  readonly onWritable: (priorityClass: PriorityClass) => void;
  readonly onBulkRead: (totalBytes: number) => void;
  /** Asks the other side for this number back. */
  readonly askEcho: (number: number) => void;
  /** The connection cannot go on. */
  readonly onFailed: (closing: Closing) => void;
}

export type AskFailure = "busy" | "deadline" | "disconnected" | "noReply";

/** What goes through a connection once it is the one between two nodes. */
export class Traffic {
  readonly bytesIn: ClassCounts = noClassCounts();
  readonly #options: TrafficOptions;
  /** Made when they are needed, because most connections are idle most of the time. */
  readonly #senders = new Map<PriorityClass, ClassSender>();
  readonly #inboxes = new Map<PriorityClass, ClassInbox>();
  readonly #closed = new AbortController();
  readonly #receipts: BulkReceipts;
  #bulk: { readonly window: BulkWindow; readonly clock: PathClock } | undefined;
  #asking = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#receipts = new BulkReceipts(options.onBulkRead);
  }

  get bytesOut(): ClassCounts {
    return this.#countSenders((sender) => sender.sentBytes);
  }

  get bytesQueued(): ClassCounts {
    return this.#countSenders((sender) => sender.queuedBytes);
  }

  send(priorityClass: PriorityClass, bytes: Uint8Array): boolean {
    if (this.#closed.signal.aborted) return false;
    let sender = this.#senders.get(priorityClass);
    if (sender === undefined) {
      sender = this.#createSender(priorityClass);
      this.#senders.set(priorityClass, sender);
    }
    return sender.send(bytes);
  }

  acknowledgeBulk(totalBytes: number): void {
    const now = performance.now();
    this.#senders.get("low")?.acknowledged(now, totalBytes);
    this.#bulk?.clock.tick(now);
  }

  /** What was asked of the other side for this number has come. */
  echoed(number: number): void {
    const now = performance.now();
    this.#bulk?.clock.answered(now, number);
    // Bulk that is held up needs the path's measure most, and brings no receipts meanwhile.
    if (this.#bulk?.window.isBusy) this.#bulk.clock.tick(now);
  }

  /** Answers with the reply, or with why there is none. */
  async ask(bytes: Uint8Array, deadlineMs: number): Promise<Uint8Array | AskFailure> {
    const { connection, limits: { frameBytes, requests } } = this.#options;
    if (this.#closed.signal.aborted) return "disconnected";
    if (this.#asking >= requests) return "busy";
    this.#asking++;
    const stop = new AbortController();
    const stream = connection.createBidirectionalStream({
      sendOrder: SEND_ORDER.request,
      waitUntilAvailable: true,
    });
    const asking = ask({ stream, bytes, deadlineMs, frameBytes, signal: stop.signal })
      .then((reply) => reply ?? "noReply", (error) => this.#explainAsk(error))
      .finally(() => this.#asking--);
    try {
      return await Promise.race([asking, this.#giveUpAsking(deadlineMs, stop)]);
    } finally {
      stop.abort();
    }
  }

  /** Reads the messages of a stream that the other side opened, until it ends. */
  async receive(stream: Deno.QuicReceiveStream): Promise<void> {
    try {
      await receiveClass({
        stream,
        open: (priorityClass) => this.#openInbox(priorityClass),
        onRead: (priorityClass, bytes) => this.#noteRead(priorityClass, bytes),
      });
      this.#fail({ code: "cutOff", reason: "a stream of messages ended" });
    } catch (error) {
      this.#fail(explainStream(error));
    }
  }

  /** Serves a request that the other side opened a stream for. */
  async answer(stream: Deno.QuicBidirectionalStream): Promise<void> {
    const { limits: { frameBytes, replyMs }, onRequest, onRequestDropped } = this.#options;
    const signal = this.#closed.signal;
    try {
      if (await answer({ stream, frameBytes, timeMs: replyMs, onRequest, signal })) return;
      onRequestDropped();
    } catch (error) {
      this.#fail(explainStream(error));
    }
  }

  close(): void {
    this.#closed.abort();
    this.#receipts.stop();
    for (const sender of this.#senders.values()) sender.close();
    for (const inbox of this.#inboxes.values()) inbox.close();
  }

  #createSender(priorityClass: PriorityClass): ClassSender {
    const { connection, limits, onWritable } = this.#options;
    return new ClassSender({
      number: PRIORITY_CLASSES.indexOf(priorityClass),
      frameBytes: limits.frameBytes,
      queueBytes: limits.queueBytes,
      streams: CLASS_STREAMS[priorityClass],
      open: () =>
        connection.createUnidirectionalStream({
          sendOrder: SEND_ORDER[priorityClass],
          waitUntilAvailable: true,
        }),
      onWritable: () => onWritable(priorityClass),
      onFailed: () => this.#fail({ code: "cutOff", reason: "a stream of messages was reset" }),
      ...(priorityClass === "low" ? { window: this.#measureBulk() } : {}),
    });
  }

  #measureBulk(): BulkWindow {
    const window = new BulkWindow();
    const clock = new PathClock({
      ask: this.#options.askEcho,
      onMeasured: (now: Millis, elapsedMs: Millis) => window.measured(now, elapsedMs),
    });
    this.#bulk = { window, clock };
    return window;
  }

  #countSenders(count: (sender: ClassSender) => number): ClassCounts {
    const counts = noClassCounts();
    for (const [priorityClass, sender] of this.#senders) counts[priorityClass] = count(sender);
    return counts;
  }

  #openInbox(priorityClass: PriorityClass): InboxLane {
    let inbox = this.#inboxes.get(priorityClass);
    if (inbox === undefined) {
      inbox = this.#createInbox(priorityClass);
      this.#inboxes.set(priorityClass, inbox);
    }
    return inbox.add();
  }

  #createInbox(priorityClass: PriorityClass): ClassInbox {
    const { limits: { frameBytes }, onMessage } = this.#options;
    return new ClassInbox({
      frameBytes,
      streams: CLASS_STREAMS[priorityClass],
      onMessage: (bytes) => {
        if (!this.#closed.signal.aborted) onMessage(priorityClass, bytes);
      },
    });
  }

  #noteRead(priorityClass: PriorityClass, bytes: number): void {
    const totalBytes = this.bytesIn[priorityClass] += bytes;
    if (priorityClass === "low" && !this.#closed.signal.aborted) this.#receipts.read(totalBytes);
  }

  #giveUpAsking(deadlineMs: number, stop: AbortController): Promise<AskFailure> {
    return new Promise((resolve) => {
      const closed = this.#closed.signal;
      const timer = setTimeout(() => settle("deadline"), deadlineMs);
      const settle = (failure: AskFailure) => {
        clearTimeout(timer);
        resolve(failure);
      };
      closed.addEventListener("abort", () => settle("disconnected"), { signal: stop.signal });
      stop.signal.addEventListener("abort", () => settle("deadline"));
    });
  }

  #explainAsk(error: unknown): AskFailure {
    if (error instanceof WireError) this.#fail(explainStream(error));
    return "disconnected";
  }

  #fail(closing: Closing): void {
    if (!this.#closed.signal.aborted) this.#options.onFailed(closing);
  }
}

/** What a stream's error means for the connection that it belongs to. */
export function explainStream(error: unknown): Closing {
  if (!(error instanceof WireError)) {
    return { code: "cutOff", reason: error instanceof Error ? error.message : String(error) };
  }
  return { code: error.code === "tooLarge" ? "oversizeFrame" : "badFrame", reason: error.message };
}
