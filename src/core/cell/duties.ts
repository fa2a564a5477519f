import { type Claim, compareClaims } from "../election/claim.ts";
import type { Leadership } from "../election/leadership.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Assignments } from "./message.ts";
import { assignRoles, type CellRole } from "./roles.ts";
import type { MemberProfile, Standing } from "./standings.ts";

/** Changes in reliability smaller than this are nobody's business. */
const RELIABILITY_STEP = 0.05;

/** What the leader decides by, besides everybody's rank. */
export interface Company {
  profileOf(nodeId: NodeId): MemberProfile | undefined;
  isPresent(nodeId: NodeId): boolean;
}

/** Who does what in the cell, as the leader decides and everybody else is told. */
export class Duties {
  readonly #self: NodeId;
  #assignments: Assignments | undefined;

  constructor(self: NodeId) {
    this.#self = self;
  }

  get assignments(): Assignments | undefined {
    return this.#assignments;
  }

  roleOf(nodeId: NodeId): CellRole | undefined {
    return this.#assignments?.roles.find((role) => role.nodeId === nodeId)?.role;
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
    this.#assignments = assignments;
    return true;
  }

  /** Decides anew while this member leads. Answers what to tell, if it is anything new. */
  assign(
    leadership: Leadership,
    standings: readonly Standing[],
    company: Company,
  ): Assignments | undefined {
    const members = standings.map(({ nodeId }) => ({
      nodeId,
      profile: company.profileOf(nodeId) ?? { capabilities: [] },
    }));
    const deputy = standings.find(({ nodeId, obstacle }) =>
      nodeId !== this.#self && obstacle === undefined && company.isPresent(nodeId)
    )?.nodeId;
    const next: Assignments = {
      kind: "assignments",
      claim: leadership.claim,
      roles: assignRoles(this.#self, members),
      ...(deputy === undefined ? {} : { deputy }),
      reliability: this.#reliability(leadership),
    };
    if (this.#assignments !== undefined && isSame(this.#assignments, next)) return undefined;
    this.#assignments = next;
    return next;
  }

  #reliability({ reliability }: Leadership): Record<NodeId, number> {
    const steps = 1 / RELIABILITY_STEP;
    return Object.fromEntries(
      [...reliability].map(([nodeId, share]) => [nodeId, Math.round(share * steps) / steps]),
    );
  }
}

function isSame(left: Assignments, right: Assignments): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
