import type { PlantedBug } from "./planted_bug.ts";

/** Bugs where operators put nodes in cells. Only runs with assignments show them. */
export const ASSIGNMENT_BUGS: readonly PlantedBug[] = [
  {
    name: "an earlier assignment takes the place of a later one",
    file: "src/core/assignment/assignee.ts",
    find: 'if (order > 0) return this.#act(now, "later", assignment);',
    replace: 'if (order !== 0) return this.#act(now, "later", assignment);',
    caughtBy: ["assigned-latest"],
  },
  {
    name: "an assignment is never late where it was issued",
    file: "src/core/assignment/issuer.ts",
    find: 'if (issued.deadline <= now) this.#act(now, issued, "late");',
    replace: "if (issued.deadline < 0) continue;",
    caughtBy: ["assigned-ends"],
  },
  {
    name: "an assignment is never late at the node",
    file: "src/core/assignment/assignee.ts",
    find: 'this.#held.deadline <= now) this.#act(now, "late");',
    replace: 'this.#held.deadline < 0) this.#act(now, "late");',
    caughtBy: ["assigned-ends", "no-spin"],
  },
  {
    name: "whoever signs may assign",
    file: "src/sim/virtual_orders.ts",
    find: "if (!mayAssign(signed.seal.owner)) return undefined;",
    replace: "",
    caughtBy: ["assigned-by-right"],
  },
  {
    name: "an assignment counts as completed once it has begun",
    file: "src/core/assignment/assignee.ts",
    find: 'state: "inProgress", ...this.#look() });',
    replace: 'state: "completed", ...this.#look() });',
    caughtBy: ["assigned-truth"],
  },
  {
    name: "an assignment is answered before the disk has it",
    file: "src/core/assignment/assignee.ts",
    find: "if (this.#kept.isKept(version)) this.#tell(now, assignment, progress); // G4",
    replace: "void version; this.#tell(now, assignment, progress);",
    caughtBy: ["assigned-kept"],
  },
  {
    name: "an assignment is said before the disk of its issuer has it",
    file: "src/core/assignment/issuer.ts",
    find: "if (!isReachable || !this.#kept.isKept(version)) return NEVER;",
    replace: "if (!isReachable) return NEVER; void version;",
    caughtBy: ["assigned-kept"],
  },
  {
    name: "an issuer forgets what it issued with its process",
    file: "src/core/assignment/issuer.ts",
    find: "const stored = Array.isArray(value) ? value.slice(-ISSUED_LIMIT) : [];",
    replace: "const stored = Array.isArray(value) ? value.slice(value.length) : [];",
    caughtBy: ["assigned-kept"],
  },
  {
    name: "a node forgets its assignment with its process",
    file: "src/core/assignment/assignee.ts",
    find: "const stored = readStoredAssignment(value);",
    replace: "const stored = readStoredAssignment(undefined && value);",
    caughtBy: ["assigned-kept", "assigned-latest"],
  },
];
