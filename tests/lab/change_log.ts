import type { TestProcess } from "../e2e/test_process.ts";

/** What a line that a node printed says of its view. */
export interface Change {
  readonly name: string;
  readonly isThere: boolean;
}

/**
 * Whom a node holds for alive, read from what it prints as it happens. Nobody asks it anything: a
 * question for every look would take from the node the time that is measured.
 */
export class ChangeLog {
  readonly #process: TestProcess;
  readonly #changeIn: (line: string) => Change | undefined;
  readonly #alive = new Set<string>();
  #departures = 0;
  #readTo = 0;

  constructor(process: TestProcess, changeIn: (line: string) => Change | undefined) {
    this.#process = process;
    this.#changeIn = changeIn;
  }

  alive(): ReadonlySet<string> {
    this.#process.throwIfEnded();
    const text = this.#process.stdout();
    const end = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(this.#readTo, end).split("\n")) this.#follow(line);
    this.#readTo = end;
    return this.#alive;
  }

  /** How often somebody was there and then was not, up to the last look. */
  get departures(): number {
    return this.#departures;
  }

  #follow(line: string): void {
    const change = this.#changeIn(line);
    if (change?.isThere) this.#alive.add(change.name);
    else if (change !== undefined && this.#alive.delete(change.name)) this.#departures++;
  }
}
