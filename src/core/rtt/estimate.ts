import { ewma } from "../kernel/ewma.ts";
import type { Millis } from "../kernel/time.ts";

const SMOOTHED_WEIGHT = 1 / 8;
const VARIATION_WEIGHT = 1 / 4;

/** A sample agrees that differs by no more than busy machines do, or by half of what is expected. */
const AGREEMENT_MS: Millis = 25;
const AGREEMENT_SHARE = 1 / 2;

/** A smoothed round trip, as TCP keeps it (RFC 6298), beside the smallest sample seen. */
export class RoundTripEstimate {
  #smoothedMs: Millis | undefined;
  #variationMs: Millis | undefined;
  #smallestMs: Millis = Infinity;
  #samples = 0;

  /** Whether a sample is what the ones before let expect. */
  expects(sampleMs: Millis): boolean {
    if (this.#smoothedMs === undefined) return false;
    const toleranceMs = Math.max(AGREEMENT_MS, AGREEMENT_SHARE * this.#smoothedMs);
    return Math.abs(this.#smoothedMs - sampleMs) <= toleranceMs;
  }

  add(sampleMs: Millis): void {
    const deviationMs = this.#smoothedMs === undefined
      ? sampleMs / 2
      : Math.abs(this.#smoothedMs - sampleMs);
    this.#variationMs = ewma(this.#variationMs, deviationMs, VARIATION_WEIGHT);
    this.#smoothedMs = ewma(this.#smoothedMs, sampleMs, SMOOTHED_WEIGHT);
    this.#smallestMs = Math.min(this.#smallestMs, sampleMs);
    this.#samples++;
  }

  /** Undefined until the first answer. */
  get smoothedMs(): Millis | undefined {
    return this.#smoothedMs;
  }

  get variationMs(): Millis | undefined {
    return this.#variationMs;
  }

  get smallestMs(): Millis {
    return this.#smallestMs;
  }

  get samples(): number {
    return this.#samples;
  }
}
