import { aggregate, type Contribution, readinessOf } from "../capability/aggregate.ts";
import type { CapabilityType } from "../capability/capability.ts";

/** What a cell has to be before it counts as formed. */
export interface GateRules {
  readonly leastMembers: number;
  readonly leastReadiness: number;
  readonly required: readonly CapabilityType[];
}

export const DEFAULT_GATE: GateRules = {
  leastMembers: 3,
  leastReadiness: 0.7,
  required: ["communication", "sensor"],
};

/** How far a cell is. `forming` passes by itself; `failed` takes somebody or something to come. */
export type GateState = "forming" | "failed" | "awaiting-approval" | "ready";

export interface GateInput {
  readonly members: readonly Contribution[];
  readonly hasLeader: boolean;
  /** Whether every member has been told what it does. */
  readonly hasRoles: boolean;
  /** Whether a person agreed to what needs a person's consent. */
  readonly isApproved: boolean;
}

export interface GateView {
  readonly state: GateState;
  readonly readiness: number;
  /** What is missing, in words; empty when nothing is. */
  readonly missing: readonly string[];
  /** Required kinds that nobody has, or that are not fit for use. */
  readonly gaps: readonly CapabilityType[];
}

/** Judges a cell anew from what is known now; it has no memory, so it recovers when the cell does. */
export function judgeFormation(input: GateInput, rules: GateRules = DEFAULT_GATE): GateView {
  const { members, hasLeader, hasRoles, isApproved } = input;
  const aggregates = aggregate(members);
  const readiness = readinessOf(aggregates, rules.required);
  const gaps = rules.required.filter((type) => !aggregates.some((one) => one.type === type));
  const needsApproval = aggregates.some(({ requiresOversight }) => requiresOversight);
  const view = (state: GateState, ...missing: string[]): GateView => ({
    state,
    readiness,
    missing,
    gaps,
  });
  const wanting = rules.leastMembers - members.length;
  if (wanting > 0) {
    return view("failed", `${wanting} more ${wanting === 1 ? "member" : "members"}`);
  }
  if (!hasLeader) return view("forming", "a leader");
  if (!hasRoles) return view("forming", "a role for every member");
  if (gaps.length > 0) return view("failed", ...gaps.map((type) => `somebody with ${type}`));
  if (readiness < rules.leastReadiness) {
    return view("failed", `readiness ${rules.leastReadiness}, it is ${readiness.toFixed(2)}`);
  }
  if (needsApproval && !isApproved) return view("awaiting-approval", "a person's approval");
  return view("ready");
}
