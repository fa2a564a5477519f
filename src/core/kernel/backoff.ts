import { assert } from "./assert.ts";
import type { Random } from "./random.ts";
import type { Millis } from "./time.ts";

export interface BackoffOptions {
  readonly firstMs: Millis;
  readonly longestMs: Millis;
  /** How much of each delay is left to chance, so that a crowd that failed together parts. */
  readonly jitter: number;
}

/** Delays that double from attempt to attempt, up to a longest one. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: Random;
  #attempts = 0;

  constructor(options: BackoffOptions, random: Random) {
    assert(
      options.firstMs > 0 && options.longestMs >= options.firstMs,
      "Cannot back off backwards",
    );
    assert(options.jitter >= 0 && options.jitter <= 1, `Cannot jitter by ${options.jitter}`);
    this.#options = options;
    this.#random = random;
  }

  /** The delay before the next attempt. */
  next(): Millis {
    const { firstMs, longestMs, jitter } = this.#options;
    // Past 2^30 the doubling has long reached any longest delay, and the product stays finite.
    const fullMs = Math.min(longestMs, firstMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts++;
    return fullMs * (1 - jitter * this.#random.unit());
  }

  reset(): void {
    this.#attempts = 0;
  }

  get attempts(): number {
    return this.#attempts;
  }
}
