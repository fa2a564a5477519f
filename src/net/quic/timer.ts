import type { Millis } from "../../core/kernel/time.ts";

/** Something that happens once, later, unless it is called off. */
export class Timer {
  #timeout: ReturnType<typeof setTimeout> | undefined;

  get isRunning(): boolean {
    return this.#timeout !== undefined;
  }

  /** Does nothing when it is running. */
  start(delayMs: Millis, action: () => void): void {
    this.#timeout ??= setTimeout(() => {
      this.#timeout = undefined;
      action();
    }, delayMs);
  }

  stop(): void {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }
}

/** What the promise comes to, or undefined if that takes longer. */
export async function within<T>(delayMs: Millis, promise: Promise<T>): Promise<T | undefined> {
  const timer = new Timer();
  const lateness = new Promise<undefined>((resolve) => timer.start(delayMs, () => resolve(void 0)));
  try {
    return await Promise.race([promise, lateness]);
  } finally {
    timer.stop();
  }
}
