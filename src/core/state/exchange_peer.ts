import type { NodeId } from "../kernel/ids.ts";
import { type Millis, SECOND } from "../kernel/time.ts";
import { TokenBucket } from "../kernel/token_bucket.ts";
import type { DocumentKey } from "./collection.ts";
import type { Held } from "./document.ts";

/**
 * A peer that does not answer for so long may have lost the question, or the answer. On a slow link
 * the answer is still on its way, so the peer gets twice the time each time.
 */
export const ANSWER_MS: Millis = 5 * SECOND;
export const LONGEST_ANSWER_MS: Millis = 40 * SECOND;

/** How fast one peer is answered; the rest of what it asked for waits. */
const BYTES_PER_SECOND = 4 << 20;
const BYTES_AT_ONCE = 1 << 20;

/** What is known of a connected peer. Each map has as many entries as there can be documents. */
export interface Peer {
  readonly nodeId: NodeId;
  readonly bucket: TokenBucket;
  /** What is to be told at the next batch. */
  readonly untold: Set<DocumentKey>;
  /** Told even to whom it is no news: the peer waits to hear that it arrived. */
  readonly owedReceipt: Set<DocumentKey>;
  /** The version here that the peer was told last, and that it is known to have. */
  readonly told: Map<DocumentKey, number>;
  readonly has: Map<DocumentKey, number>;
  /** What the peer has and this node lacks. */
  readonly wanted: Map<DocumentKey, Held>;
  /** What the peer said that it has when this node got it from there. */
  readonly given: Map<DocumentKey, Held>;
  /** What the peer asked for. */
  readonly owed: Map<DocumentKey, Held>;
  /** How long the peer may take for an answer. */
  patienceMs: Millis;
  /** The two summaries that differed last. */
  differed: { readonly own: number; readonly theirs: number; readonly at: Millis } | undefined;
  /** Of which versions the peer was reminded last. */
  reminded: { readonly sum: number; readonly at: Millis } | undefined;
}

export function newPeer(nodeId: NodeId): Peer {
  return {
    nodeId,
    bucket: new TokenBucket(BYTES_PER_SECOND, BYTES_AT_ONCE),
    untold: new Set(),
    owedReceipt: new Set(),
    told: new Map(),
    has: new Map(),
    wanted: new Map(),
    given: new Map(),
    owed: new Map(),
    patienceMs: ANSWER_MS,
    differed: undefined,
    reminded: undefined,
  };
}
