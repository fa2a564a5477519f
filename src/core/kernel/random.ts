import { assert } from "./assert.ts";

/**
 * A seeded generator (xoshiro128**). Everything that a node decides by chance comes from one of
 * these, handed in at construction.
 *
 * `split` derives a stream from the seed and a label alone, never from how much was drawn before.
 * So a new consumer, or one that draws more than it did, does not shift anybody else's stream, and
 * a seed that found a bug yesterday still finds it today.
 */
export class Random {
  readonly #key: number;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number | string) {
    this.#key = typeof seed === "number" ? mix(seed | 0, Math.floor(seed / 2 ** 32)) : hash(seed);
    const seeds = splitMix(this.#key);
    this.#a = seeds();
    this.#b = seeds();
    this.#c = seeds();
    this.#d = seeds() | 1; // The all-zero state is the one state the generator cannot leave.
  }

  split(label: string): Random {
    return new Random(mix(this.#key, hash(label)));
  }

  /** A uniform integer in [0, 2^32). */
  uint32(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return result;
  }

  /** A uniform number in [0, 1). */
  unit(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A uniform integer in [0, limit). */
  below(limit: number): number {
    assert(limit > 0 && limit <= 2 ** 32 && limit % 1 === 0, () => `Cannot draw below ${limit}`);
    return Math.floor(this.unit() * limit);
  }

  /** A uniform integer in [low, high], both ends included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** An exponential draw, the shape of waiting times and of network delay above its floor. */
  exponential(mean: number): number {
    return -Math.log(1 - this.unit()) * mean;
  }

  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, "Cannot pick from nothing");
    return items[this.below(items.length)]!;
  }

  /** A shuffled copy. */
  shuffled<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let last = copy.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [copy[last], copy[other]] = [copy[other]!, copy[last]!];
    }
    return copy;
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** FNV-1a over the UTF-16 code units. Labels are short and few, so quality beyond mixing is moot. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(state, text.length);
}

function mix(left: number, right: number): number {
  let state = Math.imul(left ^ (left >>> 16), 0x21f0aaad) ^ Math.imul(right | 0, 0x735a2d97);
  state = Math.imul(state ^ (state >>> 15), 0x735a2d97);
  return state ^ (state >>> 15);
}

function splitMix(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let value = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
    return value ^ (value >>> 15);
  };
}
