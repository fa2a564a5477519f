/** Work that runs beside everything else and ends by itself. Stopping waits until all of it has. */
export class Tasks {
  readonly #running = new Set<Promise<void>>();

  run(work: () => Promise<void>): void {
    // An error that reaches this far is a programmer's, and must not pass in silence.
    const task = work().catch(reportError).finally(() => this.#running.delete(task));
    this.#running.add(task);
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
