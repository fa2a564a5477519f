import type { JsonValue, Stored } from "../kernel/json_value.ts";
import type { CellKey } from "./cell_io.ts";
import { readWhereabouts, storedWhereabouts } from "./cell_record.ts";

/** Where the cell that the node is in now lives on the disk. */
const WHEREABOUTS_KEY = "cell";

/** A node that moves on from more cells than that forgets the first of them. */
export const CELLS_REMEMBERED = 8;

export const CELL_KEYS: readonly CellKey[] = ["roster", "ballot"];

/** Each cell has keys of its own, so that a node that comes back to a cell forgot no vote there. */
export function storedKey(key: CellKey, cellId: string): string {
  return `cell ${cellId} ${key}`;
}

export interface Entry {
  readonly key: string;
  readonly value: JsonValue;
}

/** How a node comes to be in a cell. */
interface Entrance {
  readonly current: string;
  readonly from: string | undefined;
  readonly home: string | undefined;
  readonly isOrdered: boolean;
}

/** What a node remembers of the cells that it was in, and in which one it is. */
export class CellMemory {
  readonly #kept = new Map<string, JsonValue>();
  #configured: string | null = null;
  #visited: readonly string[] = [];
  #home: string | undefined;
  #isOrdered = false;

  /** Answers which cell the node is in: its operator's latest word, unless it was moved since. */
  recall(stored: Stored, configured: string | undefined): string | undefined {
    this.#configured = configured ?? null;
    const last = readWhereabouts(stored[WHEREABOUTS_KEY]);
    this.#visited = last?.visited.slice(-CELLS_REMEMBERED) ?? [];
    const isMoved = last !== undefined && last.configured === this.#configured;
    this.#home = isMoved ? last.home : undefined;
    this.#isOrdered = isMoved && last.isOrdered === true;
    const current = isMoved ? last.current : configured;
    const cells = current === undefined ? this.#visited : [...this.#visited, current];
    for (const key of cells.flatMap((cell) => CELL_KEYS.map((one) => storedKey(one, cell)))) {
      const value = stored[key];
      if (value !== undefined) this.#kept.set(key, value);
    }
    return current;
  }

  /** For which place the node is where it is, if it found its cell by itself. */
  get home(): string | undefined {
    return this.#home;
  }

  /** Whether an operator put it where it is, or where it was moved from since. */
  get isOrdered(): boolean {
    return this.#isOrdered;
  }

  /** What a cell wrote, for when the node is in it again. */
  note({ key, value }: Entry): void {
    this.#kept.set(key, value);
  }

  of(cellId: string): { readonly roster: unknown; readonly ballot: unknown } {
    return {
      roster: this.#kept.get(storedKey("roster", cellId)),
      ballot: this.#kept.get(storedKey("ballot", cellId)),
    };
  }

  /** The node is in that cell from now on. Answers what the disk is to keep of it. */
  enter({ current, from, home, isOrdered }: Entrance): Entry[] {
    this.#home = home;
    this.#isOrdered = isOrdered;
    const before = from === undefined ? [] : [from];
    const cells = [...this.#visited, ...before, current];
    const visited = cells.filter((cell, place) => cells.lastIndexOf(cell) === place);
    const forgotten = visited.slice(0, Math.max(0, visited.length - CELLS_REMEMBERED));
    this.#visited = visited.slice(forgotten.length);
    const keys = forgotten.flatMap((cell) => CELL_KEYS.map((key) => storedKey(key, cell)));
    for (const key of keys) this.#kept.delete(key);
    const value = storedWhereabouts({
      configured: this.#configured,
      current,
      visited: this.#visited,
      ...(home === undefined ? {} : { home }),
      ...(isOrdered ? { isOrdered } : {}),
    });
    return [
      { key: WHEREABOUTS_KEY, value },
      ...keys.map((key) => ({ key, value: null })),
    ];
  }
}
