import { AUTHORITY_SCORES, type AuthorityLevel } from "../capability/authority.ts";

/**
 * Ranks and what they are worth. Compare ranks by these: warrant officers stand between enlisted and
 * officers, whatever number an enumeration gives them.
 */
export const RANK_SCORES = {
  E1: 0.1,
  E2: 0.15,
  E3: 0.2,
  E4: 0.3,
  E5: 0.4,
  E6: 0.5,
  E7: 0.6,
  E8: 0.7,
  E9: 0.8,
  W1: 0.7,
  W2: 0.75,
  W3: 0.8,
  W4: 0.85,
  W5: 0.9,
  O1: 0.85,
  O2: 0.9,
  O3: 0.95,
  O4: 0.97,
  O5: 0.98,
  O6: 0.99,
  O7: 0.995,
  O8: 0.997,
  O9: 0.999,
  O10: 1,
} as const;

export type Rank = keyof typeof RANK_SCORES;

export function isRank(text: string): text is Rank {
  return Object.hasOwn(RANK_SCORES, text);
}

/** The person who works with a node. */
export interface Operator {
  readonly rank?: Rank;
  readonly authority: AuthorityLevel;
  /** From 0 to 1, like the fatigue. */
  readonly cognitiveLoad: number;
  readonly fatigue: number;
  /** What the person is trained for, such as 25U. */
  readonly specialty?: string;
}

const RANK_WEIGHT = 0.6;
const AUTHORITY_WEIGHT = 0.3;
const CALM_WEIGHT = 0.1;

/** What a node's operator adds to its standing, 0 without one. */
export function authorityScore(operator: Operator | undefined): number {
  if (operator === undefined) return 0;
  const rank = operator.rank === undefined ? 0 : RANK_SCORES[operator.rank];
  return RANK_WEIGHT * rank + AUTHORITY_WEIGHT * AUTHORITY_SCORES[operator.authority] +
    CALM_WEIGHT * (1 - operator.cognitiveLoad);
}

/** How much of a person's attention is left. */
export function effectiveness({ cognitiveLoad, fatigue }: Operator): number {
  return 0.6 * (1 - cognitiveLoad) + 0.4 * (1 - fatigue);
}
