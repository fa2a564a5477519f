import { assert } from "./assert.ts";

/** What a full queue does with one item more. */
export type Overflow = "refuse-new" | "drop-oldest";

/**
 * A first-in first-out queue with a bound. What did not fit is counted, so that a queue that
 * overflows is seen in `peat node status` before anybody has to guess.
 */
export class BoundedQueue<T> {
  readonly #ring: (T | undefined)[];
  readonly #overflow: Overflow;
  #head = 0;
  #size = 0;
  #dropped = 0;

  constructor(readonly capacity: number, overflow: Overflow) {
    assert(Number.isInteger(capacity) && capacity > 0, `Cannot bound a queue to ${capacity}`);
    this.#ring = [];
    this.#overflow = overflow;
  }

  /** Answers whether the item is in the queue now. */
  push(item: T): boolean {
    if (this.#size === this.capacity) {
      this.#dropped++;
      if (this.#overflow === "refuse-new") return false;
      this.#take();
    }
    this.#ring[(this.#head + this.#size) % this.capacity] = item;
    this.#size++;
    return true;
  }

  shift(): T | undefined {
    return this.#size === 0 ? undefined : this.#take();
  }

  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#ring[this.#head];
  }

  clear(): void {
    while (this.#size > 0) this.#take();
  }

  get size(): number {
    return this.#size;
  }

  /** How many items were lost to the bound, whichever end they were lost from. */
  get dropped(): number {
    return this.#dropped;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.#size; index++) {
      yield this.#ring[(this.#head + index) % this.capacity] as T;
    }
  }

  #take(): T {
    const item = this.#ring[this.#head] as T;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.capacity;
    this.#size--;
    return item;
  }
}
