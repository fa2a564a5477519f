import type { Millis } from "../../core/kernel/time.ts";

/** How often the path is measured at most, */
const SPACING_MS: Millis = 10;

/** and how many measurements are under way at once, at most. */
const MOST_UNDER_WAY = 8;

/** So many measurements come in one round trip. */
const PER_ROUND_TRIP = 8;

export interface PathClockOptions {
  /** Asks the other side to say this number back at once. */
  readonly ask: (number: number) => void;
  readonly onMeasured: (now: Millis, elapsedMs: Millis) => void;
}

/** Measures how long the path takes there and back, by small messages that go ahead of all bulk. */
export class PathClock {
  readonly #options: PathClockOptions;
  /** When each question that waits for its answer was asked. */
  readonly #asked = new Map<number, Millis>();
  #number = 0;
  #lastAt: Millis = -Infinity;
  #quickestMs: Millis = Infinity;

  constructor(options: PathClockOptions) {
    this.#options = options;
  }

  /** Called while bulk is on its way, as often as one likes. */
  tick(now: Millis): void {
    const spacingMs = this.#quickestMs === Infinity ? 0 : this.#quickestMs / PER_ROUND_TRIP;
    if (now - this.#lastAt < Math.max(SPACING_MS, spacingMs)) return;
    if (this.#asked.size >= MOST_UNDER_WAY) return;
    this.#lastAt = now;
    this.#asked.set(++this.#number, now);
    this.#options.ask(this.#number);
  }

  /** The first stream keeps order, so what was asked before and is not answered now never will be. */
  answered(now: Millis, number: number): void {
    const askedAt = this.#asked.get(number);
    if (askedAt === undefined) return;
    for (const earlier of this.#asked.keys()) if (earlier <= number) this.#asked.delete(earlier);
    this.#quickestMs = Math.min(this.#quickestMs, now - askedAt);
    this.#options.onMeasured(now, now - askedAt);
  }
}
