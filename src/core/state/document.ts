import type { NodeId } from "../kernel/ids.ts";
import type { JsonValue } from "../kernel/json_value.ts";
import type { Millis } from "../kernel/time.ts";
import type { DocumentKey } from "./collection.ts";

export const DOCUMENT_LIMITS = {
  /** Documents of one node. */
  documents: 4_096,
  /** One change as Automerge writes it. */
  changeBytes: 64 << 10,
  /** What one change may set and remove. */
  changeFields: 1_024,
  /** All changes of one document, before a write here is refused, */
  documentBytes: 4 << 20,
  /** and before what others wrote in the meantime is. */
  mergedBytes: 16 << 20,
  /** Lives of writers of one document, before a new one here is refused, */
  documentLives: 768,
  /** and before what others wrote in the meantime is. */
  lives: 1_024,
  /** How deep a value may be nested. */
  depth: 16,
  /** A field's name with those that it is in. */
  pathLength: 512,
} as const;

export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * A value of a document is an object, and each of its leaves is a field of its own that merges by
 * itself. A field is named by its path as a JSON pointer; a list is a leaf.
 */
export type Edit =
  /** The whole value from now on. */
  | { readonly kind: "put"; readonly value: JsonObject }
  /** These fields, and the others stay. */
  | { readonly kind: "set"; readonly value: JsonObject }
  | { readonly kind: "remove"; readonly path: string }
  /** The document is gone. Whatever was written without knowing that is gone with it. */
  | { readonly kind: "delete" };

/** A writer from one start to its next: nobody numbers changes twice. */
export type Life = string;

export function lifeOf({ author, boot }: Pick<Change, "author" | "boot">): Life {
  return `${author} ${boot}`;
}

/** The changes that somebody has of one generation: for each life, the number of its last. */
export type Versions = Readonly<Record<Life, number>>;

/** Who is proven to have written, and whether others follow its orders. */
export interface Writer {
  readonly author: NodeId;
  readonly mayCommand: boolean;
}

/** What proves an author, in base64, as the edge made it. */
export interface Seal {
  readonly signature: string;
  readonly certificate: string;
}

/** One change as its author made it. It proves itself, whoever hands it on. */
export interface Change extends Writer {
  readonly boot: number;
  /** Counts the changes of this life to this generation of the document, from 1. */
  readonly number: number;
  readonly hash: string;
  /** What Automerge made of it, in base64. */
  readonly body: string;
  /** Absent for what this node wrote itself: that is signed when it leaves. */
  readonly seal?: Seal;
}

/** That the document was deleted, by somebody who may. */
export interface Erasure extends Writer {
  readonly seal?: Seal;
}

/**
 * How far a document is. Its generation only ever rises: an odd one is a deletion, an even one is a
 * fresh start. Of two, the higher holds and the other is forgotten; what is of one generation merges.
 */
export interface Held {
  readonly key: DocumentKey;
  readonly generation: number;
  readonly versions: Versions;
  /** For how long nobody wrote it. */
  readonly quietMs: Millis;
}

export const FIRST_GENERATION = 2;
/** Nobody deletes a document as often. */
export const LAST_GENERATION = 2 ** 40;

export function isDeleted({ generation }: Pick<Held, "generation">): boolean {
  return generation % 2 === 1;
}

/** What a save has to keep of a document beside its changes. */
export interface Saved {
  readonly key: DocumentKey;
  readonly generation: number;
  readonly quietMs: Millis;
  readonly erasure?: Erasure;
  /** Nothing is to be kept of it. */
  readonly isDropped?: true;
}

/** What the disk held of a document. */
export interface StoredDocument extends Saved {
  readonly versions: Versions;
  readonly bytes: number;
  readonly changeCount: number;
  /** Only in recordings, which have no disk to read them from. */
  readonly changes?: readonly Change[];
}

/** Why a change that is proven was not merged. */
export type MergeVerdict = "merged" | "malformed" | "incomplete";

/**
 * The contents of documents. It answers at once and always the same, so that a simulation can be
 * repeated; what it keeps is as unsafe as memory until it was saved.
 */
export interface Documents {
  value(key: DocumentKey, generation: number): JsonObject;
  edit(
    key: DocumentKey,
    generation: number,
    edits: readonly Edit[],
    by: Pick<Change, "author" | "boot" | "number" | "mayCommand">,
  ): Change | "unchanged" | "tooLarge";
  /** Each change is the next of its life. Answers for each, and stops at the first that fails. */
  merge(key: DocumentKey, generation: number, changes: readonly Change[]): MergeVerdict[];
  /** What somebody lacks who has these, in an order in which it merges. */
  since(key: DocumentKey, generation: number, versions: Versions): Iterable<Change>;
  /** Forgets what was not saved. */
  revert(key: DocumentKey): void;
}
