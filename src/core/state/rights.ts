import type { NodeId } from "../kernel/ids.ts";
import { collectionOf, type DocumentKey, ownerOf, partsOf } from "./collection.ts";
import type { Writer } from "./document.ts";

/** Decides who may write what. Who wrote it was proven before. */
export class Rights {
  readonly #cellOf: (nodeId: NodeId) => string | undefined;

  /** `cellOf` tells the cell that a node is in, as far as is known. */
  constructor(cellOf: (nodeId: NodeId) => string | undefined) {
    this.#cellOf = cellOf;
  }

  /** Whether the node itself may write. */
  mayWriteHere(key: DocumentKey, writer: Writer): boolean {
    return this.mayWrite(key, writer, writer.author);
  }

  /**
   * Whether what the writer made may come in from this peer. Who is in a cell changes, so that is
   * judged where a change leaves its author: whoever hands it on has judged it (SD4).
   */
  mayWrite(key: DocumentKey, { author, mayCommand }: Writer, from: NodeId): boolean {
    switch (collectionOf(key).writers) {
      case "owner":
        return ownerOf(key) === author;
      case "cell":
        return from !== author || this.#cellOf(author) === partsOf(key).id;
      case "commander":
        return mayCommand;
      case "member":
        return true;
    }
  }

  isOwn(key: DocumentKey, self: NodeId): boolean {
    return ownerOf(key) === self;
  }
}
