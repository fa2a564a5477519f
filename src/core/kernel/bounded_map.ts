import { assert } from "./assert.ts";

/** What a full map does with one key more. `evict-oldest` gives up the key touched longest ago. */
export type MapOverflow = "refuse-new" | "evict-oldest";

/**
 * A map with a bound, in order of last touch. Anything keyed by what other nodes say lives in one
 * of these: a thousand invented names must cost a thousand refusals, not memory.
 */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #overflow: MapOverflow;
  #overflowed = 0;

  constructor(readonly capacity: number, overflow: MapOverflow) {
    assert(Number.isInteger(capacity) && capacity > 0, `Cannot bound a map to ${capacity}`);
    this.#overflow = overflow;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** Stores the value without changing the key's place; answers whether it is in the map now. */
  set(key: K, value: V): boolean {
    if (!this.#entries.has(key) && this.#entries.size === this.capacity) {
      this.#overflowed++;
      if (this.#overflow === "refuse-new") return false;
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, value);
    return true;
  }

  /** Makes the key the most recently touched one. */
  touch(key: K): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#entries.set(key, value);
  }

  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many keys were refused or evicted at the bound. */
  get overflowed(): number {
    return this.#overflowed;
  }

  keys(): IterableIterator<K> {
    return this.#entries.keys();
  }

  values(): IterableIterator<V> {
    return this.#entries.values();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.#entries[Symbol.iterator]();
  }
}
