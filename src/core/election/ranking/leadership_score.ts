import type { Capability } from "../../capability/capability.ts";
import type { NodeId } from "../../kernel/ids.ts";

/** How much each part of a score counts. They add up to one. */
export const SCORE_WEIGHTS = {
  compute: 0.3,
  communication: 0.25,
  sensors: 0.2,
  power: 0.15,
  reliability: 0.1,
} as const;

export type ScorePart = keyof typeof SCORE_WEIGHTS;

export const SCORE_PARTS = Object.keys(SCORE_WEIGHTS) as readonly ScorePart[];

/** What each sensor adds, up to one. */
const SENSOR_SHARE = 0.25;

/** How well a node could lead, in parts from 0 to 1, and their weighted total. */
export type LeadershipScore = Readonly<Record<ScorePart, number>> & { readonly total: number };

/** What a score takes besides capabilities. Both are full where nothing is known of them. */
export interface Condition {
  /** The battery's charge from 0 to 1; 1 on mains. */
  readonly power?: number;
  /** The smoothed share of heartbeats that the node acknowledged. */
  readonly reliability?: number;
}

/**
 * Scores a node by what it can do. Of several capabilities of one kind the last counts, sensors
 * excepted, which add up. What is no number from 0 to 1 counts as the nearest that is.
 */
export function leadershipScore(
  capabilities: readonly Capability[],
  { power = 1, reliability = 1 }: Condition = {},
): LeadershipScore {
  let [compute, communication, sensors] = [0, 0, 0];
  for (const { type, confidence } of capabilities) {
    if (type === "compute") compute = confidence;
    else if (type === "communication") communication = confidence;
    else if (type === "sensor") sensors++;
  }
  return weigh({
    compute,
    communication,
    sensors: SENSOR_SHARE * sensors,
    power,
    reliability,
  });
}

/** The total of the parts, each brought into its bounds first. */
export function weigh(parts: Readonly<Record<ScorePart, number>>): LeadershipScore {
  const bounded = {
    compute: share(parts.compute),
    communication: share(parts.communication),
    sensors: share(parts.sensors),
    power: share(parts.power),
    reliability: share(parts.reliability),
  };
  const total = SCORE_PARTS.reduce((sum, part) => sum + bounded[part] * SCORE_WEIGHTS[part], 0);
  return { ...bounded, total };
}

/**
 * Positive when the left node is the better leader. Of equal scores the higher node id wins, and
 * also where a score is not a number.
 */
export function compareScores(
  left: { readonly nodeId: NodeId; readonly total: number },
  right: { readonly nodeId: NodeId; readonly total: number },
): number {
  if (left.total > right.total) return 1;
  if (left.total < right.total) return -1;
  if (left.nodeId === right.nodeId) return 0;
  return left.nodeId > right.nodeId ? 1 : -1;
}

function share(value: number): number {
  return value >= 0 ? Math.min(1, value) : 0; // Not a number is not enough of anything.
}
