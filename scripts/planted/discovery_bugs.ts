import type { PlantedBug } from "./planted_bug.ts";

/** Bugs in what nodes know of each other over others, and of who was put out. */
export const DISCOVERY_BUGS: readonly PlantedBug[] = [
  {
    name: "a beacon is handed on over any number of nodes",
    file: "src/core/discovery/relay.ts",
    find: "if (known.hops >= PEER_MESSAGE_LIMITS.hops) return undefined; // Y1",
    replace: "",
    caughtBy: ["never-throws", "relayed-truth"],
  },
  {
    name: "a beacon is said again over any number of nodes",
    file: "src/core/discovery/repeater.ts",
    find: "if (hops >= PEER_MESSAGE_LIMITS.hops) this.#counts.tooFar++; // R1\n    else if",
    replace: "if",
    caughtBy: ["never-throws", "repeated-truth"],
  },
  {
    name: "a beacon is said again as often as it comes",
    file: "src/core/discovery/repeater.ts",
    find: "if (known !== undefined && !isFresher(beacon, known)) {",
    replace: "if (known !== undefined && isFresher(known, beacon)) {",
    caughtBy: ["repeated-truth"],
  },
  {
    name: "what is remembered of peers is not read again",
    file: "src/core/discovery/memory.ts",
    find: "for (const { nodeId, address } of readPeers(value)) {",
    replace: "for (const { nodeId, address } of readPeers(undefined && value)) {",
    caughtBy: ["memory"],
  },
  {
    name: "who was revoked stays listed",
    file: "src/core/neighbourhood.ts",
    find: 'case "revoked":\n        this.#putOut(now, input.peer);\n',
    replace: 'case "revoked":\n',
    caughtBy: ["proven-alive"],
  },
];
