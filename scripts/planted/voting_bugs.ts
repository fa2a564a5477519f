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
    caughtBy: ["one-vote", "fence"],
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
    name: "the vote of a member that was removed since counts",
    file: "src/core/election/bid.ts",
    find: "const given = others.flatMap((nodeId) => granted.get(nodeId) ?? []);",
    replace: "const given = [...granted.values()];",
    caughtBy: ["voted-in", "kept-promise", "one-policy"],
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
    caughtBy: ["left-members", "same-members", "cell-sizes", "one-leader"],
  },
  {
    name: "an autonomous leader gives way to none with quorum",
    file: "src/core/election/seat.ts",
    find: 'if (own.authority(now) !== authority) return authority === "quorum";',
    replace: "if (own.authority(now) !== authority) return false;",
    caughtBy: ["one-leader"],
  },
  {
    name: "half of the members are a majority",
    file: "src/core/election/electorate.ts",
    find: "return 2 * count > this.size;",
    replace: "return 2 * count >= this.size;",
    caughtBy: ["polled-in", "voted-in"],
  },
  {
    name: "whoever misses its leader stands without asking who else does",
    file: "src/core/election/poll_round.ts",
    find: 'if (!isOver && this.#answers.size < this.#asked.length) return { kind: "open" };',
    replace: 'if (isOver || !isOver) return { kind: "carried", ...support };',
    caughtBy: ["polled-in"],
  },
  {
    name: "whoever is bound says all the same that it would vote",
    file: "src/core/election/vote_messages.ts",
    find: 'verdict: leadership === undefined ? voter.verdict(now, from) : "leading",',
    replace: 'verdict: leadership === undefined ? "granted" : "leading",',
    caughtBy: ["polled-in"],
  },
  {
    name: "whoever lost its disk votes at once",
    file: "src/core/election/voter.ts",
    find: "this.#startingUntil = options.startedAt + longestMs;",
    replace: "this.#startingUntil = options.startedAt + (options.isFresh ? 0 : longestMs);",
    caughtBy: ["kept-promise", "one-quorum"],
  },
  {
    name: "who was removed is still counted on",
    file: "src/core/election/lease_book.ts",
    find: "const ends = others.map((nodeId) => this.boundUntil(nodeId)).sort((left, right) =>",
    replace:
      "const ends = [...this.#boundUntil.values(), ...others.map(() => -Infinity)].sort((left, right) =>",
    caughtBy: ["backed-quorum", "one-quorum"],
  },
  {
    name: "a lease counts from when the sign of life was acknowledged",
    file: "src/core/election/leader_messages.ts",
    find: "if (leadership.feel(from, heard)) this.#seat.tellAuthority(now);",
    replace:
      "leadership.noteSpoken(heard, now);\n    if (leadership.feel(from, heard)) this.#seat.tellAuthority(now);",
    caughtBy: ["backed-quorum", "one-quorum"],
  },
  {
    name: "a vote is counted on from when it came",
    file: "src/core/election/leadership.ts",
    find: "this.#bindVoters(options.votes, options.askedAt);",
    replace: "this.#bindVoters(options.votes, options.now);",
    caughtBy: ["backed-quorum", "one-quorum"],
  },
  {
    name: "what acknowledges an earlier claim counts for the present one",
    file: "src/core/election/leader_messages.ts",
    find:
      "if (leadership === undefined || !isSameClaim(leadership.claim, claim)) return;\n    if (leadership.feel",
    replace: "if (leadership === undefined) return void claim;\n    if (leadership.feel",
    caughtBy: ["backed-quorum", "one-quorum"],
  },
  {
    name: "whoever voted in a higher term lets a lower claim count on it",
    file: "src/core/election/leader_messages.ts",
    find:
      "if (!ballot.isDurable || compareClaims(followed.claim, ballot.floor) < 0) return undefined;",
    replace: "if (!ballot.isDurable) return undefined;",
    caughtBy: ["fence"],
  },
  {
    name: "of two that meet the higher claim stays, whatever its right",
    file: "src/core/election/seat.ts",
    find: 'if (own.authority(now) !== authority) return authority === "quorum";',
    replace: "void authority;",
    caughtBy: ["steady-leader"],
  },
  {
    name: "whoever heard of a leader from others vouches for it",
    file: "src/core/election/leader_messages.ts",
    find:
      "if (followed === undefined || followed.isIndirect) return;\n    if (!isSameClaim(followed.claim, claim)) return;\n    if (now",
    replace:
      "if (!isSameClaim(followed?.claim, claim) || followed === undefined) return;\n    if (now",
    caughtBy: ["one-leader"],
  },
  {
    name: "a leader that was replaced still moves members",
    file: "src/core/cell/cell.ts",
    find: "if (message.claim.nodeId !== from || !this.#election.accepts(message.claim)) return;",
    replace: "if (message.claim.nodeId !== from) return;",
    caughtBy: ["fence"],
  },
  {
    name: "a member that slept accuses its leader of silence",
    file: "src/core/election/election.ts",
    find:
      "if (lateMs >= STALL_SHARE * this.#seat.pace.heartbeatMs) this.#seat.forgive(now, lateMs);",
    replace: "void [lateMs, STALL_SHARE];",
    caughtBy: ["slept-blameless", "steady-leader"],
  },
];
