import type { LeadershipScore } from "../election/ranking/leadership_score.ts";
import { authorityScore, type Operator, RANK_SCORES } from "./operator.ts";

/** What decides who leads: the person at a node, the node itself, or both. */
export const ELECTION_POLICIES = [
  "technical-dominant",
  "rank-dominant",
  "hybrid",
  "contextual",
] as const;

export type ElectionPolicy = (typeof ELECTION_POLICIES)[number];

/** Where a cell is on its way. Under the contextual policy each weighs people differently. */
export type CellPhase = "discovery" | "cell" | "hierarchy";

export function isPolicy(text: string): text is ElectionPolicy {
  return (ELECTION_POLICIES as readonly string[]).includes(text);
}

/** Where nobody says otherwise. */
export const USUAL_POLICY: ElectionPolicy = "technical-dominant";

const AUTHORITY_WEIGHTS: Record<Exclude<ElectionPolicy, "contextual">, number> = {
  "technical-dominant": 0,
  "rank-dominant": 1,
  hybrid: 0.6,
};

const CONTEXTUAL_WEIGHTS: Record<CellPhase, number> = {
  discovery: 0.7,
  cell: 0.6,
  hierarchy: 0.8,
};

/** A person beyond these does not lead, under a policy that asks for persons at all. */
export const OPERATOR_LIMITS = {
  lowestRank: "E5",
  highestCognitiveLoad: 0.85,
  highestFatigue: 0.75,
} as const;

export interface PolicyView {
  readonly policy: ElectionPolicy;
  readonly phase: CellPhase;
}

/** What a node is worth as a leader under a policy, from 0 to 1. */
export function standingTotal(
  score: LeadershipScore,
  operator: Operator | undefined,
  view: PolicyView,
): number {
  const weight = operatorWeight(view);
  // Exactly the technical total where people do not count, without a rounding on the way.
  if (weight === 0) return score.total;
  return weight * authorityScore(operator) + (1 - weight) * score.total;
}

/** Why a node's operator keeps it from leading, undefined when nothing does. */
export function operatorObstacle(
  operator: Operator | undefined,
  view: PolicyView,
): string | undefined {
  if (operatorWeight(view) === 0 || operator === undefined) return undefined;
  const { lowestRank, highestCognitiveLoad, highestFatigue } = OPERATOR_LIMITS;
  const { rank, cognitiveLoad, fatigue } = operator;
  if (rank !== undefined && RANK_SCORES[rank] < RANK_SCORES[lowestRank]) {
    return `its operator's rank ${rank} is below ${lowestRank}`;
  }
  if (cognitiveLoad > highestCognitiveLoad) {
    return `its operator's cognitive load is above ${highestCognitiveLoad}`;
  }
  if (fatigue > highestFatigue) return `its operator's fatigue is above ${highestFatigue}`;
  return undefined;
}

/** How much the person counts under a policy; the node counts for the rest. */
export function operatorWeight({ policy, phase }: PolicyView): number {
  return policy === "contextual" ? CONTEXTUAL_WEIGHTS[phase] : AUTHORITY_WEIGHTS[policy];
}
