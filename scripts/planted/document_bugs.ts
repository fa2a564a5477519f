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
    name: "nobody vouches for what was written by who is a member no more",
    file: "src/wire/state.ts",
    find: "if (this.#proofs.hasEnded(certificate)) this.vouched.push(place);",
    replace: "",
    caughtBy: ["documents-agree"],
  },
  {
    name: "whoever does not say that it has a document is not reminded",
    file: "src/core/state/exchange.ts",
    find: "if (documents.length === 0) return;\n    const sum",
    replace: "if (documents.length >= 0) return;\n    const sum",
    caughtBy: ["documents-directed"],
  },
  {
    name: "a deletion is no news to whoever has what was deleted",
    file: "src/core/state/versions.ts",
    find: "return first.generation > second.generation;",
    replace: "return first.generation < second.generation;",
    caughtBy: ["documents-agree", "documents-kept"],
  },
  {
    name: "a deletion is forgotten after a moment",
    file: "src/core/state/mark.ts",
    find: "if (isDeleted(mark)) return mark.writtenAt + horizonMs;",
    replace: "if (isDeleted(mark)) return mark.writtenAt + Math.min(2_000, horizonMs);",
    caughtBy: ["documents-agree", "documents-kept"],
  },
  {
    name: "a deletion is handed on without who made it",
    file: "src/core/state/archive.ts",
    find: "return this.#entries.get(key)?.saved?.erasure;",
    replace: "return void key;",
    caughtBy: ["documents-agree", "documents-kept", "proven-connected", "never-throws"],
  },
  {
    name: "what the disk refused is as good as written",
    file: "src/core/state/archive.ts",
    find: "else entry.mark = entry.saved;",
    replace: "",
    caughtBy: ["documents-agree", "documents-kept"],
  },
  {
    name: "a write that the disk refused is acknowledged with the next",
    file: "src/core/state/saves.ts",
    find: "const isGone = keys.includes(key);",
    replace: "const isGone = keys.length < 0 && keys.includes(key);",
    caughtBy: ["documents-kept"],
  },
  {
    name: "the changes of one life are numbered like those of the one before",
    file: "src/core/state/document.ts",
    find: "return `${author} ${boot}`;",
    replace: "return `${author} ${Math.min(0, boot)}`;",
    caughtBy: ["never-throws", "documents-agree", "documents-kept"],
  },
];
