import type { PlantedBug } from "./planted_bug.ts";

/** Bugs in which cell a node is, and in what a leader may do about it. */
export const CELL_BUGS: readonly PlantedBug[] = [
  {
    name: "a leader without quorum decides who moves",
    file: "src/core/cell/rebalancer.ts",
    find: "const decided = hasQuorum ? decide(view, this.#size) : undefined;",
    replace: "const decided = decide(view, this.#size);",
    focus: "election",
    caughtBy: ["moved-by-right"],
  },
  {
    name: "who became a member since is not counted for quorum",
    file: "src/core/election/lease_book.ts",
    find: "if (this.#quorum?.others === others) return this.#quorum.until;",
    replace: "if (this.#quorum !== undefined) return this.#quorum.until;",
    focus: "election",
    caughtBy: ["backed-quorum", "one-quorum"],
  },
];
