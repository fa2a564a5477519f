import type { Random } from "../core/kernel/random.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { DocumentKey } from "../core/state/collection.ts";
import { bytesOf } from "../core/state/mark.ts";
import {
  type Change,
  lifeOf,
  type Saved,
  type StoredDocument,
  type Versions,
} from "../core/state/document.ts";
import type { ChangeDisk, SaveBatch } from "../store/automerge_documents.ts";

interface Kept {
  readonly saved: Saved;
  readonly changes: readonly Change[];
  readonly at: Millis;
}

/** The documents on a simulated disk. A crash keeps all of a save that was not synced, or nothing. */
export class VirtualChangeDisk implements ChangeDisk {
  readonly #random: Random;
  #synced = new Map<DocumentKey, Kept>();
  #pending: Map<DocumentKey, Kept> | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  write(at: Millis, batches: readonly SaveBatch[]): void {
    const pending = new Map(this.#synced);
    for (const { saved, changes } of batches) {
      const before = pending.get(saved.key);
      const isSame = before?.saved.generation === saved.generation;
      if (saved.isDropped) pending.delete(saved.key);
      else {
        const all = [...isSame ? before.changes : [], ...changes];
        pending.set(saved.key, { saved, changes: all, at });
      }
    }
    this.#pending = pending;
  }

  sync(): void {
    if (this.#pending !== undefined) this.#synced = this.#pending;
    this.#pending = undefined;
  }

  crash(): void {
    if (this.#pending !== undefined && this.#random.chance(0.5)) this.sync();
    this.forget();
  }

  /** What was not synced was never written. */
  forget(): void {
    this.#pending = undefined;
  }

  wipe(): void {
    this.#synced = new Map();
    this.#pending = undefined;
  }

  /** Puts something there that no node asked for. */
  plant(at: Millis, saved: Saved, changes: readonly Change[]): void {
    this.#synced.set(saved.key, { saved, changes, at });
  }

  load(at: Millis): StoredDocument[] {
    return [...this.#synced.values()].map(({ saved, changes, at: savedAt }): StoredDocument => {
      const lives = new Map<string, number>();
      for (const change of changes) lives.set(lifeOf(change), change.number);
      return {
        ...saved,
        quietMs: saved.quietMs + at - savedAt,
        versions: Object.fromEntries(lives),
        bytes: changes.reduce((sum, change) => sum + bytesOf(change), 0),
        changeCount: changes.length,
      };
    });
  }

  generation(key: DocumentKey): number | undefined {
    return this.#synced.get(key)?.saved.generation;
  }

  changes(key: DocumentKey, generation: number, known: Versions = {}): Change[] {
    const kept = this.#synced.get(key);
    if (kept?.saved.generation !== generation) return [];
    return kept.changes.filter((change) => change.number > (known[lifeOf(change)] ?? 0));
  }
}
