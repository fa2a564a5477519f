import type { Millis, WallMillis } from "../core/kernel/time.ts";

/** The wall time at which every simulation begins. */
export const SIMULATION_EPOCH: WallMillis = Date.UTC(2026, 0, 1);

const MILLION = 1_000_000;

/**
 * One node's clocks as a function of true time. The monotonic clock drifts but never jumps; the
 * wall clock drifts with it and steps when somebody sets it.
 */
export class VirtualClock {
  #baseTrue: Millis;
  #baseLocal: Millis;
  #rate: number;
  #wallOffsetMs: number;

  constructor(options: { localAtZero: Millis; driftPpm: number; wallOffsetMs: number }) {
    this.#baseTrue = 0;
    this.#baseLocal = options.localAtZero;
    this.#rate = 1 + options.driftPpm / MILLION;
    this.#wallOffsetMs = options.wallOffsetMs - options.localAtZero;
  }

  monotonic(trueNow: Millis): Millis {
    return this.#baseLocal + (trueNow - this.#baseTrue) * this.#rate;
  }

  wall(trueNow: Millis): WallMillis {
    return Math.floor(SIMULATION_EPOCH + this.#wallOffsetMs + this.monotonic(trueNow));
  }

  /** The first whole true millisecond at which the monotonic clock shows `local` or more. */
  trueTimeOf(local: Millis): Millis {
    if (local === Infinity) return Infinity;
    const guess = Math.ceil(this.#baseTrue + (local - this.#baseLocal) / this.#rate);
    // The division rounds. A wake-up that comes a rounding too early would be asked for forever.
    if (this.monotonic(guess) < local) return guess + 1;
    return this.monotonic(guess - 1) >= local ? guess - 1 : guess;
  }

  setDrift(trueNow: Millis, driftPpm: number): void {
    this.#baseLocal = this.monotonic(trueNow);
    this.#baseTrue = trueNow;
    this.#rate = 1 + driftPpm / MILLION;
  }

  stepWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }
}
