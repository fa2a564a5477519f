import type { EventLine } from "./contract.ts";

const SUBSCRIBER_LIMIT = 32;

/** How many events may wait for a reader. */
export const BACKLOG_LIMIT = 1_024;

/**
 * Hands every event to every reader. A reader that falls a whole backlog behind is told so and
 * hung up on: it may ask again and begin anew, and the node never waits for it.
 */
export class EventFeed {
  readonly #readers = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #encoder = new TextEncoder();
  #dropped = 0;

  /** Undefined when there are as many readers as there may be. */
  subscribe(): ReadableStream<Uint8Array> | undefined {
    if (this.#readers.size === SUBSCRIBER_LIMIT) return undefined;
    let own: ReadableStreamDefaultController<Uint8Array>;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        this.#readers.add(controller);
      },
      cancel: () => {
        this.#readers.delete(own);
      },
    }, { highWaterMark: BACKLOG_LIMIT });
  }

  publish(event: EventLine): void {
    if (this.#readers.size === 0) return;
    const bytes = this.#encode(event);
    for (const reader of this.#readers) {
      // One place is kept for the last word.
      if ((reader.desiredSize ?? 0) > 1) reader.enqueue(bytes);
      else this.#drop(reader, event.ts);
    }
  }

  /** Ends every stream, after what still waits in it. */
  close(): void {
    for (const reader of this.#readers) reader.close();
    this.#readers.clear();
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** How many readers were hung up on. */
  get dropped(): number {
    return this.#dropped;
  }

  #drop(reader: ReadableStreamDefaultController<Uint8Array>, ts: string): void {
    this.#dropped++;
    this.#readers.delete(reader);
    reader.enqueue(this.#encode({ type: "fellBehind", ts, backlog: BACKLOG_LIMIT }));
    reader.close();
  }

  #encode(event: EventLine): Uint8Array {
    return this.#encoder.encode(`${JSON.stringify(event)}\n`);
  }
}
