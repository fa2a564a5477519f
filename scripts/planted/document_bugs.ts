import type { PlantedBug } from "./planted_bug.ts";

/** Bugs in what nodes share. */
export const DOCUMENT_BUGS: readonly PlantedBug[] = [
  {
    name: "a write is acknowledged before the disk has it",
    file: "src/core/state/saves.ts",
    find: "if (mayWait) this.#waiting.push(written);\n    else this",
    replace: "void mayWait;\n    this",
    caughtBy: ["documents-kept"],
  },
  {
    name: "a deletion of what was written once is acknowledged and does nothing",
    file: "src/core/state/writer.ts",
    find: "if (isChange) archive.erase(now, key, generation, writer);",
    replace: "if (isChange && mark.changeCount > 1) archive.erase(now, key, generation, writer);",
    caughtBy: ["documents-kept"],
  },
  {
    name: "whoever hands on a node's document may have written it",
    file: "src/core/state/rights.ts",
    find: "return ownerOf(key) === author;",
    replace: "return ownerOf(key) === author || from === author;",
    caughtBy: ["documents-authorised"],
  },
  {
    name: "what is told of is not asked for again",
    file: "src/core/state/exchange.ts",
    find: "if (lacks && this.#ways.comesFrom(peer.nodeId, key)) this.#put(peer.wanted, key, held);",
    replace:
      "if (lacks && this.#archive.savedHash(key) === undefined) this.#put(peer.wanted, key, held);",
    caughtBy: ["documents-agree", "documents-kept"],
  },
  {
    name: "a summary that differs is nobody's business",
    file: "src/core/state/exchange.ts",
    find: "const isStubborn = differed?.own === own && differed.theirs === theirs;",
    replace: "if (own > 0) return;\n    const isStubborn = differed?.own === own;",
    caughtBy: ["documents-agree", "documents-kept"],
  },
  {
    name: "whoever does not say that it has a document is not reminded",
    file: "src/core/state/exchange.ts",
    find: "if (documents.length === 0) return;\n    const sum",
    replace: "if (documents.length >= 0) return;\n    const sum",
    focus: "documents",
    caughtBy: ["documents-directed"],
  },
];
