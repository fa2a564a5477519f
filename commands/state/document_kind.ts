import { usageFailure } from "../../src/cli/failure.ts";
import type { Kind } from "../../src/cli/kind.ts";
import { isCollectionName, isDocumentKey, partsOf } from "../../src/core/state/collection.ts";

/** A document, or a whole collection where there is no id. */
export interface Target {
  readonly collection: string;
  readonly id?: string;
}

export const document: Kind<string> = {
  placeholder: "COLLECTION/ID",
  parse(text) {
    if (isDocumentKey(text)) return text;
    throw usageFailure(
      `Cannot find document ${JSON.stringify(text)}: that is no document's name`,
      "write it like notes/plan-1",
    );
  },
};

export const collectionOrDocument: Kind<Target> = {
  placeholder: "COLLECTION[/ID]",
  parse(text) {
    if (isCollectionName(text)) return { collection: text };
    const { collectionName, id } = partsOf(document.parse(text));
    return { collection: collectionName, id };
  },
};
