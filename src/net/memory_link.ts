import { assert } from "../core/kernel/assert.ts";
import type { Address, NodeId } from "../core/kernel/ids.ts";
import type { Millis } from "../core/kernel/time.ts";
import { FRAME_HEADER_BYTES } from "../wire/framing.ts";
import { WIRE_LIMITS } from "../wire/limits.ts";
import { PRIORITY_CLASSES, type PriorityClass } from "../core/priority.ts";
import type { CloseCode } from "./close_code.ts";
import { PIECE_HEADER_BYTES } from "./quic/piece.ts";
import {
  type ConnectionStatus,
  noClassCounts,
  type RequestErrorCode,
  type TransportEvent,
} from "./transport.ts";

/** Time as a driver has it. */
export interface Clock {
  now(): Millis;
  /** Calls back once, after the delay, unless the answer is called first. */
  schedule(delayMs: Millis, callback: () => void): () => void;
}

/** What lies between the two ends of a link, as it is at this moment. */
export interface MemoryPath {
  readonly clock: Clock;
  readonly delayMs: Millis;
  /** How long a link across a cut lasts. */
  readonly lostAfterMs: Millis;
  readonly queueBytes: number;
  isCut(left: NodeId, right: NodeId): boolean;
}

/** A node's end of a link: whom it leads to, and whom to tell. */
export interface MemoryEnd {
  readonly peer: NodeId;
  readonly address: Address;
  readonly onClosed: (code: CloseCode, reason: string) => void;
  readonly tell: (event: TransportEvent) => void;
}

interface Parcel {
  readonly bytes: Uint8Array;
  readonly dueAt: Millis;
}

/** One end of a connection in memory. What it sends waits here until it is due at the other end. */
export class MemoryLink {
  readonly peer: NodeId;
  readonly address: Address;
  readonly #path: MemoryPath;
  readonly #end: MemoryEnd;
  readonly #connectedAt: Millis;
  readonly #queues: Record<PriorityClass, Parcel[]>;
  readonly #bytesIn = noClassCounts();
  readonly #bytesOut = noClassCounts();
  readonly #bytesQueued = noClassCounts();
  readonly #refused = new Set<PriorityClass>();
  /** What ends each request that waits for its reply. */
  readonly #asking = new Set<(failure: RequestErrorCode) => void>();
  #other!: MemoryLink;
  #cancelDelivery: (() => void) | undefined;
  #cancelLoss: (() => void) | undefined;
  #isClosed = false;

  private constructor(path: MemoryPath, end: MemoryEnd) {
    this.peer = end.peer;
    this.address = end.address;
    this.#path = path;
    this.#end = end;
    this.#connectedAt = path.clock.now();
    this.#queues = { critical: [], high: [], normal: [], low: [] };
  }

