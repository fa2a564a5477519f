import { assert } from "../core/kernel/assert.ts";
import { BoundedMap } from "../core/kernel/bounded_map.ts";

/** How many sequence numbers below the highest may still arrive, once each. */
const WIDTH = 128;
const BITS = 32;

export type ReplayVerdict = "fresh" | "replayed" | "tooOld" | "oldBoot";

/** How far a sender has come, as it is kept across a restart. */
export interface ReplayMark {
  readonly deviceId: string;
  readonly boot: number;
  readonly sequence: number;
}

/**
 * Takes each datagram of each sender once. Ask it only about what has been authenticated, or a
 * stranger could move a window on and shut out whoever it belongs to.
 *
 * At the bound the sender heard least recently is forgotten, which is counted.
 */
export class ReplayWindows {
  readonly #windows: BoundedMap<string, Window>;
  #accepted = 0;

  constructor({ capacity = 4_096 } = {}) {
    this.#windows = new BoundedMap(capacity, "evict-oldest");
  }

  accept(deviceId: string, boot: number, sequence: number): ReplayVerdict {
    const verdict = this.judge(deviceId, boot, sequence);
    if (verdict !== "fresh") return verdict;
    this.#accepted++;
    const known = this.#windows.get(deviceId);
    if (known?.boot === boot) known.mark(sequence);
    else this.#windows.set(deviceId, new Window(boot, sequence));
    this.#windows.touch(deviceId);
    return verdict;
  }

  /** What `accept` would say now. */
  judge(deviceId: string, boot: number, sequence: number): ReplayVerdict {
    const known = this.#windows.get(deviceId);
    if (known === undefined || boot > known.boot) return "fresh";
    return boot < known.boot ? "oldBoot" : known.judge(sequence);
  }

  /** How many were fresh, and moved a mark. */
  get accepted(): number {
    return this.#accepted;
  }

  /** What to keep, so that a restart does not make old datagrams new again. */
  marks(): ReplayMark[] {
    return [...this.#windows].map(([deviceId, { boot, highest }]) => ({
      deviceId,
      boot,
      sequence: highest,
    }));
  }

  /** Takes up kept marks: whatever is not beyond them counts as seen. */
  restore(marks: Iterable<ReplayMark>): void {
    for (const { deviceId, boot, sequence } of marks) {
      this.#windows.set(deviceId, new Window(boot, sequence, { isAllSeen: true }));
    }
  }

  get senders(): number {
    return this.#windows.size;
  }

  /** How many senders were forgotten at the bound. */
  get forgotten(): number {
    return this.#windows.overflowed;
  }
}

/** One sender's window in one boot: a bit for each of the last sequence numbers. */
class Window {
  readonly #seen = new Uint32Array(WIDTH / BITS);
  #highest: number;

  constructor(readonly boot: number, sequence: number, { isAllSeen = false } = {}) {
    assert(sequence >= 0, "Cannot count below zero");
    this.#highest = sequence;
    if (isAllSeen) this.#seen.fill(0xffff_ffff);
    else this.#mark(sequence);
  }

  get highest(): number {
    return this.#highest;
  }

  judge(sequence: number): ReplayVerdict {
    if (sequence <= this.#highest - WIDTH) return "tooOld";
    return sequence <= this.#highest && this.#isMarked(sequence) ? "replayed" : "fresh";
  }

  /** Takes a number that is fresh. */
  mark(sequence: number): void {
    if (sequence > this.#highest) this.#advance(sequence);
    this.#mark(sequence);
  }

  /** Makes room: the places of the numbers skipped still tell of older ones. */
  #advance(sequence: number): void {
    const skipped = Math.min(sequence - this.#highest, WIDTH);
    for (let step = 1; step <= skipped; step++) this.#clear(this.#highest + step);
    this.#highest = sequence;
  }

  #isMarked(sequence: number): boolean {
    return (this.#seen[wordOf(sequence)]! & bitOf(sequence)) !== 0;
  }

  #mark(sequence: number): void {
    this.#seen[wordOf(sequence)]! |= bitOf(sequence);
  }

  #clear(sequence: number): void {
    this.#seen[wordOf(sequence)]! &= ~bitOf(sequence);
  }
}

function wordOf(sequence: number): number {
  return Math.floor((sequence % WIDTH) / BITS);
}

function bitOf(sequence: number): number {
  return 1 << (sequence % BITS);
}
