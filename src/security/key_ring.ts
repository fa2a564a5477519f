import { assert } from "../core/kernel/assert.ts";

/** One stretch of a formation's life, from one rotation of its keys to the next. */
export interface Epoch {
  readonly number: number;
  /** In the formation's time. */
  readonly startedAtMs: number;
  /** How long the epoch before this one is still good. */
  readonly graceMs: number;
  readonly groupKey: Uint8Array;
}

/** Six bits of the epoch's number are in a datagram. */
export const EPOCH_BITS = 0x3f;

/**
 * The epochs of a formation, oldest first, and which of them are good when.
 *
 * A rotation reaches the machines one by one, so everyone goes on sealing with the old key for the
 * first half of the grace, and both keys open everything until its end. Whose time is off by less than
 * half the grace never falls out.
 */
export class KeyRing<E extends Epoch = Epoch> {
  readonly #epochs: readonly E[];

  constructor(epochs: readonly E[]) {
    assert(epochs.length > 0, "Cannot make a key ring without an epoch");
    this.#epochs = epochs;
  }

  get newest(): E {
    return this.#epochs.at(-1)!;
  }

  /** The epoch to seal and to show certificates with. */
  current(formationTimeMs: number): E {
    const timeMs = this.#notBeforeNewest(formationTimeMs);
    return this.#epochs.findLast(({ startedAtMs, graceMs }) =>
      timeMs >= startedAtMs + graceMs / 2
    ) ?? this.#epochs[0]!;
  }

  /** Those that are good now, oldest first. */
  accepted(formationTimeMs: number): E[] {
    const timeMs = this.#notBeforeNewest(formationTimeMs);
    return this.#epochs.filter((_, index) => {
      const next = this.#epochs[index + 1];
      return next === undefined || timeMs < next.startedAtMs + next.graceMs;
    });
  }

  /** The epoch of this number, if it is good now. */
  find(number: number, formationTimeMs: number): E | undefined {
    return this.accepted(formationTimeMs).find((epoch) => epoch.number === number);
  }

  /** The epoch of this number, whether or not it is good now. */
  findAny(number: number): E | undefined {
    return this.#epochs.find((epoch) => epoch.number === number);
  }

  /** The epoch that a datagram with these bits is sealed under, if it is good now. */
  findByBits(bits: number, formationTimeMs: number): E | undefined {
    return this.accepted(formationTimeMs).find(({ number }) => (number & EPOCH_BITS) === bits);
  }

  /** The same, whether or not it is good now. */
  findAnyByBits(bits: number): E | undefined {
    return this.#epochs.findLast(({ number }) => (number & EPOCH_BITS) === bits);
  }

  /** It is at least as late as the newest epoch's start, whatever a clock without battery says. */
  #notBeforeNewest(formationTimeMs: number): number {
    return Math.max(formationTimeMs, this.newest.startedAtMs);
  }
}
