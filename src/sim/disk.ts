import type { JsonValue, Stored } from "../core/kernel/json_value.ts";
import type { Random } from "../core/kernel/random.ts";

/**
 * A disk that forgets what was not synced. A write is remembered at once and safe only after its
 * sync; a crash keeps any prefix of the writes that were not, as real disks do.
 */
export class VirtualDisk {
  readonly #random: Random;
  #synced = new Map<string, JsonValue>();
  #pending: { key: string; value: JsonValue }[] = [];
  #corruptReads = 0;
  #wipes = 0;
  #lostWrites = 0;
  full = false;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Answers whether the disk took it. */
  write(key: string, value: JsonValue): boolean {
    if (this.full) return false;
    this.#pending.push({ key, value });
    return true;
  }

  /** Makes safe everything that was written, up to and with the oldest write of `key`. */
  sync(key: string): boolean {
    const index = this.#pending.findIndex((write) => write.key === key);
    if (index < 0) return false;
    for (const write of this.#pending.splice(0, index + 1)) {
      this.#synced.set(write.key, write.value);
    }
    return true;
  }

  crash(): void {
    const kept = this.#random.below(this.#pending.length + 1);
    for (const write of this.#pending.slice(0, kept)) this.#synced.set(write.key, write.value);
    this.#lostWrites += this.#pending.length - kept;
    this.#pending = [];
  }

  /** How many writes were lost before they were safe. */
  get lostWrites(): number {
    return this.#lostWrites;
  }

  /** What is safe under a key. For checkers. */
  kept(key: string): JsonValue | undefined {
    return this.#synced.get(key);
  }

  /** How often everything on it was lost. */
  get wipes(): number {
    return this.#wipes;
  }

  /** Loses everything, as a disk does that is replaced. */
  wipe(): void {
    this.#wipes++;
    this.#synced.clear();
    this.#pending = [];
  }

  /** The next read finds a damaged sector, which its checksum gives away. */
  corruptNextRead(): void {
    this.#corruptReads++;
  }

  /** Everything on the disk, or undefined when it could not be read this time. */
  read(): Stored | undefined {
    if (this.#corruptReads > 0) {
      this.#corruptReads--;
      return undefined;
    }
    return Object.fromEntries(this.#synced);
  }
}
