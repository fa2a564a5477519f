import { type Millis, NEVER } from "../kernel/time.ts";
import { collectionOf, type DocumentKey } from "./collection.ts";
import {
  type Change,
  type Erasure,
  FIRST_GENERATION,
  isDeleted,
  lifeOf,
  type Versions,
} from "./document.ts";
import { withChange } from "./versions.ts";

/** How far a document is, without its contents. */
export interface Mark {
  readonly generation: number;
  readonly versions: Versions;
  readonly bytes: number;
  readonly changeCount: number;
  readonly writtenAt: Millis;
  /** When this generation began, as far as this node knows. */
  readonly begunAt: Millis;
  readonly erasure?: Erasure;
}

export const EMPTY = {
  generation: FIRST_GENERATION,
  versions: {},
  bytes: 0,
  changeCount: 0,
} as const;

export function grown(mark: Mark, change: Change): Mark {
  return {
    ...mark,
    versions: withChange(mark.versions, lifeOf(change), change.number),
    bytes: mark.bytes + bytesOf(change),
    changeCount: mark.changeCount + 1,
  };
}

/** Base64 has four characters for three bytes, and fills up the last four. */
export function bytesOf({ body }: Change): number {
  const filling = body.endsWith("==") ? 2 : body.endsWith("=") ? 1 : 0;
  return body.length * 3 / 4 - filling;
}

export function goesEverywhere(key: DocumentKey): boolean {
  return collectionOf(key).direction === "everywhere";
}

export function expiryOf(key: DocumentKey, mark: Mark): Millis {
  const { ttlMs, horizonMs } = collectionOf(key);
  if (isDeleted(mark)) return mark.writtenAt + horizonMs;
  return ttlMs === undefined ? NEVER : mark.writtenAt + ttlMs;
}
