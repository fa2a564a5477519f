import type { Capability } from "../capability/capability.ts";
import {
  compareScores,
  type LeadershipScore,
  leadershipScore,
} from "../election/ranking/leadership_score.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Operator } from "./operator.ts";
import {
  type CellPhase,
  type ElectionPolicy,
  operatorObstacle,
  type PolicyView,
  standingTotal,
} from "./policy.ts";

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

/** What a standing came from. While these are the same, so is the standing. */
interface Grounds {
  readonly profile: MemberProfile | undefined;
  readonly reliability: number | undefined;
  readonly policy: ElectionPolicy;
  readonly phase: CellPhase;
}

/**
 * Ranks the members of a cell each time that something about one of them is not what it was. The
 * others keep the standings that they had.
 */
export class Ranking {
  #known = new Map<NodeId, { readonly grounds: Grounds; readonly standing: Standing }>();

  /** Every member, best leader first. It takes nothing from the seat of whoever computes it (L7). */
  rank({ members, profileOf, reliabilityOf, view }: StandingsInput): Standing[] {
    const before = this.#known;
    this.#known = new Map();
    const standings = members.map((nodeId) => {
      const reliability = reliabilityOf(nodeId);
      const grounds: Grounds = { profile: profileOf(nodeId), reliability, ...view };
      const known = before.get(nodeId);
      const standing = known !== undefined && isSame(known.grounds, grounds)
        ? known.standing
        : standingOf(nodeId, grounds);
      this.#known.set(nodeId, { grounds, standing });
      return standing;
    });
    return standings.sort((left, right) => compareScores(right, left));
  }
}

function isSame(left: Grounds, right: Grounds): boolean {
  return left.profile === right.profile && left.reliability === right.reliability &&
    left.policy === right.policy && left.phase === right.phase;
}

function standingOf(nodeId: NodeId, grounds: Grounds): Standing {
  const { profile, reliability } = grounds;
  const score = leadershipScore(profile?.capabilities ?? [], {
    ...(profile?.power === undefined ? {} : { power: profile.power }),
    ...(reliability === undefined ? {} : { reliability }),
  });
  const total = standingTotal(score, profile?.operator, grounds);
  const obstacle = obstacleOf(profile, grounds);
  return { nodeId, score, total, ...(obstacle === undefined ? {} : { obstacle }) };
}

function obstacleOf(profile: MemberProfile | undefined, view: PolicyView): string | undefined {
  if (profile?.isObserver === true) return "it is an observer";
  return operatorObstacle(profile?.operator, view);
}