  /** Makes the two ends of one connection. */
  static join(path: MemoryPath, left: MemoryEnd, right: MemoryEnd): [MemoryLink, MemoryLink] {
    const ends: [MemoryLink, MemoryLink] = [
      new MemoryLink(path, left),
      new MemoryLink(path, right),
    ];
    [ends[0].#other, ends[1].#other] = [ends[1], ends[0]];
    return ends;
  }

  send(priorityClass: PriorityClass, bytes: Uint8Array): boolean {
    assert(bytes.length <= WIRE_LIMITS.frameBytes, () => `Cannot send ${bytes.length} bytes`);
    if (this.#isClosed) return false;
    if (this.#bytesQueued[priorityClass] + bytes.length > this.#path.queueBytes) {
      this.#refused.add(priorityClass);
      return false;
    }
    const dueAt = this.#path.clock.now() + this.#path.delayMs;
    this.#queues[priorityClass].push({ bytes, dueAt });
    this.#bytesQueued[priorityClass] += bytes.length;
    this.#scheduleDelivery();
    return true;
  }

  /** Answers with the reply, or with why there is none. */
  ask(bytes: Uint8Array, deadlineMs: Millis): Promise<Uint8Array | RequestErrorCode> {
    const { clock, delayMs } = this.#path;
    return new Promise((resolve) => {
      const settle = (result: Uint8Array | RequestErrorCode) => {
        cancelDeadline();
        this.#asking.delete(settle);
        resolve(result);
      };
      const cancelDeadline = clock.schedule(deadlineMs, () => settle("deadline"));
      this.#asking.add(settle);
      clock.schedule(delayMs, () => this.#other.#answer(bytes, settle, this.#asking));
    });
  }

  status(): ConnectionStatus {
    return {
      peer: this.peer,
      state: "connected",
      address: this.address,
      connectedAt: this.#connectedAt,
      bytesIn: { ...this.#bytesIn },
      bytesOut: { ...this.#bytesOut },
      bytesQueued: { ...this.#bytesQueued },
    };
  }

  /** Ends both ends, and tells both. */
  end(code: CloseCode, reason: string): void {
    const other = this.#other;
    this.#close(code, reason);
    other.#close(code, reason);
  }

  /** Ends this end. The other notices by the silence. */
  fallSilent(): void {
    this.#close("lost", "the node crashed");
    this.#other.#loseSoon();
  }

  /** Nothing gets through until the cut heals, and after a while nothing ever will. */
  noteCut(): void {
    for (const link of [this, this.#other]) link.#loseSoon();
  }

  noteHealed(): void {
    if (this.#other.#isClosed) return;
    this.#cancelLoss?.();
    this.#cancelLoss = undefined;
    this.#scheduleDelivery();
  }

  #loseSoon(): void {
    const { clock, lostAfterMs } = this.#path;
    if (this.#isClosed) return;
    this.#cancelLoss ??= clock.schedule(lostAfterMs, () => this.#close("lost", "timed out"));
  }

  #close(code: CloseCode, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelDelivery?.();
    this.#cancelLoss?.();
    for (const settle of [...this.#asking]) settle("disconnected");
    this.#end.onClosed(code, reason);
  }

  #scheduleDelivery(): void {
    const dueAt = Math.min(
      ...PRIORITY_CLASSES.map((name) => this.#queues[name][0]?.dueAt ?? Infinity),
    );
    if (this.#cancelDelivery !== undefined || dueAt === Infinity || this.#isSevered) return;
    const { clock } = this.#path;
    this.#cancelDelivery = clock.schedule(Math.max(0, dueAt - clock.now()), () => {
      this.#cancelDelivery = undefined;
      for (const priorityClass of PRIORITY_CLASSES) this.#deliver(priorityClass);
      this.#scheduleDelivery();
    });
  }

  get #isSevered(): boolean {
    return this.#isClosed || this.#other.#isClosed ||
      this.#path.isCut(this.peer, this.#other.peer);
  }

  #deliver(priorityClass: PriorityClass): void {
    const now = this.#path.clock.now();
    const queue = this.#queues[priorityClass];
    while (queue.length > 0 && queue[0]!.dueAt <= now && !this.#isSevered) {
      const { bytes } = queue.shift()!;
      this.#bytesQueued[priorityClass] -= bytes.length;
      // As QUIC counts, where a stream begins with its class.
      const headerBytes = FRAME_HEADER_BYTES + PIECE_HEADER_BYTES +
        Number(this.#bytesOut[priorityClass] === 0);
      this.#bytesOut[priorityClass] += headerBytes + bytes.length;
      this.#other.#bytesIn[priorityClass] += headerBytes + bytes.length;
      const peer = this.#other.peer;
      this.#other.#end.tell({ kind: "message", peer, priorityClass, bytes });
    }
    if (this.#bytesQueued[priorityClass] > this.#path.queueBytes / 2) return;
    if (this.#refused.delete(priorityClass)) {
      this.#end.tell({ kind: "writable", peer: this.peer, priorityClass });
    }
  }

  #answer(
    bytes: Uint8Array,
    settle: (result: Uint8Array | RequestErrorCode) => void,
    asking: ReadonlySet<(failure: RequestErrorCode) => void>,
  ): void {
    if (this.#isSevered) return;
    let isOpen = true;
    const reply = (answer: Uint8Array) => {
      const wasOpen = isOpen && !this.#isSevered && asking.has(settle);
      isOpen = false;
      if (!wasOpen) return false;
      this.#path.clock.schedule(this.#path.delayMs, () => settle(answer));
      return true;
    };
    this.#end.tell({ kind: "request", peer: this.peer, bytes, reply });
  }
}
