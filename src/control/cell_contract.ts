import * as v from "valibot";
import { CAPABILITY_TYPES } from "../core/capability/capability.ts";
import { HEALTH_STATES } from "../core/capability/health.ts";
import { PositionView } from "./contract.ts";

/** What a node answers about its cell. */
export const CELL_PATHS = {
  status: "/v1/cell",
  list: "/v1/cells",
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

const degrees = v.number();

/** What everybody can do of one kind together. */
const KindView = v.object({
  type: v.picklist(CAPABILITY_TYPES),
  /** How many bring it. */
  contributors: count,
  confidence: v.number(),
  /** The rest only of a cell: the confidence as far as people allow, */
  effective: v.exactOptional(v.number()),
  /** whether a person has to agree, and whether it is good enough for a mission. */
  requiresOversight: v.exactOptional(v.boolean()),
  missionReady: v.exactOptional(v.boolean()),
});

/** What several nodes come to. Nobody who is lost is left out of the count. */
export const SummaryView = v.object({
  /** Absent for what is more than one cell. */
  cell: v.exactOptional(v.string()),
  members: count,
  /** Those who are there and can do something, and the others. */
  operational: count,
  casualties: count,
  /** The worst of those who are there. */
  health: v.picklist(HEALTH_STATES),
  /** The mean of those who say it, from 0 to 100. */
  powerPercent: v.exactOptional(v.number()),
  center: v.exactOptional(PositionView),
  radiusMeters: v.exactOptional(v.number()),
  /** West is east of east where they are on both sides of the antimeridian. */
  bounds: v.exactOptional(
    v.object({ south: degrees, north: degrees, west: degrees, east: degrees }),
  ),
  readiness: v.number(),
  capabilities: v.array(KindView),
});
export type SummaryView = v.InferOutput<typeof SummaryView>;

/** Every cell that a node knows of, and what all of them come to. */
export const CellsView = v.object({
  /** Whose view this is. */
  nodeId: v.string(),
  /** Of how many nodes it is known what they can do, of how many that there are. */
  heardFrom: count,
  ofNodes: count,
  cells: v.array(SummaryView),
  together: SummaryView,
});
export type CellsView = v.InferOutput<typeof CellsView>;

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
  /** What its members come to. */
  summary: SummaryView,
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
