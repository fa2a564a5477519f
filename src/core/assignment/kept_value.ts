import { type Millis, NEVER, SECOND } from "../kernel/time.ts";

/** How soon a disk that refused is asked again. */
const ASK_AGAIN_MS: Millis = 1 * SECOND;

/**
 * Sees to it that a value that changes comes to the disk: one write at a time, what changed
 * meanwhile with the next, and again when the disk refused.
 */
export class KeptValue {
  #version = 0;
  #kept = 0;
  #writing: number | undefined;
  #askAt: Millis = NEVER;

  /** Answers a number that is kept once a write that began later is. */
  change(now: Millis): number {
    if (this.#askAt === NEVER) this.#askAt = now;
    return ++this.#version;
  }

  isKept(version: number): boolean {
    return version <= this.#kept;
  }

  /** Answers whether to write now, and takes it that it is done. */
  takeTurn(now: Millis): boolean {
    if (this.deadline > now) return false;
    this.#writing = this.#version;
    this.#askAt = NEVER;
    return true;
  }

  persisted(now: Millis): void {
    this.#kept = this.#writing ?? this.#kept;
    this.#writing = undefined;
    if (this.#kept < this.#version) this.#askAt = now;
  }

  refused(now: Millis): void {
    this.#writing = undefined;
    this.#askAt = now + ASK_AGAIN_MS;
  }

  get deadline(): Millis {
    return this.#writing === undefined ? this.#askAt : NEVER;
  }
}
