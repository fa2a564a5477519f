import { assert } from "./assert.ts";
import { type Millis, NEVER, SECOND } from "./time.ts";

/** Less than this of a token is missing only by rounding; to wait for it would be to wait forever. */
const ROUNDING = 1e-6;

/** A rate limit that allows bursts: `burst` at once, then `perSecond`. What it refuses is counted. */
export class TokenBucket {
  #tokens: number;
  #filledAt: Millis | undefined;
  #refused = 0;

  constructor(readonly perSecond: number, readonly burst: number) {
    assert(perSecond > 0 && burst >= 1, `Cannot limit to ${perSecond} a second, ${burst} at once`);
    this.#tokens = burst;
  }

  /** Takes the tokens if they are there. */
  take(now: Millis, count = 1): boolean {
    this.#fill(now);
    if (this.#tokens + ROUNDING < count) {
      this.#refused++;
      return false;
    }
    this.#tokens = Math.max(0, this.#tokens - count);
    return true;
  }

  /** Takes tokens for what was done already, and leaves a debt where there were too few. */
  spend(now: Millis, count: number): void {
    this.#fill(now);
    this.#tokens -= count;
  }

  /** When `count` tokens will be there; `NEVER` if the bucket cannot hold that many. */
  readyAt(now: Millis, count = 1): Millis {
    this.#fill(now);
    if (count > this.burst) return NEVER;
    return now + Math.max(0, count - this.#tokens) * SECOND / this.perSecond;
  }

  get refused(): number {
    return this.#refused;
  }

  #fill(now: Millis): void {
    const elapsedMs = Math.max(0, now - (this.#filledAt ?? now));
    this.#tokens = Math.min(this.burst, this.#tokens + elapsedMs * this.perSecond / SECOND);
    this.#filledAt = now;
  }
}
