import type { QueriedCapability, QueriedNode } from "./catalog.ts";

/** Somebody of whom the query holds. */
export interface QueryMatch {
  readonly node: QueriedNode;
  /** From 0 to 1: what is met of the required and of the preferred, and how far to rely on it. */
  readonly score: number;
  /** Those of which the query holds; all, where it says nothing of any. */
  readonly capabilities: readonly QueriedCapability[];
  readonly distance: number | undefined;
}
