import { type Millis, NEVER } from "./time.ts";

/**
 * The named timers of one machine. A driver needs one real timer for a whole node, and
 * `peat node status` can say why the node wakes next.
 */
export class TimerTable<Name extends string> {
  readonly #deadlines = new Map<Name, Millis>();
  #earliest: Millis = NEVER;

  /** Arms a timer, or moves it if it is armed already. */
  set(name: Name, at: Millis): void {
    const previous = this.#deadlines.get(name);
    this.#deadlines.set(name, at);
    if (at <= this.#earliest) this.#earliest = at;
    else if (previous === this.#earliest) this.#findEarliest();
  }

  clear(name: Name): void {
    const previous = this.#deadlines.get(name);
    if (previous === undefined) return;
    this.#deadlines.delete(name);
    if (previous === this.#earliest) this.#findEarliest();
  }

  has(name: Name): boolean {
    return this.#deadlines.has(name);
  }

  /** When the timer is due, `NEVER` while it is not armed. */
  at(name: Name): Millis {
    return this.#deadlines.get(name) ?? NEVER;
  }

  /** Disarms the timer and answers true if it is due. A timer fires once for each time it is set. */
  take(name: Name, now: Millis): boolean {
    const at = this.#deadlines.get(name);
    if (at === undefined || at > now) return false;
    this.clear(name);
    return true;
  }

  deadline(): Millis {
    return this.#earliest;
  }

  /** Why the machine wakes next. */
  next(): { name: Name; at: Millis } | undefined {
    for (const [name, at] of this.#deadlines) {
      if (at === this.#earliest) return { name, at };
    }
    return undefined;
  }

  #findEarliest(): void {
    this.#earliest = NEVER;
    for (const at of this.#deadlines.values()) {
      if (at < this.#earliest) this.#earliest = at;
    }
  }
}
