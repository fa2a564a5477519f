import type { Millis } from "../kernel/time.ts";

const SMOOTHED_WEIGHT = 1 / 8;
const VARIATION_WEIGHT = 1 / 4;

/** A smoothed round trip, as TCP keeps it (RFC 6298), beside the smallest sample seen. */
export class RoundTripEstimate {
  #smoothedMs: Millis | undefined;
  #variationMs: Millis = 0;
  #smallestMs: Millis = Infinity;
  #samples = 0;

  add(sampleMs: Millis): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = sampleMs;
      this.#variationMs = sampleMs / 2;
    } else {
      const deviationMs = Math.abs(this.#smoothedMs - sampleMs);
      this.#variationMs += VARIATION_WEIGHT * (deviationMs - this.#variationMs);
      this.#smoothedMs += SMOOTHED_WEIGHT * (sampleMs - this.#smoothedMs);
    }
    this.#smallestMs = Math.min(this.#smallestMs, sampleMs);
    this.#samples++;
  }

  /** Undefined until the first answer. */
  get smoothedMs(): Millis | undefined {
    return this.#smoothedMs;
  }

  get variationMs(): Millis {
    return this.#variationMs;
  }

  get smallestMs(): Millis {
    return this.#smallestMs;
  }

  get samples(): number {
    return this.#samples;
  }
}
