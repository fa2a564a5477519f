import type { Millis } from "../core/kernel/time.ts";

/** Time as a driver needs it. Tests hand in one that stands still until they move it. */
export interface Clock {
  now(): Millis;
  /** Calls back once, after the delay, unless the answer is called first. */
  schedule(delayMs: Millis, callback: () => void): () => void;
}

/** What a timer of the runtime can wait for at most; a longer delay would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, LONGEST_DELAY_MS));
    return () => clearTimeout(timer);
  },
};
