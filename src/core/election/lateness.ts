import { type Millis, SECOND } from "../kernel/time.ts";

/** A timer is late by a few milliseconds on any machine. */
const NOTABLE_MS: Millis = 20;

/** How long a late timer says something about the next ones. */
const REMEMBERED_MS: Millis = 10 * SECOND;

/** How many late timers are remembered; more of them say nothing new. */
const SAMPLES_LIMIT = 16;

interface Sample {
  readonly at: Millis;
  readonly lateMs: Millis;
}

/**
 * How late this member's own timers are of late. Whoever is kept waiting by its machine cannot tell
 * a leader that is gone from one that is kept waiting as well, so it is that much more patient.
 */
export class Lateness {
  readonly #mostMs: Millis;
  #samples: Sample[] = [];

  /** More than `mostMs` nobody waits longer, however late its timers are. */
  constructor(mostMs: Millis) {
    this.#mostMs = mostMs;
  }

  note(now: Millis, lateMs: Millis): void {
    if (lateMs < NOTABLE_MS) return;
    this.#samples = [...this.#recent(now), { at: now, lateMs }].slice(-SAMPLES_LIMIT);
  }

  /**
   * By how much longer a leader is waited for. It is the second of the longest delays, since one
   * alone, such as that of a process that just started, is no habit.
   */
  allowance(now: Millis): Millis {
    if (this.#samples.length < 2) return 0;
    const second = this.#recent(now).map(({ lateMs }) => lateMs)
      .sort((left, right) => right - left)[1];
    return Math.min(this.#mostMs, second ?? 0);
  }

  #recent(now: Millis): Sample[] {
    return this.#samples.filter(({ at }) => now - at <= REMEMBERED_MS);
  }
}
