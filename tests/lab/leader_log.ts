import type { TestProcess } from "../e2e/test_process.ts";

/** Who leads a node's cell, in the words of its `leader` events. */
export interface Lead {
  readonly ts: string;
  readonly leaderId?: string;
  readonly term?: number;
  readonly authority?: string;
  readonly cause: string;
}

/** The leaders that a node tells of, read from what it prints as it happens. */
export class LeaderLog {
  readonly #process: TestProcess;
  readonly #leads: Lead[] = [];
  #readTo = 0;

  constructor(process: TestProcess) {
    this.#process = process;
  }

  leads(): readonly Lead[] {
    const text = this.#process.stdout();
    const end = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(this.#readTo, end).split("\n")) {
      if (line === "") continue;
      const { type, ...lead } = JSON.parse(line);
      if (type === "leader") this.#leads.push(lead);
    }
    this.#readTo = end;
    return this.#leads;
  }
}
