import { BoundedQueue } from "../kernel/bounded_queue.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import type { Archive } from "./archive.ts";
import { collectionOf, type DocumentKey } from "./collection.ts";
import {
  DOCUMENT_LIMITS,
  type Documents,
  type Edit,
  FIRST_GENERATION,
  isDeleted,
  lifeOf,
} from "./document.ts";
import type { Rights } from "./rights.ts";

/** How many changes the latest-only document of one writer has before it starts anew. */
export const LATEST_CHANGES = 8;

/** Writes that wait for the disk to be read. */
const WAITING_LIMIT = 4_096;

/** What this node is to write. */
export interface Write {
  readonly key: DocumentKey;
  readonly edits: readonly Edit[];
  /** Absent for the node's own purposes, which wait for no answer. */
  readonly requestId?: number;
  /** Whether others follow this node's orders. */
  readonly mayCommand?: boolean;
}

export type WriteRefusal =
  | "notPermitted"
  | "notFound"
  /** The document, or the change, would be longer than it may be, */
  | "tooLarge"
  /** or was deleted more often. */
  | "wornOut"
  /** There are as many documents as there may be. */
  | "full"
  /** So many writes wait for the node to be ready. */
  | "notReady"
  | "disk";

export type WriteOutcome =
  /** On the disk, where nothing but the disk's end takes it away. */
  | {
    readonly kind: "written";
    readonly key: DocumentKey;
    readonly generation: number;
    readonly isChange: boolean;
  }
  | {
    readonly kind: "refused";
    readonly key: DocumentKey;
    readonly reason: WriteRefusal;
    readonly detail?: string;
  };

export interface Written {
  readonly requestId: number;
  readonly outcome: WriteOutcome;
}

export interface WriterOptions {
  readonly self: NodeId;
  readonly archive: Archive;
  readonly rights: Rights;
  readonly documents: Documents;
  readonly boot: () => number | undefined;
}

/** Writes for this node, as far as it may. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #writes = new BoundedQueue<Write>(WAITING_LIMIT, "refuse-new");
  readonly #refused: Written[] = [];

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Whether nobody but this node may write the document. */
  isSoleWriter(key: DocumentKey): boolean {
    const { rights, self } = this.#options;
    return collectionOf(key).writers === "owner" && rights.isOwn(key, self);
  }

  add(write: Write): void {
    if (this.#writes.push(write) || write.requestId === undefined) return;
    const { requestId, key } = write;
    this.#refused.push({ requestId, outcome: { kind: "refused", key, reason: "notReady" } });
  }

  /** Carries out what can be, and answers what became of each. */
  *evaluate(now: Millis): Generator<{ written?: Written; changed?: DocumentKey }> {
    for (const written of this.#refused.splice(0)) yield { written };
    const boot = this.#options.boot();
    if (boot === undefined) return; // Nobody numbers changes before the disk keeps the boot.
    for (let write = this.#writes.shift(); write; write = this.#writes.shift()) {
      const outcome = this.#carryOut(now, write, boot);
      const { requestId, key } = write;
      yield {
        ...(requestId === undefined ? {} : { written: { requestId, outcome } }),
        ...(outcome.kind === "written" && outcome.isChange ? { changed: key } : {}),
      };
    }
  }

  /** Why it would be refused, as far as that can be told before it is done. */
  objection({ key, edits, mayCommand = false }: Write): WriteRefusal | undefined {
    const { self, archive, rights } = this.#options;
    if (!rights.mayWriteHere(key, { author: self, mayCommand })) return "notPermitted";
    if (!archive.hasRoom(key)) return "full";
    const mark = archive.mark(key);
    if ((mark?.generation ?? 0) > WORN_OUT) return "wornOut";
    if (isDeletion(edits)) return mark === undefined ? "notFound" : undefined;
    const { documentBytes, documentLives } = DOCUMENT_LIMITS;
    const isFull = mark !== undefined && !isDeleted(mark) &&
      (mark.bytes >= documentBytes || Object.keys(mark.versions).length >= documentLives);
    return isFull ? "tooLarge" : undefined;
  }

  #carryOut(now: Millis, write: Write, boot: number): WriteOutcome {
    const { self, archive } = this.#options;
    const { key, edits, mayCommand = false } = write;
    const writer = { author: self, mayCommand };
    const refuse = (reason: WriteRefusal): WriteOutcome => ({ kind: "refused", key, reason });
    const objection = this.objection(write);
    if (objection !== undefined) return refuse(objection);
    const mark = archive.mark(key);
    if (mark !== undefined && isDeletion(edits)) {
      const isChange = !isDeleted(mark);
      const generation = isChange ? mark.generation + 1 : mark.generation;
      if (isChange) archive.erase(now, key, generation, writer);
      return { kind: "written", key, generation, isChange };
    }
    const generation = this.#generationOf(now, key);
    const isFresh = generation !== mark?.generation;
    const value = archive.value(key);
    const carried: Edit[] = isFresh && value !== undefined ? [{ kind: "put", value }] : [];
    const life = lifeOf({ ...writer, boot });
    const number = (isFresh ? 0 : mark.versions[life] ?? 0) + 1;
    const by = { ...writer, boot, number };
    const change = this.#options.documents.edit(key, generation, [...carried, ...edits], by);
    if (change === "tooLarge") return refuse("tooLarge");
    if (change === "unchanged") {
      return { kind: "written", key, generation: mark?.generation ?? generation, isChange: false };
    }
    archive.add(now, key, generation, change);
    return { kind: "written", key, generation, isChange: true };
  }

  /** The one that is being written, or a new one where there is none or its history is to end. */
  #generationOf(now: Millis, key: DocumentKey): number {
    const mark = this.#options.archive.mark(key);
    if (mark === undefined) return FIRST_GENERATION;
    if (isDeleted(mark)) return mark.generation + 1;
    const { history } = collectionOf(key);
    if (history === "full" || !this.isSoleWriter(key)) return mark.generation;
    const isOver = history === "latest"
      ? mark.changeCount >= LATEST_CHANGES
      : now - mark.begunAt > history.windowMs;
    return isOver ? mark.generation + 2 : mark.generation;
  }
}

function isDeletion(edits: readonly Edit[]): boolean {
  return edits.some(({ kind }) => kind === "delete");
}

/** Well below the last generation that others would take. */
const WORN_OUT = 2 ** 39;
