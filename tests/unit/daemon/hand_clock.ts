import type { Clock } from "../../../src/daemon/clock.ts";

/** Time that moves when the test says so. */
export class HandClock implements Clock {
  #now = 0;
  #timer: { at: number; callback: () => void } | undefined;

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timer = timer;
    return () => {
      if (this.#timer === timer) this.#timer = undefined;
    };
  }

  get isArmed(): boolean {
    return this.#timer !== undefined;
  }

  advance(durationMs: number): void {
    const until = this.#now + durationMs;
    while (this.#timer !== undefined && this.#timer.at <= until) {
      const { at, callback } = this.#timer;
      this.#timer = undefined;
      this.#now = at;
      callback();
    }
    this.#now = until;
  }
}
