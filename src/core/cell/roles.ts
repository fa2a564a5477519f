import type { CapabilityType } from "../capability/capability.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Operator } from "./operator.ts";
import type { MemberProfile } from "./standings.ts";

/** What a member does in its cell, in the public schema's order. */
export const CELL_ROLES = [
  "leader",
  "sensor",
  "compute",
  "relay",
  "strike",
  "support",
  "follower",
] as const;

export type CellRole = (typeof CELL_ROLES)[number];

/** What a member does, and how well that fits it. */
export interface RoleOf {
  readonly nodeId: NodeId;
  readonly role: CellRole;
  readonly fitness: number;
}

interface RoleNeeds {
  readonly required: CapabilityType | undefined;
  readonly preferred: readonly CapabilityType[];
  /** What an operator may be trained for, to do it well. */
  readonly specialties: readonly string[];
}

/** What each role takes. The leader is elected, and everybody can follow. */
const ROLE_NEEDS: Record<Exclude<CellRole, "leader" | "follower">, RoleNeeds> = {
  sensor: { required: "sensor", preferred: ["communication"], specialties: ["19D", "35M", "35N"] },
  compute: {
    required: "compute",
    preferred: ["communication"],
    specialties: ["35F", "35N", "17C"],
  },
  relay: { required: "communication", preferred: ["sensor"], specialties: ["25U", "25B", "25Q"] },
  strike: {
    required: "payload",
    preferred: ["sensor", "compute"],
    specialties: ["11B", "11C", "19K"],
  },
  support: { required: undefined, preferred: ["mobility"], specialties: ["68W", "88M", "91B"] },
};

const REQUIRED_WEIGHT = 0.3;
const PREFERRED_WEIGHT = 0.2;
const SPECIALTY_WEIGHT = 0.3;
const HEALTH_WEIGHT = 0.2;

/** A role that fits worse than this is left, and the member follows. */
const LEAST_FITNESS = 0.5;

/** How well the training of a member's operator fits; one without a specialty stands between. */
const SPECIALTY_SCORES = { match: 0.9, mismatch: 0.3, none: 0.5 } as const;

/** What is known of a member's health, in the public schema's words. */
export const HEALTH_SCORES = {
  nominal: 1,
  degraded: 0.6,
  critical: 0.3,
  failed: 0,
  unknown: 0.5,
} as const;

export type Health = keyof typeof HEALTH_SCORES;

/** How well a role fits a member: the weighted mean of what it needs, likes, and of its health. */
export function fitness(
  role: keyof typeof ROLE_NEEDS,
  profile: MemberProfile,
  health: Health = "unknown",
): number {
  const { required, preferred, specialties } = ROLE_NEEDS[role];
  const { operator } = profile;
  const best = (type: CapabilityType) =>
    Math.max(
      0,
      ...profile.capabilities.filter((capability) => capability.type === type)
        .map(({ confidence }) => confidence),
    );
  const terms = [
    [REQUIRED_WEIGHT, required === undefined ? 1 : best(required)],
    [PREFERRED_WEIGHT, mean(preferred.map(best))],
    [HEALTH_WEIGHT, HEALTH_SCORES[health]],
    // A node without an operator is not judged by anybody's training.
    ...(operator === undefined
      ? []
      : [[SPECIALTY_WEIGHT, trained(operator, specialties)] as const]),
  ] as const;
  const weights = terms.reduce((sum, [weight]) => sum + weight, 0);
  return terms.reduce((sum, [weight, value]) => sum + weight * value, 0) / weights;
}

export interface RoleCandidate {
  readonly nodeId: NodeId;
  readonly profile: MemberProfile;
  readonly health?: Health;
}

/**
 * A role for every member but the leader: each takes the free role that fits it best, those whom
 * one fits most first. Everybody knows the same, so everybody would assign the same.
 */
export function assignRoles(leader: NodeId, members: readonly RoleCandidate[]): RoleOf[] {
  const roles: RoleOf[] = [{ nodeId: leader, role: "leader", fitness: 1 }];
  const taken = new Map<CellRole, number>();
  const others = members.filter(({ nodeId }) => nodeId !== leader);
  const open = new Map(others.map((member) => [member.nodeId, offersTo(member)]));
  while (open.size > 0) {
    const next = bestOffer(open, taken);
    open.delete(next.nodeId);
    taken.set(next.role, (taken.get(next.role) ?? 0) + 1);
    roles.push(next);
  }
  return roles.sort((left, right) => left.nodeId < right.nodeId ? -1 : 1);
}

/** Every role that fits the member well enough, in the public schema's order. */
function offersTo({ nodeId, profile, health }: RoleCandidate): RoleOf[] {
  return (Object.keys(ROLE_NEEDS) as (keyof typeof ROLE_NEEDS)[])
    .map((role) => ({ nodeId, role, fitness: fitness(role, profile, health) }))
    .filter((offer) => isAble(offer.role, profile) && offer.fitness >= LEAST_FITNESS);
}

/**
 * The best fit of all; a role that somebody has already is worth less, so that none is missing. Of
 * equals the lower id comes first. Whoever no role fits follows, and comes last.
 */
function bestOffer(
  open: ReadonlyMap<NodeId, readonly RoleOf[]>,
  taken: ReadonlyMap<CellRole, number>,
): RoleOf {
  let best: RoleOf | undefined;
  let bestWorth = -Infinity;
  for (const [nodeId, offers] of open) {
    for (const offer of offers) {
      const worth = offer.fitness / (1 + (taken.get(offer.role) ?? 0));
      const isBetter = worth > bestWorth || (worth === bestWorth && nodeId < best!.nodeId);
      if (isBetter) [best, bestWorth] = [offer, worth];
    }
  }
  return best ?? { nodeId: [...open.keys()][0]!, role: "follower", fitness: 1 };
}

function trained({ specialty }: Operator, specialties: readonly string[]): number {
  if (specialty === undefined) return SPECIALTY_SCORES.none;
  return specialties.includes(specialty) ? SPECIALTY_SCORES.match : SPECIALTY_SCORES.mismatch;
}

function isAble(role: keyof typeof ROLE_NEEDS, { capabilities }: MemberProfile): boolean {
  const { required, preferred } = ROLE_NEEDS[role];
  const has = (type: CapabilityType) => capabilities.some((capability) => capability.type === type);
  return required === undefined ? preferred.some(has) : has(required);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 1 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
