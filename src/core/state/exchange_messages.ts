import type { PriorityClass } from "../priority.ts";
import { collectionOf } from "./collection.ts";
import { type Change, DOCUMENT_LIMITS, type Held } from "./document.ts";
import { bytesOf } from "./mark.ts";
import { STATE_LIMITS, type StateMessage } from "./state_message.ts";

/** What tells of several documents goes with the most urgent of them. */
export function classOf(message: StateMessage): PriorityClass {
  switch (message.kind) {
    case "documentsSummary":
      return "low";
    case "documentChanges":
      return collectionOf(message.key).priorityClass;
    case "documentsHeld":
    case "documentsWanted": {
      const classes = message.documents.map(({ key }) => collectionOf(key).priorityClass);
      return (["critical", "high", "normal"] as const).find((its) => classes.includes(its)) ??
        "low";
    }
  }
}

/** As many messages as it takes to tell of these. */
export function pagesOf(documents: readonly Held[]): Held[][] {
  const pages: Held[][] = [];
  let lives = Infinity;
  for (const held of documents) {
    const added = Object.keys(held.versions).length;
    const page = pages.at(-1);
    const isFull = lives + added > STATE_LIMITS.lives || page?.length === STATE_LIMITS.documents;
    if (page === undefined || isFull) {
      pages.push([held]);
      lives = added;
    } else {
      page.push(held);
      lives += added;
    }
  }
  return pages;
}

/** More than a few answers, of which the first may have come late, bring at once. */
export const LONGEST_ANSWER_BYTES = 8 * (STATE_LIMITS.answerBytes + DOCUMENT_LIMITS.changeBytes);
const LEAST_PART_BYTES = 1 << 10;

/** What a part of an answer counts for; none takes no room at all. */
export function bytesOfPart(changes: readonly Change[]): number {
  return Math.max(LEAST_PART_BYTES, changes.reduce((sum, change) => sum + bytesOf(change), 0));
}
