import { type Millis, NEVER } from "./time.ts";

/**
 * Items by the time they are due. Items due at one time leave in the order they came. The heap is
 * three arrays side by side, because a mesh keeps an entry for each of a million pairs.
 */
export class DeadlineHeap<T> {
  readonly #times: Millis[] = [];
  readonly #orders: number[] = [];
  readonly #items: T[] = [];
  #order = 0;

  push(at: Millis, item: T): void {
    const order = this.#order++;
    let index = this.#items.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#isBefore(parent, at, order)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#put(index, at, order, item);
  }

  /** Takes the first item that is due. */
  pop(now: Millis): T | undefined {
    if (this.#items.length === 0 || this.#times[0]! > now) return undefined;
    const first = this.#items[0]!;
    const at = this.#times.pop()!;
    const order = this.#orders.pop()!;
    const item = this.#items.pop()!;
    if (this.#items.length > 0) this.#sink(at, order, item);
    return first;
  }

  /** Drops every item that the test refuses. For what was cancelled long before it is due. */
  retain(test: (item: T) => boolean): void {
    const kept = this.#items
      .map((item, index) => ({ at: this.#times[index]!, order: this.#orders[index]!, item }))
      .filter(({ item }) => test(item))
      .sort((left, right) => left.at - right.at || left.order - right.order);
    this.#times.length = this.#orders.length = this.#items.length = kept.length;
    // A sorted array is a heap.
    kept.forEach(({ at, order, item }, index) => this.#put(index, at, order, item));
  }

  /** When the first item is due. */
  deadline(): Millis {
    return this.#items.length === 0 ? NEVER : this.#times[0]!;
  }

  get size(): number {
    return this.#items.length;
  }

  #sink(at: Millis, order: number, item: T): void {
    const size = this.#items.length;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= size) break;
      const other = child + 1;
      if (other < size && this.#isBefore(other, this.#times[child]!, this.#orders[child]!)) {
        child = other;
      }
      if (!this.#isBefore(child, at, order)) break;
      this.#move(child, index);
      index = child;
    }
    this.#put(index, at, order, item);
  }

  #isBefore(index: number, at: Millis, order: number): boolean {
    const time = this.#times[index]!;
    return time < at || (time === at && this.#orders[index]! < order);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from]!, this.#orders[from]!, this.#items[from]!);
  }

  #put(index: number, at: Millis, order: number, item: T): void {
    this.#times[index] = at;
    this.#orders[index] = order;
    this.#items[index] = item;
  }
}
