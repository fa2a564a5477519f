import type { PlantedBug } from "./planted_bug.ts";

/** Bugs in how nodes come to know what others can do. */
export const CAPABILITY_BUGS: readonly PlantedBug[] = [
  {
    name: "what was changed is not looked for after a restart",
    file: "src/core/capability/book.ts",
    find: "this.#declaration = declarationOf(this.#configured, kept);",
    replace: "this.#declaration = declarationOf(this.#configured, undefined);",
    caughtBy: ["capabilities-kept", "capabilities-known"],
  },
  {
    name: "a change is answered before the disk keeps it",
    file: "src/core/abilities.ts",
    find: "this.#pending.push({ requestId, declaration });",
    replace: "this.#pending.push({ requestId, declaration }); this.#tell({ requestId });",
    caughtBy: ["capabilities-kept"],
  },
];
