import * as v from "valibot";
import { HEALTH_STATES } from "../core/capability/health.ts";

/** What a node answers about what it and others can do. */
export const CAPABILITY_PATHS = {
  /** With `text` and, for a live one, `liveMs` as its query. */
  query: "/v1/query",
  list: "/v1/capabilities",
  /** With `set=SPEC`, `clear=TYPE[:NAME]` or `health=STATE`, and `dryRun=1` or nothing. */
  change: "/v1/capabilities/change",
  /** With `withinMs`. */
  holders: "/v1/capabilities/holders",
} as const;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const value = v.union([v.string(), v.number(), v.boolean()]);
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

const QueriedCapabilityView = v.object({
  id: v.string(),
  name: v.string(),
  type: v.string(),
  confidence: share,
  metadata: v.record(v.string(), value),
  /** Of what a cell can do together: what it comes from. */
  from: v.exactOptional(v.array(v.string())),
});

const QueryResultView = v.object({
  /** Of a cell, who speaks for it. */
  nodeId: v.string(),
  cell: v.exactOptional(v.string()),
  /** It is a whole cell that can do this. */
  composed: v.exactOptional(v.literal(true)),
  score: share,
  distanceMeters: v.exactOptional(v.number()),
  rttMs: v.exactOptional(v.number()),
  capabilities: v.array(QueriedCapabilityView),
});
export type QueryResultView = v.InferOutput<typeof QueryResultView>;

const AggregateView = v.object({
  function: v.string(),
  field: v.exactOptional(v.string()),
  value: v.exactOptional(v.number()),
  values: v.exactOptional(v.array(value)),
});

export const QueryAnswer = v.object({
  /** As it was understood. */
  query: v.string(),
  /** Of how many nodes it is known what they can do, of how many that there are. */
  heardFrom: count,
  ofNodes: count,
  /** They were asked for it, and who did not answer in time is not heard from. */
  live: v.exactOptional(v.literal(true)),
  /** How many matched, whatever the limit. */
  total: count,
  results: v.array(QueryResultView),
  aggregates: v.exactOptional(v.array(AggregateView)),
});
export type QueryAnswer = v.InferOutput<typeof QueryAnswer>;

export const CapabilityView = v.object({
  id: v.string(),
  name: v.string(),
  type: v.string(),
  /** As it was set, and as others may rely on it while the node is in its present health. */
  confidence: share,
  effective: share,
  metadata: v.record(v.string(), value),
  /** Where it comes from: the node's configuration, or an operator's change at run time. */
  origin: v.picklist(["configured", "set"]),
});
export type CapabilityView = v.InferOutput<typeof CapabilityView>;

export const CapabilityList = v.object({
  nodeId: v.string(),
  health: v.picklist(HEALTH_STATES),
  /** Over all of them as others see them. */
  digest: v.string(),
  capabilities: v.array(CapabilityView),
});
export type CapabilityList = v.InferOutput<typeof CapabilityList>;

export const ChangeAnswer = v.object({
  nodeId: v.string(),
  /** What was changed, and how it is now, or would be. */
  changed: v.array(CapabilityView),
  health: v.picklist(HEALTH_STATES),
  digest: v.string(),
  /** It was only asked what would be done. */
  dryRun: v.exactOptional(v.literal(true)),
});
export type ChangeAnswer = v.InferOutput<typeof ChangeAnswer>;

/** Which connected peers know all that the node can do as it is now. */
export const HoldersAnswer = v.object({
  digest: v.string(),
  holders: v.array(v.string()),
  others: v.array(v.string()),
});
export type HoldersAnswer = v.InferOutput<typeof HoldersAnswer>;
