import type { LeadershipScore } from "../election/ranking/leadership_score.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Choice } from "./choice.ts";
import { authorityScore } from "./operator.ts";
import type { Standing } from "./standings.ts";

/** One member as a candidate, with everything that its place comes from. */
export interface Candidate {
  readonly nodeId: NodeId;
  /** It could lead. */
  readonly isEligible: boolean;
  /** Why it won, lost, or could not. */
  readonly reason: string;
  readonly score: LeadershipScore;
  /** What its operator is worth, absent without one. */
  readonly operatorScore?: number;
  readonly total: number;
  /** What it would be ranked by now, where that is something else. */
  readonly totalNow?: number;
}

export interface ExplainInput {
  /** What is known of everybody now. */
  readonly now: Omit<Choice, "leader">;
  /** What was known when the present leader came to lead, undefined while nobody leads. */
  readonly choice: Choice | undefined;
}

/**
 * Every known member, best leader first, with the values that ranked it when the leader was elected.
 * Whoever was not known by then has today's.
 */
export function explainElection({ now, choice }: ExplainInput): Candidate[] {
  const { standings } = now;
  const today = new Map(standings.map((standing) => [standing.nodeId, standing]));
  const then = choice?.standings ?? [];
  const known = new Set(then.map(({ nodeId }) => nodeId));
  const newcomers = standings.filter(({ nodeId }) => !known.has(nodeId));
  // Whoever is no member any more is no candidate either.
  const all = [...then.filter(({ nodeId }) => today.has(nodeId)), ...newcomers];
  return all.map((standing) => {
    const { nodeId, score, total } = standing;
    const judged = choice === undefined
      ? judgeUnled(standing, now.present)
      : judge(standing, choice, known.has(nodeId));
    const operator = (known.has(nodeId) ? choice?.operators : now.operators)?.get(nodeId);
    const totalNow = today.get(nodeId)?.total;
    return {
      nodeId,
      ...judged,
      score,
      ...(operator === undefined ? {} : { operatorScore: authorityScore(operator) }),
      total,
      ...(totalNow === undefined || totalNow === total ? {} : { totalNow }),
    };
  });
}

type Judgement = Pick<Candidate, "isEligible" | "reason">;

function judgeUnled({ nodeId, obstacle }: Standing, present: ReadonlySet<NodeId>): Judgement {
  if (obstacle !== undefined) return { isEligible: false, reason: obstacle };
  if (!present.has(nodeId)) return { isEligible: false, reason: "it is absent" };
  return { isEligible: true, reason: "nobody is elected yet" };
}

function judge(standing: Standing, choice: Choice, wasKnown: boolean): Judgement {
  const { nodeId, total, obstacle } = standing;
  const { leader, orderedBy, present, reachable } = choice;
  if (nodeId === leader.nodeId) return { isEligible: true, reason: whyItWon(standing, choice) };
  if (obstacle !== undefined) return { isEligible: false, reason: obstacle };
  if (!wasKnown) return { isEligible: true, reason: "the leader was elected before it joined" };
  if (!present.has(nodeId)) {
    return { isEligible: false, reason: "absent when the leader was elected" };
  }
  const winner = choice.standings.find((other) => other.nodeId === leader.nodeId);
  const by = (winner?.total ?? 0) - total;
  if (by > 0) return { isEligible: true, reason: `lost to ${leader.nodeId} by ${difference(by)}` };
  if (orderedBy !== undefined) {
    return { isEligible: true, reason: `${orderedBy} ordered that ${leader.nodeId} leads` };
  }
  if (by === 0 && leader.nodeId > nodeId) {
    return { isEligible: true, reason: `equal to ${leader.nodeId}, whose id is higher` };
  }
  if (!reachable.has(nodeId)) {
    return { isEligible: false, reason: "not connected when the leader was elected" };
  }
  return {
    isEligible: true,
    reason: `it ranks higher than ${leader.nodeId}, which led before; a live leader stays`,
  };
}

function whyItWon(winner: Standing, { standings, present, reachable, orderedBy }: Choice): string {
  if (orderedBy !== undefined) return `won: ${orderedBy} ordered it`;
  // Whoever is not better lost in any case, and whoever is had to be connected to win.
  const rivals = standings.filter(({ nodeId, total, obstacle }) =>
    nodeId !== winner.nodeId && obstacle === undefined && present.has(nodeId) &&
    (total <= winner.total || reachable.has(nodeId))
  );
  if (rivals.length === 0) return "won: nobody else could lead";
  const best = Math.max(...rivals.map(({ total }) => total));
  const total = rounded(winner.total);
  const of = rivals.length + 1;
  if (winner.total > best) return `won: ${total} is the highest of ${of}`;
  const equal = rivals.filter((rival) => rival.total === best).map(({ nodeId }) => nodeId);
  const isHighestId = equal.every((nodeId) => nodeId < winner.nodeId);
  if (winner.total === best && isHighestId) {
    return `won: ${total} is the highest of ${of}, and of ${equal.length + 1} equal ones its id is`;
  }
  return "led before better ones were connected, and a live leader stays";
}

/** Two digits are enough for people, unless they would say that there is no difference. */
function difference(by: number): string {
  return by >= 0.005 ? by.toFixed(2) : String(Number(by.toPrecision(1)));
}

function rounded(total: number): string {
  return total.toFixed(2);
}
