import { type Millis, NEVER, SECOND } from "../kernel/time.ts";
import type { Archive } from "./archive.ts";
import type { DocumentKey } from "./collection.ts";
import type { Saved } from "./document.ts";
import type { Written } from "./writer.ts";

/** What the disk refused is not tried again before this; until then nothing comes in either. */
const RETRY_MS: Millis = 1 * SECOND;

interface Begun {
  readonly ticket: number;
  readonly marks: ReturnType<Archive["marksOf"]>;
}

/**
 * Brings documents to the disk, one save at a time, and holds back every acknowledgement until what
 * it is about is there. What the disk refuses is taken back: it was told to nobody.
 */
export class Saves {
  readonly #archive: Archive;
  /** Acknowledgements for what no save has taken yet, and for what the present one takes. */
  #waiting: Written[] = [];
  #inSave: Written[] = [];
  #acknowledged: Written[] = [];
  #begun: Begun | undefined;
  #ticket = 0;
  /** After a refusal, not before this. */
  #retryAt: Millis = -Infinity;
  #failures = 0;

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  /** How often the disk refused. */
  get failures(): number {
    return this.#failures;
  }

  get retryAt(): Millis {
    return this.#begun === undefined && this.#archive.hasUnsaved ? this.#retryAt : NEVER;
  }

  acknowledge(written: Written): void {
    const { outcome } = written;
    const mayWait = outcome.kind === "written" && this.#archive.isUnsaved(outcome.key);
    if (mayWait) this.#waiting.push(written);
    else this.#acknowledged.push(written);
  }

  acknowledged(): Written[] {
    return this.#acknowledged.splice(0);
  }

  /** What is to be saved now, if anything. */
  begin(now: Millis): { ticket: number; documents: Saved[] } | undefined {
    if (this.#begun !== undefined || !this.#archive.hasUnsaved) return undefined;
    if (now < this.#retryAt) return undefined;
    this.#retryAt = -Infinity;
    const documents = this.#archive.unsaved(now);
    this.#begun = { ticket: ++this.#ticket, marks: this.#archive.marksOf(documents) };
    this.#inSave = this.#waiting;
    this.#waiting = [];
    return { ticket: this.#ticket, documents };
  }

  /** Answers what is on the disk now that was not before. */
  finish(ticket: number): DocumentKey[] {
    const begun = this.#begun;
    if (begun?.ticket !== ticket) return [];
    this.#begun = undefined;
    this.#archive.keep(begun.marks);
    this.#acknowledged.push(...this.#inSave.splice(0));
    return [...begun.marks.keys()];
  }

  /** Answers what is again as it was. */
  fail(now: Millis, ticket: number, reason: string): DocumentKey[] {
    const begun = this.#begun;
    if (begun?.ticket !== ticket) return [];
    this.#begun = undefined;
    this.#failures++;
    this.#retryAt = now + RETRY_MS;
    const keys = [...begun.marks].flatMap(([key, mark]) => mark === undefined ? [] : [key]);
    this.#archive.revert(keys);
    const refused = [...this.#inSave.splice(0), ...this.#waiting.splice(0)];
    for (const { requestId, outcome } of refused) {
      const { key } = outcome;
      const isGone = keys.includes(key);
      if (!isGone) this.#waiting.push({ requestId, outcome });
      else {
        const refusal = { kind: "refused", key, reason: "disk", detail: reason } as const;
        this.#acknowledged.push({ requestId, outcome: refusal });
      }
    }
    return keys;
  }
}
