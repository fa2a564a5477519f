import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import { collectionOf, type DocumentKey } from "./collection.ts";
import {
  type Change,
  DOCUMENT_LIMITS,
  type Documents,
  type Erasure,
  type Held,
  isDeleted,
  type JsonObject,
  LAST_GENERATION,
  lifeOf,
  type Saved,
  type StoredDocument,
} from "./document.ts";
import type { DocumentChanges } from "./state_message.ts";
import { bytesOf, EMPTY, expiryOf, goesEverywhere, grown, type Mark } from "./mark.ts";
import type { Rights } from "./rights.ts";
import { versionHash } from "./versions.ts";

interface Entry {
  readonly key: DocumentKey;
  mark: Mark;
  /** What is on the disk; nothing yet of a new document. Only this is ever told to others. */
  saved: Mark | undefined;
  savedHash: number;
}

export interface ArchiveCounts {
  /** Changes of somebody who may not write the document. */
  unauthorised: number;
  /** Changes that Automerge, or the shape of documents, does not allow. */
  malformed: number;
  /** Changes that others have to come before. */
  incomplete: number;
  /** Changes and documents for which there is no room. */
  tooLarge: number;
  full: number;
  /** Documents whose time was over before they came. */
  expired: number;
}

/** What became of what a peer handed on. */
export interface Taken {
  readonly isNews: boolean;
  /** No honest node hands on such a thing. */
  readonly isHostile: boolean;
  /** Something has to come before it that is not here. */
  readonly hasGap?: boolean;
}

export interface ArchiveOptions {
  readonly documents: Documents;
  readonly rights: Rights;
}

/**
 * The documents of one node: how far each is, which of that is on the disk, and what may come in.
 * SPEC.md has the rules. The contents are behind `documents`.
 */
export class Archive {
  readonly counts: ArchiveCounts = {
    unauthorised: 0,
    malformed: 0,
    incomplete: 0,
    tooLarge: 0,
    full: 0,
    expired: 0,
  };
  readonly #documents: Documents;
  readonly #rights: Rights;
  readonly #entries = new BoundedMap<DocumentKey, Entry>(DOCUMENT_LIMITS.documents, "refuse-new");
  readonly #unsaved = new Set<DocumentKey>();
  /** Documents that ended, of which the disk still has something. */
  readonly #dropped = new Set<DocumentKey>();
  #digest = 0;
  #expiresAt: Millis = NEVER;

  constructor({ documents, rights }: ArchiveOptions) {
    this.#documents = documents;
    this.#rights = rights;
  }

  /** A sum over what goes everywhere, as it is on the disk. */
  get digest(): number {
    return this.#digest;
  }

  get size(): number {
    return this.#entries.size;
  }

  keys(): IterableIterator<DocumentKey> {
    return this.#entries.keys();
  }

  /** How far the document is here, on the disk or not. */
  mark(key: DocumentKey): Mark | undefined {
    return this.#entries.get(key)?.mark;
  }

  /** Undefined for a document that there is not, or that was deleted. */
  value(key: DocumentKey): JsonObject | undefined {
    const mark = this.mark(key);
    if (mark === undefined || isDeleted(mark)) return undefined;
    return this.#documents.value(key, mark.generation);
  }

  savedHash(key: DocumentKey): number | undefined {
    const entry = this.#entries.get(key);
    return entry?.saved === undefined ? undefined : entry.savedHash;
  }

  /** What others are told of the document. */
  held(now: Millis, key: DocumentKey): Held | undefined {
    const saved = this.#entries.get(key)?.saved;
    return saved && {
      key,
      generation: saved.generation,
      versions: saved.versions,
      quietMs: Math.round(now - saved.writtenAt),
    };
  }

  erasure(key: DocumentKey): Erasure | undefined {
    return this.#entries.get(key)?.saved?.erasure;
  }

  isUnsaved(key: DocumentKey): boolean {
    return this.#unsaved.has(key);
  }

  get hasUnsaved(): boolean {
    return this.#unsaved.size + this.#dropped.size > 0;
  }

