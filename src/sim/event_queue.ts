import type { Millis } from "../core/kernel/time.ts";

/** What is due in one millisecond, in the order in which it was scheduled. */
interface Slot<T> {
  readonly at: Millis;
  readonly targets: number[];
  readonly items: T[];
}

/**
 * Everything that will happen, by the millisecond. A thousand nodes schedule a hundred million
 * deliveries in ten minutes, so an event is two entries in two arrays and no object of its own.
 */
export class EventQueue<T> {
  readonly #slots = new Map<Millis, Slot<T>>();
  /** The milliseconds that have a slot, as a binary heap. */
  readonly #times: Millis[] = [];
  #size = 0;

  /** Times are whole milliseconds. What is scheduled for a slot under way still happens in it. */
  push(at: Millis, target: number, item: T): void {
    let slot = this.#slots.get(at);
    if (slot === undefined) {
      slot = { at, targets: [], items: [] };
      this.#slots.set(at, slot);
      this.#rise(at);
    }
    slot.targets.push(target);
    slot.items.push(item);
    this.#size++;
  }

  /** When the next event is due. */
  next(): Millis | undefined {
    return this.#times[0];
  }

  get size(): number {
    return this.#size;
  }

  /** Runs everything that is due at the next time, what it schedules for that time included. */
  runSlot(run: (at: Millis, target: number, item: T) => boolean): boolean {
    const slot = this.#slots.get(this.#times[0]!);
    if (slot === undefined) return true;
    for (let index = 0; index < slot.items.length; index++) {
      this.#size--;
      if (!run(slot.at, slot.targets[index]!, slot.items[index]!)) return false;
    }
    this.#slots.delete(slot.at);
    this.#sink();
    return true;
  }

  #rise(at: Millis): void {
    const times = this.#times;
    let index = times.push(at) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (times[parent]! <= at) break;
      times[index] = times[parent]!;
      index = parent;
    }
    times[index] = at;
  }

  #sink(): void {
    const times = this.#times;
    const last = times.pop()!;
    if (times.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && times[child + 1]! < times[child]!) child++;
      if (last <= times[child]!) break;
      times[index] = times[child]!;
      index = child;
    }
    times[index] = last;
  }
}
