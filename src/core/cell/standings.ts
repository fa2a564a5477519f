import type { Capability } from "../capability/capability.ts";
import {
  compareScores,
  type LeadershipScore,
  leadershipScore,
} from "../election/ranking/leadership_score.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Operator } from "./operator.ts";
import { type ElectionPolicy, operatorObstacle, type PolicyView, standingTotal } from "./policy.ts";

/** What a member tells its cell about itself, and what everybody ranks it by. */
export interface MemberProfile {
  /** All of them; a beacon has room for a few only. */
  readonly capabilities: readonly Capability[];
  /** The battery's charge from 0 to 1, or 1 on mains; absent where it is not known. */
  readonly power?: number;
  readonly operator?: Operator;
  /** The policy that it was started with; its cell's charter decides which one holds. */
  readonly policy?: ElectionPolicy;
  /** It takes part, and never leads. */
  readonly isObserver?: true;
  /** Its cell's leader may move it to another cell. */
  readonly isMovable?: true;
}

/** A member as a candidate, with everything that its place among the others comes from. */
export interface Standing {
  readonly nodeId: NodeId;
  readonly score: LeadershipScore;
  /** What it is ranked by: the score's total, unless the policy also counts its operator. */
  readonly total: number;
  /** Why it cannot lead, absent when it can. */
  readonly obstacle?: string;
}

export interface StandingsInput {
  readonly members: readonly NodeId[];
  readonly profileOf: (nodeId: NodeId) => MemberProfile | undefined;
  /** As the leader measured it and told everybody. */
  readonly reliabilityOf: (nodeId: NodeId) => number | undefined;
  readonly view: PolicyView;
}

/** Every member, best leader first. It takes nothing from the seat of whoever computes it (L7). */
export function rankMembers(input: StandingsInput): Standing[] {
  return input.members.map((nodeId) => standingOf(nodeId, input))
    .sort((left, right) => compareScores(right, left));
}

function standingOf(
  nodeId: NodeId,
  { profileOf, reliabilityOf, view }: StandingsInput,
): Standing {
  const profile = profileOf(nodeId);
  const reliability = reliabilityOf(nodeId);
  const score = leadershipScore(profile?.capabilities ?? [], {
    ...(profile?.power === undefined ? {} : { power: profile.power }),
    ...(reliability === undefined ? {} : { reliability }),
  });
  const total = standingTotal(score, profile?.operator, view);
  const obstacle = obstacleOf(profile, view);
  return { nodeId, score, total, ...(obstacle === undefined ? {} : { obstacle }) };
}

function obstacleOf(profile: MemberProfile | undefined, view: PolicyView): string | undefined {
  if (profile?.isObserver === true) return "it is an observer";
  return operatorObstacle(profile?.operator, view);
}
