import { type Claim, compareClaims, isSameClaim } from "../election/claim.ts";
import type { Leadership } from "../election/leadership.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Assignments } from "./message.ts";
import { assignRoles, type CellRole, type RoleOf } from "./roles.ts";
import type { MemberProfile, Standing } from "./standings.ts";

/** Changes in reliability smaller than this are nobody's business. */
const RELIABILITY_STEP = 0.05;

/** What the leader decides by, besides everybody's rank. */
export interface Company {
  profileOf(nodeId: NodeId): MemberProfile | undefined;
  isPresent(nodeId: NodeId): boolean;
}

type Decided = Pick<Assignments, "roles" | "deputy">;

/** Who does what in the cell, as the leader decides and everybody else is told. */
export class Duties {
  readonly #self: NodeId;
  #assignments: Assignments | undefined;
  /** The ranks that the assignments were decided by. While they stand, so do roles and deputy. */
  #decidedBy: readonly Standing[] | undefined;

  constructor(self: NodeId) {
    this.#self = self;
  }

  get assignments(): Assignments | undefined {
    return this.#assignments;
  }

  assignmentOf(nodeId: NodeId): RoleOf | undefined {
    return this.#assignments?.roles.find((role) => role.nodeId === nodeId);
  }

  roleOf(nodeId: NodeId): CellRole | undefined {
    return this.assignmentOf(nodeId)?.role;
  }

  get deputy(): NodeId | undefined {
    return this.#assignments?.deputy;
  }

  reliabilityOf(nodeId: NodeId): number | undefined {
    return this.#assignments?.reliability[nodeId];
  }

  /** What this member decided as the leader by that claim, for somebody who missed it. */
  current(claim: Claim | undefined): Assignments | undefined {
    const isOwn = claim !== undefined && this.#assignments?.claim.nodeId === this.#self;
    return isOwn ? this.#assignments : undefined;
  }

  /** Takes a leader's word, unless a later leader's came before it. Answers whether it is news. */
  accept(assignments: Assignments): boolean {
    const known = this.#assignments;
    if (known !== undefined && compareClaims(assignments.claim, known.claim) < 0) return false;
    this.#decidedBy = undefined;
    this.#assignments = assignments;
    return true;
  }

  /** Decides anew while this member leads. Answers what to tell, if it is anything new. */
  assign(
    leadership: Leadership,
    standings: readonly Standing[],
    company: Company,
  ): Assignments | undefined {
    const before = this.#assignments;
    const isDecided = this.#decidedBy === standings && before !== undefined;
    const { roles, deputy } = isDecided ? before : this.#decide(standings, company);
    this.#decidedBy = standings;
    const next: Assignments = {
      kind: "assignments",
      claim: leadership.claim,
      roles,
      ...(deputy === undefined ? {} : { deputy }),
      reliability: this.#reliability(leadership),
    };
    if (before !== undefined && isSame(before, next)) return undefined;
    this.#assignments = next;
    return next;
  }

  /** Who does what, and who leads if this member cannot. */
  #decide(standings: readonly Standing[], company: Company): Decided {
    const members = standings.map(({ nodeId }) => ({
      nodeId,
      profile: company.profileOf(nodeId) ?? { capabilities: [] },
    }));
    const deputy = standings.find(({ nodeId, obstacle }) =>
      nodeId !== this.#self && obstacle === undefined && company.isPresent(nodeId)
    )?.nodeId;
    const roles = assignRoles(this.#self, members);
    return deputy === undefined ? { roles } : { roles, deputy };
  }

  #reliability({ reliability }: Leadership): Record<NodeId, number> {
    const steps = 1 / RELIABILITY_STEP;
    const rounded: Record<NodeId, number> = {};
    for (const [nodeId, share] of reliability) rounded[nodeId] = Math.round(share * steps) / steps;
    return rounded;
  }
}

function isSame(left: Assignments, right: Assignments): boolean {
  return isSameClaim(left.claim, right.claim) && left.deputy === right.deputy &&
    areSameRoles(left.roles, right.roles) && areSameShares(left.reliability, right.reliability);
}

function areSameRoles(left: readonly RoleOf[], right: readonly RoleOf[]): boolean {
  return left === right || (left.length === right.length && left.every((one, place) => {
    const { nodeId, role, fitness } = right[place]!;
    return one.nodeId === nodeId && one.role === role && one.fitness === fitness;
  }));
}

function areSameShares(left: Assignments["reliability"], right: Assignments["reliability"]) {
  const nodeIds = Object.keys(left);
  return nodeIds.length === Object.keys(right).length &&
    nodeIds.every((nodeId) => left[nodeId] === right[nodeId]);
}
