import type { DatabaseSync } from "node:sqlite";
import { OperatingError } from "../core/kernel/operating_error.ts";

/** What a file holds, in the words of errors. */
type What = "state" | "documents";

/**
 * Opens a SQLite file whose writes are on the disk to stay when they return, looks whether it is
 * whole, and brings it to the latest layout. `use` has the first look into it.
 */
export async function openDatabase<T>(
  path: string,
  layouts: readonly string[],
  what: What,
  use: (database: DatabaseSync) => T,
): Promise<T> {
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    prepare(database, path, layouts, what);
    return use(database);
  } catch (error) {
    if (database?.isOpen) database.close();
    throw error instanceof OperatingError ? error : explain(error, path, what);
  }
}

function prepare(
  database: DatabaseSync,
  path: string,
  layouts: readonly string[],
  what: What,
): void {
  database.exec("PRAGMA busy_timeout = 2000; PRAGMA synchronous = NORMAL");
  database.exec("PRAGMA journal_mode = WAL");
  const check = pragma(database, "quick_check(1)");
  if (check !== "ok") throw new Error(String(check));
  const version = Number(pragma(database, "user_version"));
  if (version > layouts.length) {
    throw new OperatingError(
      `Cannot open the node's ${what}: ${path} was written by a newer peat (layout ${version})`,
      { code: `${what}-too-new`, hint: "run that version, or use another --data-dir" },
    );
  }
  // An empty layout need not be on the disk to stay: the first value takes it along.
  if (version < layouts.length) createLayout(database, version, layouts);
  database.exec("PRAGMA synchronous = FULL");
}

function createLayout(
  database: DatabaseSync,
  fromVersion: number,
  layouts: readonly string[],
): void {
  database.exec(`
    BEGIN IMMEDIATE;
    ${layouts.slice(fromVersion).join("\n")}
    PRAGMA user_version = ${layouts.length};
    COMMIT;
  `);
}

function pragma(database: DatabaseSync, text: string): unknown {
  const row = database.prepare(`PRAGMA ${text}`).get() ?? {};
  return Object.values(row)[0];
}

/** Damage is never repaired behind the owner's back: only a person knows what a backup is worth. */
function explain(error: unknown, path: string, what: What): OperatingError {
  const reason = error instanceof Error ? error.message : String(error);
  const isAboutTheDisk = /disk|full|readonly|unable to open|i\/o/i.test(reason) &&
    !/malformed|not a database/.test(reason);
  const state = isAboutTheDisk ? `${path}: ${reason}` : `${path} is damaged (${reason})`;
  return new OperatingError(`Cannot open the node's ${what}: ${state}`, {
    code: isAboutTheDisk ? `${what}-unusable` : `${what}-damaged`,
    hint: isAboutTheDisk
      ? "free space, check the directory's mode, or use another --data-dir"
      : `restore a backup, or start afresh after: mv ${path} ${path}.damaged`,
    cause: error,
  });
}
