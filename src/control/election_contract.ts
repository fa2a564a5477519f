import * as v from "valibot";

/** What a node answers about its cell's leader, and who may come to lead. */
export const ELECTION_PATHS = {
  status: "/v1/election",
  explain: "/v1/election/explain",
  history: "/v1/election/history",
  /** With `nodeId` as its query, and `dryRun=1` to only see whether it would be done. */
  override: "/v1/election/override",
  /** With `policy` as its query, and `dryRun=1` to only see whether it would be done. */
  policy: "/v1/election/policy",
  /** With `dryRun=1`, or nothing, as its query. */
  stepDown: "/v1/election/step-down",
} as const;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const AUTHORITIES = ["quorum", "autonomous"] as const;
const authority = v.picklist(AUTHORITIES);

/** The part of a member in its cell's election. */
const MemberView = v.object({
  nodeId: v.string(),
  present: v.boolean(),
  /** What it does in the cell, once the leader said so. */
  role: v.exactOptional(v.string()),
  /** It is next in line. */
  deputy: v.boolean(),
});

export const ElectionView = v.object({
  cell: v.string(),
  /** Whose view this is. */
  nodeId: v.string(),
  /** Absent while nobody leads. */
  leaderId: v.exactOptional(v.string()),
  /** The leader's, or the highest one that this node took part in. */
  term: count,
  authority: v.exactOptional(authority),
  state: v.picklist(["leader", "candidate", "follower"]),
  /** When this leader was first known here. */
  since: v.exactOptional(v.string()),
  /** How long the leader's quorum still holds, or this member's promise to its leader. */
  leaseMs: v.exactOptional(v.number()),
  members: v.array(MemberView),
  /** How often somebody else came to lead since this node started. */
  transitions: count,
  /** After how long a silence a leader is given up; longer while this machine is short of time. */
  patienceMs: v.number(),
  /** What was said about leaders and had no effect, and what was done seldom, by its name; */
  counts: v.record(v.string(), count),
  /** and what was dropped because a list was full. */
  bounds: v.record(v.string(), count),
});
export type ElectionView = v.InferOutput<typeof ElectionView>;

const CandidateView = v.object({
  nodeId: v.string(),
  eligible: v.boolean(),
  reason: v.string(),
  total: v.number(),
  compute: v.number(),
  communication: v.number(),
  sensors: v.number(),
  power: v.number(),
  reliability: v.number(),
  /** What its operator is worth. */
  operator: v.exactOptional(v.number()),
  /** What it would be ranked by now, where that is something else. */
  totalNow: v.exactOptional(v.number()),
});
export type CandidateView = v.InferOutput<typeof CandidateView>;

export const ExplanationView = v.object({
  cell: v.string(),
  term: count,
  /** The policy. */
  ranking: v.string(),
  /** How much each part counts; `operator` of the whole, the others of the rest. */
  weights: v.record(v.string(), v.number()),
  candidates: v.array(CandidateView),
  winner: v.exactOptional(v.string()),
  authority: v.exactOptional(authority),
});
export type ExplanationView = v.InferOutput<typeof ExplanationView>;

/** Somebody else leads, or nobody, or by another right; as one node saw it. */
export const LeaderChange = v.object({
  type: v.literal("leader"),
  ts: v.string(),
  /** Whose view this is. */
  nodeId: v.string(),
  cell: v.string(),
  term: v.exactOptional(count),
  leaderId: v.exactOptional(v.string()),
  authority: v.exactOptional(authority),
  cause: v.string(),
});
export type LeaderChange = v.InferOutput<typeof LeaderChange>;

export const LeaderChanges = v.array(LeaderChange);
export type LeaderChanges = v.InferOutput<typeof LeaderChanges>;

export const OrderAnswer = v.object({
  cell: v.string(),
  /** Who leads now, if anybody does. */
  from: v.exactOptional(v.string()),
  /** Who was ordered to, absent when whoever is best shall. */
  leaderId: v.exactOptional(v.string()),
  /** Whose key signed. */
  issuer: v.string(),
  /** It was only asked whether it would be done. */
  dryRun: v.exactOptional(v.literal(true)),
});
export type OrderAnswer = v.InferOutput<typeof OrderAnswer>;

export const PolicyAnswer = v.object({
  cell: v.string(),
  /** By what members ranked each other until now. */
  from: v.string(),
  policy: v.string(),
  /** Whose key signed. */
  issuer: v.string(),
  /** It was only asked whether it would be done. */
  dryRun: v.exactOptional(v.literal(true)),
});
export type PolicyAnswer = v.InferOutput<typeof PolicyAnswer>;

/** What a node that refuses says, so that the command can say it and exit by it. */
export const Refusal = v.object({
  error: v.object({
    message: v.string(),
    code: v.exactOptional(v.string()),
    hint: v.exactOptional(v.string()),
    exitCode: v.exactOptional(v.number()),
  }),
});
