import { DeadlineHeap } from "../core/kernel/deadline_heap.ts";
import { type Millis, NEVER } from "../core/kernel/time.ts";

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
  /** The slots by their time, each once. */
  readonly #due = new DeadlineHeap<Slot<T>>();
  #size = 0;

  /** Times are whole milliseconds. What is scheduled for a slot under way still happens in it. */
  push(at: Millis, target: number, item: T): void {
    let slot = this.#slots.get(at);
    if (slot === undefined) {
      slot = { at, targets: [], items: [] };
      this.#slots.set(at, slot);
      this.#due.push(at, slot);
    }
    slot.targets.push(target);
    slot.items.push(item);
    this.#size++;
  }

  /** When the next event is due. */
  next(): Millis | undefined {
    const at = this.#due.deadline();
    return at === NEVER ? undefined : at;
  }

  get size(): number {
    return this.#size;
  }

  /** Runs everything that is due at the next time, what it schedules for that time included. */
  runSlot(run: (at: Millis, target: number, item: T) => boolean): boolean {
    const slot = this.#slots.get(this.#due.deadline());
    if (slot === undefined) return true;
    for (let index = 0; index < slot.items.length; index++) {
      this.#size--;
      if (!run(slot.at, slot.targets[index]!, slot.items[index]!)) return false;
    }
    this.#slots.delete(slot.at);
    this.#due.pop(slot.at);
    return true;
  }
}
