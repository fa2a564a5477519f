import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { DocumentKey } from "../core/state/collection.ts";
import {
  type Change,
  type Erasure,
  type Life,
  lifeOf,
  type Saved,
  type StoredDocument,
  type Versions,
} from "../core/state/document.ts";
import type { ChangeDisk, SaveBatch } from "./automerge_documents.ts";
import { openDatabase } from "./database.ts";

/** Marks the file as ours: "peaD" in ASCII. */
const APPLICATION_ID = 0x70656144;

const LAYOUTS = [
  `CREATE TABLE documents (
     key TEXT PRIMARY KEY, generation INTEGER NOT NULL, written_at INTEGER NOT NULL, erasure TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE changes (
     place INTEGER PRIMARY KEY, key TEXT NOT NULL, generation INTEGER NOT NULL,
     author TEXT NOT NULL, boot INTEGER NOT NULL, number INTEGER NOT NULL,
     may_command INTEGER NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL,
     signature BLOB, certificate INTEGER
   ) STRICT;
   CREATE INDEX changes_of ON changes (key, place);
   CREATE TABLE certificates (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL UNIQUE) STRICT;
   CREATE TABLE seen (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;
   PRAGMA application_id = ${APPLICATION_ID};`,
];

/**
 * The documents of one node, in one SQLite file: every change as its author made and sealed it, so
 * that it proves itself to whoever gets it from here. All of a save is on the disk to stay before
 * `save` returns, or none of it is.
 */
export class DocumentStore implements ChangeDisk, Disposable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = prepare(database);
  }

  static async open(path: string): Promise<DocumentStore> {
    return await openDatabase(path, LAYOUTS, "documents", (its) => new DocumentStore(its));
  }

  /** What there is, and for how long this node did not run, by the clock of the machine. */
  load(wallMs: number): { stored: StoredDocument[]; awayMs: number } {
    const sums = new Map<DocumentKey, { lives: [Life, number][]; bytes: number; count: number }>();
    for (const row of this.#statements.sums.all()) {
      const key = String(row.key);
      const sum = sums.get(key) ?? { lives: [], bytes: 0, count: 0 };
      const life = lifeOf({ author: String(row.author), boot: Number(row.boot) });
      sum.lives.push([life, Number(row.last)]);
      sum.bytes += Number(row.bytes);
      sum.count += Number(row.count);
      sums.set(key, sum);
    }
    const stored = this.#statements.documents.all().map((row): StoredDocument => {
      const key = String(row.key);
      const { lives, bytes, count } = sums.get(key) ?? { lives: [], bytes: 0, count: 0 };
      return {
        key,
        generation: Number(row.generation),
        quietMs: Math.max(0, wallMs - Number(row.written_at)),
        versions: Object.fromEntries(lives),
        bytes,
        changeCount: count,
        ...(row.erasure === null ? {} : { erasure: JSON.parse(String(row.erasure)) as Erasure }),
      };
    });
    const seenAt = this.#statements.seen.get()?.at;
    return { stored, awayMs: seenAt === undefined ? 0 : Math.max(0, wallMs - Number(seenAt)) };
  }

  *changes(key: DocumentKey, generation: number, known: Versions): Generator<Change> {
    for (const row of this.#statements.changes.iterate(key, generation)) {
      const { signature, certificate } = row;
      const [author, boot, number] = [String(row.author), Number(row.boot), Number(row.number)];
      if (number <= (known[lifeOf({ author, boot })] ?? 0)) continue;
      yield {
        author,
        boot,
        number,
        mayCommand: row.may_command === 1,
        hash: (row.hash as Uint8Array).toHex(),
        body: (row.body as Uint8Array).toBase64(),
        ...(signature === null || certificate === null ? {} : {
          seal: {
            signature: (signature as Uint8Array).toBase64(),
            certificate: (certificate as Uint8Array).toBase64(),
          },
        }),
      };
    }
  }

  /** Throws when the disk refuses, and then all is as it was. */
  save(batches: readonly SaveBatch[], wallMs: number): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const { saved, changes } of batches) this.#put(saved, changes, wallMs);
      this.#statements.markSeen.run(wallMs);
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** The node is still there, so that a restart does not take it for long away. */
  markSeen(wallMs: number): void {
    this.#statements.markSeen.run(wallMs);
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #put(saved: Saved, changes: readonly Change[], wallMs: number): void {
    const { key, generation, quietMs, erasure, isDropped } = saved;
    const { put, drop, dropOthers, add } = this.#statements;
    if (isDropped) {
      drop.run(key);
      dropOthers.run(key, -1);
      return;
    }
    put.run(
      key,
      generation,
      wallMs - quietMs,
      erasure === undefined ? null : JSON.stringify(erasure),
    );
    dropOthers.run(key, generation);
    for (const { author, boot, number, mayCommand, hash, body, seal } of changes) {
      const signature = seal === undefined ? null : Uint8Array.fromBase64(seal.signature);
      add.run(
        key,
        generation,
        author,
        boot,
        number,
        mayCommand ? 1 : 0,
        Uint8Array.fromHex(hash),
        Uint8Array.fromBase64(body),
        signature,
        seal === undefined ? null : this.#certificateId(seal.certificate),
      );
    }
  }

  #certificateId(certificate: string): number {
    const bytes = Uint8Array.fromBase64(certificate);
    this.#statements.addCertificate.run(bytes);
    return Number(this.#statements.certificateId.get(bytes)!.id);
  }
}

interface Statements {
  readonly documents: StatementSync;
  readonly sums: StatementSync;
  readonly changes: StatementSync;
  readonly put: StatementSync;
  readonly drop: StatementSync;
  readonly dropOthers: StatementSync;
  readonly add: StatementSync;
  readonly addCertificate: StatementSync;
  readonly certificateId: StatementSync;
  readonly seen: StatementSync;
  readonly markSeen: StatementSync;
}

function prepare(database: DatabaseSync): Statements {
  return {
    documents: database.prepare("SELECT key, generation, written_at, erasure FROM documents"),
    sums: database.prepare(
      "SELECT key, author, boot, max(number) AS last, count(*) AS count, " +
        "sum(length(body)) AS bytes FROM changes GROUP BY key, author, boot",
    ),
    changes: database.prepare(
      "SELECT author, boot, number, may_command, hash, body, signature, " +
        "certificates.bytes AS certificate FROM changes " +
        "LEFT JOIN certificates ON certificates.id = changes.certificate " +
        "WHERE key = ? AND generation = ? ORDER BY place",
    ),
    put: database.prepare(
      "INSERT INTO documents (key, generation, written_at, erasure) VALUES (?, ?, ?, ?) " +
        "ON CONFLICT (key) DO UPDATE SET generation = excluded.generation, " +
        "written_at = excluded.written_at, erasure = excluded.erasure",
    ),
    drop: database.prepare("DELETE FROM documents WHERE key = ?"),
    dropOthers: database.prepare("DELETE FROM changes WHERE key = ? AND generation <> ?"),
    add: database.prepare(
      "INSERT INTO changes (key, generation, author, boot, number, may_command, hash, body, " +
        "signature, certificate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    addCertificate: database.prepare("INSERT OR IGNORE INTO certificates (bytes) VALUES (?)"),
    certificateId: database.prepare("SELECT id FROM certificates WHERE bytes = ?"),
    seen: database.prepare("SELECT at FROM seen"),
    markSeen: database.prepare(
      "INSERT INTO seen (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
    ),
  };
}
