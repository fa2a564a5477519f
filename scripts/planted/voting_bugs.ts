import type { PlantedBug } from "./planted_bug.ts";

/** Bugs in who may vote for whom, what a vote is worth, and who is a member. */
export const VOTING_BUGS: readonly PlantedBug[] = [
  {
    name: "a restarted member knows neither its term nor its vote",
    file: "src/core/cell/cell.ts",
    find: "const ballot = readStoredBallot(stored.ballot);",
    replace: "const ballot = readStoredBallot(undefined && stored.ballot);",
    caughtBy: ["one-vote", "one-claim", "fence"],
  },
  {
    name: "a ballot counts as written before its last change is",
    file: "src/core/election/ballot.ts",
    find: "this.#durable = this.#writing;",
    replace: "this.#durable = this.#version;",
    caughtBy: ["one-vote"],
  },
  {
    name: "a vote of another term counts",
    file: "src/core/election/bid.ts",
    find: 'if (campaign?.term !== term || campaign.askedAt === undefined) return "late";',
    replace: 'if (campaign?.askedAt === undefined) return "late";',
    caughtBy: ["voted-in", "kept-promise", "backed-quorum", "one-quorum"],
  },
  {
    name: "a refusal counts for a vote",
    file: "src/core/election/bid.ts",
    find: "if (holdMs !== undefined) campaign.granted.set(from, { nodeId: from, holdMs });",
    replace: "campaign.granted.set(from, { nodeId: from, holdMs: holdMs ?? 0 });",
    caughtBy: ["voted-in", "kept-promise", "backed-quorum", "one-quorum"],
  },
  {
    name: "a candidate counts its own vote twice",
    file: "src/core/election/bid.ts",
    find: "return { votes, weight: votes.length + (isFree ? 1 : 0) };",
    replace: "return { votes, weight: votes.length + (isFree ? 2 : 0) };",
    caughtBy: ["voted-in", "kept-promise"],
  },
  {
    name: "who says that it is bound to another is counted on",
    file: "src/core/election/leadership.ts",
    find: "isBound ? this.#pace.leaseMs : 0",
    replace: "this.#pace.leaseMs",
    caughtBy: ["backed-quorum", "one-quorum"],
  },
  {
    name: "a vote is counted on for longer than it holds",
    file: "src/core/election/leadership.ts",
    find: "askedAt + leaseOf(holdMs)",
    replace: "askedAt + 3 * holdMs",
    caughtBy: ["backed-quorum", "one-quorum"],
  },
  {
    name: "every leader says that it has quorum",
    file: "src/core/election/leadership.ts",
    find: 'return now < this.quorumUntil() ? "quorum" : "autonomous";',
    replace: 'return now < this.quorumUntil() ? "quorum" : "quorum";',
    caughtBy: ["backed-quorum", "one-quorum"],
  },
  {
    name: "every member ranks itself first",
    file: "src/core/cell/cell.ts",
    find: "const first = this.#orders.order?.leader;",
    replace: "const first = this.#orders.order?.leader ?? this.#self;",
    caughtBy: ["best-first", "steady-leader", "one-leader"],
  },
  {
    name: "of equal members the lower name leads",
    file: "src/core/election/ranking/leadership_score.ts",
    find: "return left.nodeId > right.nodeId ? 1 : -1;",
    replace: "return left.nodeId > right.nodeId ? -1 : 1;",
    caughtBy: ["best-first"],
  },
  {
    name: "a removal is forgotten at once",
    file: "src/core/cell/roster.ts",
    find: "    this.#removed.set(nodeId, number);\n",
    replace: "    if (number < 0) this.#removed.set(nodeId, number);\n",
    caughtBy: ["same-members", "cell-sizes", "one-leader"],
  },
  {
    name: "an autonomous leader gives way to none with quorum",
    file: "src/core/election/seat.ts",
    find: 'if (own.authority(now) !== authority) return authority === "quorum";',
    replace: "if (own.authority(now) !== authority) return false;",
    caughtBy: ["one-leader"],
  },
];
