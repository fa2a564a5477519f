import type { Doc } from "@automerge/automerge/slim";
import type { DocumentKey } from "../core/state/collection.ts";
import {
  type Change,
  type Documents,
  type Edit,
  type JsonObject,
  lifeOf,
  type MergeVerdict,
  type Saved,
  type Versions,
} from "../core/state/document.ts";
import { changesOf, type Fields, isField, valueOf } from "../core/state/fields.ts";
import type { Automerge } from "./automerge.ts";
import { CHANGE_LIMITS, isFairChange, plainChange } from "./automerge_change.ts";

/** How many documents are held ready. The others are read from the disk again when they are needed. */
export const OPEN_LIMIT = 64;

/** How many bytes of changes those have together, unless one alone has more. */
export const OPEN_BYTES = 32 << 20;

/** Automerge counts operations in 32 bits. */
const LAST_OPERATION = 2 ** 31;

/** Whoever wrote nothing yet makes no changes, and has a name that no writer has. */
const READER = "00";

/** Where changes are kept, of one generation of each document. */
export interface ChangeDisk {
  /**
   * Those that somebody lacks who has these versions, in the order in which they were saved, which
   * is one in which they merge. They are read as they are taken.
   */
  changes(key: DocumentKey, generation: number, known: Versions): Iterable<Change>;
}

/** What is to be kept of one document. */
export interface SaveBatch {
  readonly saved: Saved;
  readonly changes: readonly Change[];
}

interface Content {
  readonly generation: number;
  doc: Doc<Root>;
  actor: string;
  /** Of its changes. */
  bytes: number;
}

/** Changes of a document's present generation that are not on the disk. */
interface Fresh {
  readonly generation: number;
  readonly changes: Change[];
}

type Root = Record<string, unknown>;

/**
 * Documents as Automerge has them: one flat map from a field's path to its value as JSON text, so
 * that whatever two nodes write at once to different fields is in the result.
 */
export class AutomergeDocuments implements Documents {
  readonly #automerge: Automerge;
  readonly #disk: ChangeDisk;
  readonly #open = new Map<DocumentKey, Content>();
  #openBytes = 0;
  readonly #fresh = new Map<DocumentKey, Fresh>();
  /** How many fresh changes of each document the present save takes. */
  #inSave: SaveBatch[] = [];
  /** In whose name documents are opened, so that they need not be opened anew to be written. */
  #actor = READER;

  constructor(automerge: Automerge, disk: ChangeDisk) {
    this.#automerge = automerge;
    this.#disk = disk;
  }

  value(key: DocumentKey, generation: number): JsonObject {
    return valueOf(this.#fields(this.#content(key, generation)));
  }

  edit(
    key: DocumentKey,
    generation: number,
    edits: readonly Edit[],
    by: Pick<Change, "author" | "boot" | "number" | "mayCommand">,
  ): Change | "unchanged" | "tooLarge" {
    const automerge = this.#automerge;
    const content = this.#content(key, generation);
    const { set, removed } = changesOf(this.#fields(content), edits);
    if (set.size + removed.length === 0) return "unchanged";
    if (set.size + removed.length > CHANGE_LIMITS.operations) return "tooLarge";
    const actor = this.#actor = actorOf(by);
    if (content.actor !== actor) {
      content.doc = automerge.clone(content.doc, { actor });
      content.actor = actor;
    }
    content.doc = automerge.change(content.doc, { time: 0 }, (root) => {
      for (const path of removed) delete root[path];
      for (const [path, text] of set) root[path] = new automerge.ImmutableString(text);
    });
    const bytes = plainChange(automerge.getLastLocalChange(content.doc)!);
    const { hash, seq } = automerge.decodeChange(bytes);
    if (bytes.length > CHANGE_LIMITS.bytes || seq !== by.number) {
      this.#close(key);
      if (bytes.length > CHANGE_LIMITS.bytes) return "tooLarge";
      throw new Error(`Cannot write ${key}: change ${by.number} of ${actor} turned out as ${seq}`);
    }
    const { author, boot, number, mayCommand } = by;
    const change = { author, boot, number, mayCommand, hash: hash!, body: bytes.toBase64() };
    this.#freshOf(key, generation).changes.push(change);
    this.#grow(key, content, bytes.length);
    return change;
  }

  merge(key: DocumentKey, generation: number, changes: readonly Change[]): MergeVerdict[] {
    const automerge = this.#automerge;
    if (changes.length === 0) return [];
    const content = this.#content(key, generation);
    const good: { readonly change: Change; readonly bytes: Uint8Array }[] = [];
    const hashes = new Set<string>();
    let failure: MergeVerdict | undefined;
    for (const change of changes) {
      const bytes = Uint8Array.fromBase64(change.body);
      const verdict = this.#judge(content.doc, change, bytes, hashes);
      if (verdict !== "merged") {
        failure = verdict;
        break;
      }
      hashes.add(change.hash);
      good.push({ change, bytes });
    }
    const verdicts: MergeVerdict[] = good.map(() => "merged");
    if (good.length > 0) {
      try {
        [content.doc] = automerge.applyChanges(content.doc, good.map(({ bytes }) => bytes));
      } catch {
        // What was looked at and still cannot be applied was made so on purpose.
        this.#close(key);
        return ["malformed"];
      }
      this.#freshOf(key, generation).changes.push(...good.map(({ change }) => change));
      this.#grow(key, content, good.reduce((sum, { bytes }) => sum + bytes.length, 0));
    }
    return failure === undefined ? verdicts : [...verdicts, failure];
  }

  since(key: DocumentKey, generation: number, known: Versions): Iterable<Change> {
    return this.#changes(key, generation, known);
  }

  revert(key: DocumentKey): void {
    this.#fresh.delete(key);
    this.#close(key);
  }

  /** What is to be put on the disk. Until `settle`, nothing else is taken. */
  take(saves: readonly Saved[]): readonly SaveBatch[] {
    this.#inSave = saves.map((saved) => {
      const fresh = this.#fresh.get(saved.key);
      const isSame = fresh?.generation === saved.generation;
      return { saved, changes: isSame ? [...fresh.changes] : [] };
    });
    return this.#inSave;
  }