  /** Takes up what the disk held. Whoever was away for longer than deletions are known, starts anew. */
  recall(now: Millis, stored: readonly StoredDocument[], awayMs: Millis, self: NodeId): void {
    for (const { key, generation, versions, bytes, changeCount, quietMs, erasure } of stored) {
      const { horizonMs, writers } = collectionOf(key);
      const isSoleWriter = writers === "owner" && this.#rights.isOwn(key, self);
      if (awayMs > horizonMs && !isSoleWriter) {
        this.#dropped.add(key);
        continue;
      }
      const writtenAt = now - quietMs;
      const mark: Mark = {
        generation,
        versions,
        bytes,
        changeCount,
        writtenAt,
        begunAt: writtenAt,
        ...(erasure === undefined ? {} : { erasure }),
      };
      const entry: Entry = { key, mark, saved: undefined, savedHash: 0 };
      if (!this.#entries.set(key, entry)) continue;
      this.#note(entry, mark);
    }
  }

  /** Puts a change that this node made. */
  add(now: Millis, key: DocumentKey, generation: number, change: Change): void {
    const before = this.#markFor(now, key, generation);
    this.#change(key, { ...grown(before, change), writtenAt: now });
  }

  erase(now: Millis, key: DocumentKey, generation: number, erasure: Erasure): void {
    this.#change(key, { ...EMPTY, generation, writtenAt: now, begunAt: now, erasure });
  }

  /** Whether there is room for one document more, or it is here already. */
  hasRoom(key: DocumentKey): boolean {
    return this.#entries.has(key) || this.#entries.size < this.#entries.capacity;
  }

  /** Takes what is good of what a peer handed on. */
  take(now: Millis, message: DocumentChanges, from: NodeId): Taken {
    const { key, generation, quietMs, erasure } = message;
    const mark = this.mark(key);
    if (generation > LAST_GENERATION) return this.#refuse("malformed", 1, true);
    if (!this.hasRoom(key)) return this.#refuse("full");
    if (quietMs > (collectionOf(key).ttlMs ?? Infinity)) return this.#refuse("expired");
    if ((mark?.generation ?? 0) > generation) return NOTHING;
    if (isDeleted({ generation })) {
      if (mark?.generation === generation) return NOTHING;
      if (erasure === undefined) return NOTHING; // Nobody proved it, which was counted.
      if (!this.#rights.mayWrite(key, erasure, from)) return this.#refuse("unauthorised");
      this.erase(now - quietMs, key, generation, erasure);
      return { isNews: true, isHostile: false };
    }
    return this.#merge(now, message, from);
  }

  /** What the disk is to keep now. */
  unsaved(now: Millis): Saved[] {
    const saves = [...this.#unsaved].map((key): Saved => {
      const { generation, writtenAt, erasure } = this.#entries.get(key)!.mark;
      const quietMs = Math.round(now - writtenAt);
      return { key, generation, quietMs, ...(erasure === undefined ? {} : { erasure }) };
    });
    const drops = [...this.#dropped].map((key): Saved => ({
      key,
      generation: 0,
      quietMs: 0,
      isDropped: true,
    }));
    return [...saves, ...drops];
  }

  /** What was taken to be saved is on the disk now, with the marks of then. */
  keep(marks: ReadonlyMap<DocumentKey, Mark | undefined>): void {
    for (const [key, mark] of marks) {
      if (mark === undefined) {
        this.#dropped.delete(key);
        continue;
      }
      const entry = this.#entries.get(key);
      if (entry === undefined) continue; // It ended meanwhile.
      this.#note(entry, mark);
      if (entry.mark === mark) this.#unsaved.delete(key);
    }
  }

  /** The disk refused: what is not on it never was. */
  revert(keys: Iterable<DocumentKey>): void {
    for (const key of keys) {
      this.#documents.revert(key);
      this.#unsaved.delete(key);
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      if (entry.saved === undefined) this.#entries.delete(key);
      else entry.mark = entry.saved;
    }
  }

  /** The mark that a save taken now would make true. */
  marksOf(saves: readonly Saved[]): ReadonlyMap<DocumentKey, Mark | undefined> {
    return new Map(
      saves.map(({ key, isDropped }) => [key, isDropped ? undefined : this.mark(key)]),
    );
  }

  since(key: DocumentKey, { generation, versions }: Pick<Held, "generation" | "versions">) {
    const mark = this.mark(key);
    if (mark === undefined || isDeleted(mark)) return [];
    const known = mark.generation === generation ? versions : {};
    return this.#documents.since(key, mark.generation, known);
  }

  /** Ends what nobody wrote for as long as it may live. Answers what ended. */
  expire(now: Millis): DocumentKey[] {
    if (now < this.#expiresAt) return [];
    this.#expiresAt = NEVER;
    const ended: DocumentKey[] = [];
    for (const [key, entry] of this.#entries) {
      const at = expiryOf(key, entry.mark);
      if (at <= now) ended.push(key);
      else this.#expiresAt = Math.min(this.#expiresAt, at);
    }
    for (const key of ended) this.#drop(key);
    return ended;
  }

  get expiresAt(): Millis {
    return this.#expiresAt;
  }

  #merge(now: Millis, message: DocumentChanges, from: NodeId): Taken {
    const { key, generation, quietMs } = message;
    const offered: Change[] = [];
    let mark = this.#markFor(now, key, generation);
    let hostile = false;
    let hasGap = false;
    for (const change of message.changes) {
      const life = lifeOf(change);
      const known = mark.versions[life] ?? 0;
      if (change.number <= known) continue;
      const refusal = this.#refusal(key, mark, change, known, from);
      if (refusal !== undefined) {
        this.counts[refusal]++;
        if (refusal === "incomplete") hasGap = true;
        continue;
      }
      offered.push(change);
      mark = grown(mark, change);
    }
    const verdicts = this.#documents.merge(key, generation, offered);
    const merged = offered.slice(0, verdicts.filter((verdict) => verdict === "merged").length);
    if (verdicts.includes("malformed")) {
      this.counts.malformed++;
      hostile = true;
    }
    if (verdicts.includes("incomplete")) {
      this.counts.incomplete++;
      hasGap = true;
    }
    if (merged.length === 0) return { isNews: false, isHostile: hostile, hasGap };
    const before = this.#markFor(now, key, generation);
    const writtenAt = Math.max(before.writtenAt, now - quietMs);
    this.#change(key, { ...merged.reduce(grown, before), writtenAt });
    return { isNews: true, isHostile: hostile, hasGap };
  }

  #refusal(
    key: DocumentKey,
    mark: Mark,
    change: Change,
    known: number,
    from: NodeId,
  ): keyof ArchiveCounts | undefined {
    if (!this.#rights.mayWrite(key, change, from)) return "unauthorised";
    if (change.number !== known + 1) return "incomplete";
    const { mergedBytes, lives } = DOCUMENT_LIMITS;
    if (mark.bytes + bytesOf(change) > mergedBytes) return "tooLarge";
    const isNewLife = known === 0;
    return isNewLife && Object.keys(mark.versions).length >= lives ? "tooLarge" : undefined;
  }

  /** The document as it stands, or an empty one where a new generation begins. */
  #markFor(now: Millis, key: DocumentKey, generation: number): Mark {
    const mark = this.mark(key);
    if (mark?.generation === generation) return mark;
    return { ...EMPTY, generation, writtenAt: -Infinity, begunAt: now };
  }

  #change(key: DocumentKey, mark: Mark): void {
    const entry = this.#entries.get(key) ?? { key, mark, saved: undefined, savedHash: 0 };
    entry.mark = mark;
    this.#entries.set(key, entry);
    this.#dropped.delete(key);
    this.#unsaved.add(key);
    this.#expiresAt = Math.min(this.#expiresAt, expiryOf(key, mark));
  }

  #note(entry: Entry, mark: Mark): void {
    if (goesEverywhere(entry.key)) this.#digest -= entry.savedHash;
    entry.saved = mark;
    entry.savedHash = versionHash(entry.key, mark);
    if (goesEverywhere(entry.key)) this.#digest += entry.savedHash;
    this.#expiresAt = Math.min(this.#expiresAt, expiryOf(entry.key, mark));
  }

  #drop(key: DocumentKey): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (entry.saved !== undefined && goesEverywhere(key)) this.#digest -= entry.savedHash;
    this.#documents.revert(key);
    this.#entries.delete(key);
    this.#unsaved.delete(key);
    this.#dropped.add(key);
  }

  #refuse(reason: keyof ArchiveCounts, count = 1, isHostile = false): Taken {
    this.counts[reason] += count;
    return { isNews: false, isHostile };
  }
}

const NOTHING: Taken = { isNews: false, isHostile: false };
