import { assert } from "../core/kernel/assert.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Host } from "./host.ts";

/** How many bytes of one stream may be under way before `write` takes no more. */
export const WINDOW_BYTES = 64 * 1024;
/** How many streams one connection carries each way. */
export const STREAM_LIMIT = 128;
/** The payload of one packet. */
export const SEGMENT_BYTES = 1_200;

/** What a process is told about a connection. Nothing is told to one that crashed meanwhile. */
export interface StreamEvents {
  /** The handshake is done; from now on `write` takes bytes. */
  opened?(): void;
  /** Bytes of one stream, in the order in which they were written. */
  received?(stream: number, bytes: Uint8Array): void;
  /** A stream that took less than it was given has room again. */
  writable?(stream: number): void;
  /** The connection is over, for a reason of the other side's or of the network's. */
  closed?(reason: string): void;
}

export type ConnectionState = "connecting" | "open" | "closed";

/** What an end of a connection asks of the network. */
export interface Carrier {
  carrySegment(from: StreamConnection, stream: number, offset: number, bytes: Uint8Array): void;
  carryAcknowledgement(from: StreamConnection, stream: number, offset: number): void;
  carryClose(from: StreamConnection, reason: string): void;
}

interface Outgoing {
  written: number;
  acknowledged: number;
  /** Whether a write was cut short, so that its writer waits to be told. */
  starved: boolean;
}

interface Incoming {
  /** Everything before this offset was handed over. */
  next: number;
  /** What overtook an earlier segment. The sender's window bounds it. */
  readonly early: Map<number, Uint8Array>;
}

/** One end of a connection between two hosts: streams that keep their order, each with a window. */
export class StreamConnection {
  readonly host: Host;
  /** The process that this end belongs to; the next one on the host knows nothing of it. */
  readonly life: number;
  readonly peerHost: Host;
  peer: StreamConnection | undefined;
  heardAt: Millis;
  events: StreamEvents = {};
  readonly #carrier: Carrier;
  readonly #outgoing = new Map<number, Outgoing>();
  readonly #incoming = new Map<number, Incoming>();
  #state: ConnectionState = "connecting";
  #closedFor: string | undefined;

  constructor(options: { host: Host; peerHost: Host; now: Millis; carrier: Carrier }) {
    this.host = options.host;
    this.life = options.host.life;
    this.peerHost = options.peerHost;
    this.heardAt = options.now;
    this.#carrier = options.carrier;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Whether the process that this end belongs to still runs, or is paused, and wants it. */
  get isHeld(): boolean {
    const { host } = this;
    return this.#state !== "closed" && host.node !== undefined && host.life === this.life;
  }

  /** What the process says when it is asked about an end that is over. */
  get epitaph(): string {
    const isSameProcess = this.host.node !== undefined && this.host.life === this.life;
    return isSameProcess ? this.#closedFor ?? "reset" : "reset";
  }

  /**
   * Answers how many of the bytes were taken; `writable` follows when that was not all. They go out
   * as they are, so whoever wrote them leaves them alone.
   */
  write(stream: number, bytes: Uint8Array): number {
    if (!this.isHeld || this.#state !== "open") return 0;
    const outgoing = this.#outgoing.get(stream) ??
      entered(this.#outgoing, stream, { written: 0, acknowledged: 0, starved: false });
    const room = WINDOW_BYTES - (outgoing.written - outgoing.acknowledged);
    const taken = Math.min(room, bytes.length);
    outgoing.starved ||= taken < bytes.length;
    for (let start = 0; start < taken; start += SEGMENT_BYTES) {
      const end = Math.min(taken, start + SEGMENT_BYTES);
      const segment = end - start === bytes.length ? bytes : bytes.subarray(start, end);
      this.#carrier.carrySegment(this, stream, outgoing.written, segment);
      outgoing.written += segment.length;
    }
    return taken;
  }

  /** Ends the connection at once; what is under way is lost. The reason reaches the other side. */
  close(reason: string): void {
    if (!this.isHeld) return;
    this.#state = "closed";
    this.#closedFor = reason;
    this.#carrier.carryClose(this, reason);
  }

  open(): void {
    if (this.#state !== "connecting") return;
    this.#state = "open";
    this.events.opened?.();
  }

  /** Ends this end alone. */
  end(reason: string): void {
    if (this.#state === "closed") return;
    const isHeld = this.isHeld;
    this.#state = "closed";
    this.#incoming.clear();
    if (isHeld) this.events.closed?.(reason);
  }

  /** Hands over what is next in order, and says how far it got. */
  takeSegment(stream: number, offset: number, bytes: Uint8Array): void {
    const incoming = this.#incoming.get(stream) ??
      entered(this.#incoming, stream, { next: 0, early: new Map() });
    const before = incoming.next;
    if (offset === before && incoming.early.size === 0) {
      return this.#takeNext(stream, bytes, incoming);
    }
    if (offset >= before) incoming.early.set(offset, bytes);
    for (let next = incoming.early.get(before); next; next = incoming.early.get(incoming.next)) {
      incoming.early.delete(incoming.next);
      incoming.next += next.length;
      this.events.received?.(stream, next);
      if (!this.isHeld) return;
    }
    if (incoming.next > before) this.#carrier.carryAcknowledgement(this, stream, incoming.next);
  }

  /** What comes in its turn, as nearly everything does. */
  #takeNext(stream: number, bytes: Uint8Array, incoming: Incoming): void {
    incoming.next += bytes.length;
    this.events.received?.(stream, bytes);
    if (this.isHeld) this.#carrier.carryAcknowledgement(this, stream, incoming.next);
  }

  takeAcknowledgement(stream: number, offset: number): void {
    const outgoing = this.#outgoing.get(stream);
    if (outgoing === undefined || offset <= outgoing.acknowledged) return;
    outgoing.acknowledged = offset;
    if (!outgoing.starved) return;
    outgoing.starved = false;
    this.events.writable?.(stream);
  }
}

/** The entry of a stream that is new. */
function entered<T>(entries: Map<number, T>, stream: number, entry: T): T {
  assert(entries.size < STREAM_LIMIT, () => `Cannot open stream ${stream}: too many are open`);
  entries.set(stream, entry);
  return entry;
}
