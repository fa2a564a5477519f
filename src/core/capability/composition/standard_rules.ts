import type { CompositionRule } from "./rule.ts";

/** What is composed where no other rules are given. */
export const STANDARD_RULES: readonly CompositionRule[] = [
  { id: "sensor_coverage", kind: "additive", type: "sensor", key: "coverage_area", least: 2 },
  { id: "payload_capacity", kind: "additive", type: "payload", key: "lift_capacity", least: 2 },
  {
    id: "communication_bandwidth",
    kind: "additive",
    type: "communication",
    key: "bandwidth",
    least: 2,
  },
  {
    id: "isr_chain",
    kind: "emergent",
    method: "chain",
    needs: [{ type: "sensor" }, { type: "compute" }, { type: "communication" }],
    leastConfidence: 0.7,
  },
  {
    id: "mapping_3d",
    kind: "emergent",
    method: "chain",
    needs: [
      { type: "sensor", tags: ["camera"] },
      { type: "sensor", tags: ["lidar"] },
      { type: "compute" },
    ],
    leastConfidence: 0.7,
  },
  {
    id: "strike_chain",
    kind: "emergent",
    method: "chain",
    needs: [
      { type: "emergent", tags: ["isr_chain", "isr_capable"] },
      { type: "payload", tags: ["strike"] },
      { type: "sensor", tags: ["bda"] },
    ],
    leastConfidence: 0.8,
    metadata: { requires_human_approval: true },
  },
  {
    id: "authorization_coverage",
    kind: "emergent",
    method: "authorization",
    authority: "commander",
  },
  { id: "multi_domain_coverage", kind: "emergent", method: "domains", leastConfidence: 0.7 },
  {
    id: "detection_reliability",
    kind: "redundant",
    method: "reliability",
    type: "sensor",
    least: 2,
    leastConfidence: 0.6,
  },
  {
    id: "continuous_coverage",
    kind: "redundant",
    method: "overlap",
    type: "sensor",
    least: 2,
    leastOverlap: 0.3,
  },
  {
    id: "fault_tolerance",
    kind: "redundant",
    method: "reliability",
    type: "communication",
    least: 3,
    leastConfidence: 0,
  },
  { id: "team_speed", kind: "constraint", method: "slowest", type: "mobility", key: "max_speed" },
  {
    id: "communication_range",
    kind: "constraint",
    method: "reach",
    type: "communication",
    key: "range",
  },
  { id: "mission_duration", kind: "constraint", method: "shortest", key: "endurance_minutes" },
];
