const TICK_MS = 20;

/** A timer is always a little late, also on a machine that does nothing else. */
const USUAL_MS = 5;

/**
 * How late this machine is for a timer of the test, all together since it began to be measured. A
 * machine that does much else is as late for whatever the test judges by its time.
 */
export class Lateness implements Disposable {
  #sumMs = 0;
  #expectedAt = performance.now() + TICK_MS;
  #timer = setTimeout(() => this.#tick(), TICK_MS);

  get ms(): number {
    // A timer that is overdue this moment counts as well.
    return this.#sumMs + Math.max(0, performance.now() - this.#expectedAt - USUAL_MS);
  }

  #tick(): void {
    this.#sumMs = this.ms;
    this.#expectedAt = performance.now() + TICK_MS;
    this.#timer = setTimeout(() => this.#tick(), TICK_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
