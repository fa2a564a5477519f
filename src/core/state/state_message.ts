import type { DocumentKey } from "./collection.ts";
import type { Change, Erasure, Held } from "./document.ts";
import type { Millis } from "../kernel/time.ts";

/** A number over all documents that go everywhere, from who has any. */
export interface DocumentsSummary {
  readonly kind: "documentsSummary";
  readonly digest: number;
  readonly documents: number;
}

/** How far the sender's documents are, on its disk. */
export interface DocumentsHeld {
  readonly kind: "documentsHeld";
  readonly documents: readonly Held[];
  /** It was said before, and nothing was heard of it; the sender wants to know how far the other is. */
  readonly isReminder: boolean;
}

/** Asks for what the sender lacks of documents, which it has so far. */
export interface DocumentsWanted {
  readonly kind: "documentsWanted";
  readonly documents: readonly Held[];
}

/** What somebody lacked of one document, or a part of it. */
export interface DocumentChanges {
  readonly kind: "documentChanges";
  readonly key: DocumentKey;
  readonly generation: number;
  readonly quietMs: Millis;
  readonly changes: readonly Change[];
  readonly erasure?: Erasure;
  /** Nothing more comes of what was asked for. */
  readonly isLast: boolean;
}

export type StateMessage = DocumentsSummary | DocumentsHeld | DocumentsWanted | DocumentChanges;

export const STATE_LIMITS = {
  /** Documents that one message tells of, */
  documents: 256,
  /** and lives of their writers. */
  lives: 4_096,
  /** Changes in one message, */
  changes: 512,
  /** and their bytes before they are packed, unless one alone has more. */
  changesBytes: 32 << 10,
  /** All that one question is answered with, unless one change alone has more. */
  answerBytes: 128 << 10,
} as const;
