import { type Millis, NEVER } from "./time.ts";

interface Entry<T> {
  readonly at: Millis;
  readonly order: number;
  readonly item: T;
}

/** Items by the time they are due. Items due at one time leave in the order they came. */
export class DeadlineHeap<T> {
  readonly #entries: Entry<T>[] = [];
  #order = 0;
  /** Asked far more often than anything changes. */
  #earliest: Millis = NEVER;

  push(at: Millis, item: T): void {
    const entry = { at, order: this.#order++, item };
    let index = this.#entries.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(this.#entries[parent]!, entry)) break;
      this.#entries[index] = this.#entries[parent]!;
      index = parent;
    }
    this.#entries[index] = entry;
    this.#earliest = this.#entries[0]!.at;
  }

  /** Takes the first item that is due. */
  pop(now: Millis): T | undefined {
    const first = this.#entries[0];
    if (first === undefined || first.at > now) return undefined;
    const last = this.#entries.pop()!;
    if (this.#entries.length > 0) this.#sink(last);
    this.#earliest = this.#entries[0]?.at ?? NEVER;
    return first.item;
  }

  /** Drops every item that the test refuses. For what was cancelled long before it is due. */
  retain(test: (item: T) => boolean): void {
    const kept = this.#entries.filter((entry) => test(entry.item));
    this.#entries.length = 0;
    // A sorted array is a heap.
    kept.sort((left, right) => isBefore(left, right) ? -1 : 1);
    for (const entry of kept) this.#entries.push(entry);
    this.#earliest = kept[0]?.at ?? NEVER;
  }

  /** When the first item is due. */
  deadline(): Millis {
    return this.#earliest;
  }

  get size(): number {
    return this.#entries.length;
  }

  #sink(entry: Entry<T>): void {
    const entries = this.#entries;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && isBefore(entries[child + 1]!, entries[child]!)) child++;
      if (isBefore(entry, entries[child]!)) break;
      entries[index] = entries[child]!;
      index = child;
    }
    entries[index] = entry;
  }
}

function isBefore<T>(left: Entry<T>, right: Entry<T>): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}