  /** What was taken is on the disk. */
  settle(): void {
    for (const { saved: { key, generation }, changes } of this.#inSave.splice(0)) {
      const fresh = this.#fresh.get(key);
      if (fresh === undefined || fresh.generation !== generation) continue;
      fresh.changes.splice(0, changes.length);
      if (fresh.changes.length === 0) this.#fresh.delete(key);
    }
  }

  get openBytes(): number {
    return this.#openBytes;
  }

  /** How many documents are held ready. */
  get openCount(): number {
    return this.#open.size;
  }

  close(): void {
    for (const key of [...this.#open.keys()]) this.#close(key);
  }

  #judge(
    doc: Doc<Root>,
    change: Change,
    bytes: Uint8Array,
    before: ReadonlySet<string>,
  ): MergeVerdict {
    if (!isFairChange(bytes)) return "malformed";
    const decoded = this.#decode(bytes);
    if (decoded === undefined) return "malformed";
    const { actor, seq, hash, startOp, ops, deps } = decoded;
    const isAsSaid = actor === actorOf(change) && seq === change.number && hash === change.hash;
    // Automerge does not look at the checksum, which is the beginning of the hash.
    const hasChecksum = bytes.subarray(4, 8).toHex() === hash?.slice(0, 8);
    if (!isAsSaid || !hasChecksum || startOp > LAST_OPERATION) return "malformed";
    if (!ops.every(isFieldOperation)) return "malformed";
    const unknown = deps.filter((dep) => !before.has(dep));
    return this.#automerge.hasHeads(doc, unknown) ? "merged" : "incomplete";
  }

  #decode(bytes: Uint8Array) {
    try {
      return this.#automerge.decodeChange(bytes);
    } catch {
      return undefined; // A checksum that is wrong, or a column that does not end where it should.
    }
  }

  #fields({ doc }: Content): Fields {
    return new Map(
      Object.entries(doc).flatMap(([path, value]) => {
        const text = this.#automerge.isImmutableString(value) ? value.toString() : "";
        return isField(path, text) ? [[path, text] as const] : [];
      }),
    );
  }

  #content(key: DocumentKey, generation: number): Content {
    const known = this.#open.get(key);
    if (known?.generation === generation) {
      // The one that was used last stays longest.
      this.#open.delete(key);
      this.#open.set(key, known);
      return known;
    }
    this.#close(key);
    const automerge = this.#automerge;
    const bodies = Array.from(
      this.#changes(key, generation, {}),
      ({ body }) => Uint8Array.fromBase64(body),
    );
    const actor = this.#actor;
    let doc = automerge.init<Root>({ actor });
    if (bodies.length > 0) [doc] = automerge.applyChanges(doc, bodies);
    const bytes = bodies.reduce((sum, { length }) => sum + length, 0);
    const content = { generation, doc, actor, bytes };
    this.#open.set(key, content);
    this.#openBytes += bytes;
    this.#makeRoom(key);
    return content;
  }

  /** What was used longest ago is closed first. What is in use stays, however long it is. */
  #makeRoom(inUse: DocumentKey): void {
    for (const key of [...this.#open.keys()]) {
      if (this.#open.size <= OPEN_LIMIT && this.#openBytes <= OPEN_BYTES) return;
      if (key !== inUse) this.#close(key);
    }
  }

  #grow(key: DocumentKey, content: Content, bytes: number): void {
    content.bytes += bytes;
    this.#openBytes += bytes;
    this.#makeRoom(key);
  }

  *#changes(key: DocumentKey, generation: number, known: Versions): Generator<Change> {
    yield* this.#disk.changes(key, generation, known);
    const fresh = this.#fresh.get(key);
    if (fresh?.generation !== generation) return;
    for (const change of fresh.changes) {
      if (change.number > (known[lifeOf(change)] ?? 0)) yield change;
    }
  }

  #freshOf(key: DocumentKey, generation: number): Fresh {
    const known = this.#fresh.get(key);
    if (known?.generation === generation) return known;
    const fresh = { generation, changes: [] };
    this.#fresh.set(key, fresh);
    return fresh;
  }

  #close(key: DocumentKey): void {
    const content = this.#open.get(key);
    if (content === undefined) return;
    this.#open.delete(key);
    this.#openBytes -= content.bytes;
    this.#automerge.free(content.doc);
  }
}

/** A boot number in twelve hexadecimal digits. */
const BOOT_DIGITS = 12;

/** The name of a writer's life in Automerge. What it signs for is under its own name, and no other. */
function actorOf({ author, boot }: Pick<Change, "author" | "boot">): string {
  return new TextEncoder().encode(author).toHex() + boot.toString(16).padStart(BOOT_DIGITS, "0");
}

/** Documents are flat maps of texts. Nothing else is ever put into one. */
function isFieldOperation(operation: unknown): boolean {
  const { action, obj, key, value } = operation as Record<string, unknown>;
  if (obj !== "_root" || typeof key !== "string") return false;
  if (action === "del") return true;
  return action === "set" && typeof value === "string" && isField(key, value);
}
