import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { JsonValue, Stored } from "../core/kernel/json_value.ts";
import { openDatabase } from "./database.ts";

/** Marks the file as ours: "peat" in ASCII. */
const APPLICATION_ID = 0x70656174;

const NODE_ID = "nodeId";

/** How far a device had come in what it says. */
export interface HeardMark {
  readonly deviceId: string;
  readonly boot: number;
  readonly sequence: number;
}

/**
 * What a node must not forget: JSON by key, in one SQLite file. A value is on the disk to stay
 * before `put` returns, which is what the core relies on before it uses a boot number.
 */
export class StateStore {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare(
      "INSERT INTO state (key, value) VALUES (?, ?) " +
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
  }

  static async open(path: string): Promise<StateStore> {
    return await openDatabase(path, LAYOUTS, "state", (database) => {
      const store = new StateStore(database);
      store.load();
      return store;
    });
  }

  /** Everything that the core put, as it was. */
  load(): Stored {
    const rows = this.#database.prepare("SELECT key, value FROM state").all();
    return Object.fromEntries(rows.map((row) => [String(row.key), JSON.parse(String(row.value))]));
  }

  /** Throws when the disk refuses, and then the old value stays. */
  put(key: string, value: JsonValue): void {
    this.#insert.run(key, JSON.stringify(value));
  }

  /** How far each device had come that was heard. */
  loadMarks(): HeardMark[] {
    const rows = this.#database.prepare("SELECT device, boot, sequence FROM heard ORDER BY place");
    return rows.all().map(({ device, boot, sequence }) => ({
      deviceId: String(device),
      boot: Number(boot),
      sequence: Number(sequence),
    }));
  }

  /** Replaces all of them at once, or none. Throws when the disk refuses. */
  putMarks(marks: readonly HeardMark[]): void {
    const insert = this.#database.prepare(
      "INSERT INTO heard (place, device, boot, sequence) VALUES (?, ?, ?, ?)",
    );
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      this.#database.exec("DELETE FROM heard");
      marks.forEach(({ deviceId, boot, sequence }, place) =>
        insert.run(place, deviceId, boot, sequence)
      );
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Whose state this is. */
  get nodeId(): string | undefined {
    const row = this.#database.prepare("SELECT value FROM identity WHERE key = ?").get(NODE_ID);
    return row === undefined ? undefined : String(row.value);
  }

  claimNodeId(nodeId: string): void {
    this.#database.prepare("INSERT INTO identity (key, value) VALUES (?, ?)").run(NODE_ID, nodeId);
  }

  close(): void {
    this.#database.close();
  }
}

/** What each layout has beyond the one before it. */
const LAYOUTS = [
  `CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE identity (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   PRAGMA application_id = ${APPLICATION_ID};`,
  `CREATE TABLE heard (
     place INTEGER PRIMARY KEY, device TEXT NOT NULL, boot INTEGER NOT NULL, sequence INTEGER NOT NULL
   ) STRICT;`,
];
