/** Something that takes up a slot, from an address that the network vouches for no further. */
export interface Guest {
  readonly hostname: string;
  evict(): void;
}

/**
 * The handshakes in flight of those who came in. When all slots are taken the oldest guest of the
 * host that takes up most of them goes: whoever floods, floods itself out first.
 */
export class HandshakeSlots {
  readonly #capacity: number;
  readonly #guests = new Set<Guest>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#guests.size;
  }

  add(guest: Guest): void {
    this.#guests.add(guest);
    if (this.#guests.size <= this.#capacity) return;
    const victim = this.#oldestOfBusiestHost();
    this.#guests.delete(victim);
    victim.evict();
  }

  delete(guest: Guest): void {
    this.#guests.delete(guest);
  }

  #oldestOfBusiestHost(): Guest {
    const counts = Map.groupBy(this.#guests, ({ hostname }) => hostname);
    const busiest = [...counts.values()].sort((left, right) => right.length - left.length)[0]!;
    return busiest[0]!;
  }
}
