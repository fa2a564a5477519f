import * as v from "valibot";
import { CAPABILITY_TYPES } from "../core/capability/capability.ts";

/** What a node answers about its cell. */
export const CELL_PATHS = {
  status: "/v1/cell",
  /** With `dryRun=1`, or nothing, as its query. */
  approve: "/v1/cell/approve",
} as const;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const CellMember = v.object({
  nodeId: v.string(),
  present: v.boolean(),
  /** What it does and how well that fits it, once the leader said so. */
  role: v.exactOptional(v.string()),
  fitness: v.exactOptional(v.number()),
  /** The share of heartbeats that it acknowledged, as the leader counts. */
  reliability: v.exactOptional(v.number()),
  /** The policy that it was started with, where that is not the cell's. */
  startedWith: v.exactOptional(v.string()),
});

export const GATE_STATES = ["forming", "failed", "awaiting-approval", "ready"] as const;

export const CellView = v.object({
  cell: v.string(),
  /** Whose view this is. */
  nodeId: v.string(),
  state: v.picklist(GATE_STATES),
  /** From 0 to 1, over the kinds that are required. */
  readiness: v.number(),
  /** What is missing, in words. */
  missing: v.array(v.string()),
  /** Required kinds that nobody who is there has. */
  gaps: v.array(v.picklist(CAPABILITY_TYPES)),
  leaderId: v.exactOptional(v.string()),
  deputy: v.exactOptional(v.string()),
  /** How many members there are, present or not. */
  size: count,
  /** Between which sizes its leader keeps it; absent where nobody is moved. */
  least: v.exactOptional(count),
  most: v.exactOptional(count),
  /** By what all members rank each other, whatever each was started with, */
  policy: v.string(),
  /** and who led when that was agreed, or whose wish it is until it is. */
  policySetBy: v.string(),
  policyAgreed: v.boolean(),
  /** Whose approval holds. */
  approvedBy: v.exactOptional(v.string()),
  members: v.array(CellMember),
});
export type CellView = v.InferOutput<typeof CellView>;

export const ApprovalAnswer = v.object({
  cell: v.string(),
  /** Whose key signed. */
  issuer: v.string(),
  /** It was only asked whether it would be done. */
  dryRun: v.exactOptional(v.literal(true)),
});
export type ApprovalAnswer = v.InferOutput<typeof ApprovalAnswer>;
