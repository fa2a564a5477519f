/** A look that took longer was kept waiting by the machine, as was everybody who is looked at. */
const LONGEST_LOOK_MS = 100;

/**
 * The time that something may take, from look to look. A machine that does much else is late for
 * all of its processes; what it was late by is not counted against any of them.
 */
export class Patience {
  readonly #timeoutMs: number;
  readonly #now: () => number;
  #spentMs: number;
  #lookedAt: number;

  constructor(timeoutMs: number, since?: number, now: () => number = () => performance.now()) {
    this.#timeoutMs = timeoutMs;
    this.#now = now;
    this.#lookedAt = now();
    this.#spentMs = since === undefined ? 0 : this.#lookedAt - since;
  }

  /** Called once a look. */
  isOver(): boolean {
    const now = this.#now();
    this.#spentMs += Math.min(now - this.#lookedAt, LONGEST_LOOK_MS);
    this.#lookedAt = now;
    return this.#spentMs >= this.#timeoutMs;
  }
}
