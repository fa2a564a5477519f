import { Ewma } from "../kernel/ewma.ts";
import type { Millis } from "../kernel/time.ts";

const SMOOTHED_WEIGHT = 1 / 8;
const VARIATION_WEIGHT = 1 / 4;

/** A smoothed round trip, as TCP keeps it (RFC 6298), beside the smallest sample seen. */
export class RoundTripEstimate {
  readonly #smoothed = new Ewma(SMOOTHED_WEIGHT);
  readonly #variation = new Ewma(VARIATION_WEIGHT);
  #smallestMs: Millis = Infinity;
  #samples = 0;

  add(sampleMs: Millis): void {
    const smoothedMs = this.#smoothed.value;
    this.#variation.add(
      smoothedMs === undefined ? sampleMs / 2 : Math.abs(smoothedMs - sampleMs),
    );
    this.#smoothed.add(sampleMs);
    this.#smallestMs = Math.min(this.#smallestMs, sampleMs);
    this.#samples++;
  }

  /** Undefined until the first answer. */
  get smoothedMs(): Millis | undefined {
    return this.#smoothed.value;
  }

  get variationMs(): Millis | undefined {
    return this.#variation.value;
  }

  get smallestMs(): Millis {
    return this.#smallestMs;
  }

  get samples(): number {
    return this.#samples;
  }
}
