import { type AuthorityLevel, bestAuthority } from "./authority.ts";
import { type Capability, CAPABILITY_TYPES, type CapabilityType } from "./capability.ts";

/** What one member brings: what it can do, and who works with it. */
export interface Contribution {
  readonly capabilities: readonly Capability[];
  readonly authority?: AuthorityLevel;
}

/** What a cell can do of one kind, all its members together. */
export interface Aggregate {
  readonly type: CapabilityType;
  readonly contributors: number;
  readonly confidence: number;
  /** A person has to agree before it is used. */
  readonly requiresOversight: boolean;
  /** The confidence as far as people allow. */
  readonly effective: number;
  readonly isMissionReady: boolean;
}

/** What several contributors of one kind add, by how many there are at least. */
const REDUNDANCY: readonly (readonly [least: number, bonus: number])[] = [
  [5, 0.15],
  [3, 0.1],
  [2, 0.05],
];

const AUTHORITY_BONUS: Partial<Record<AuthorityLevel, number>> = {
  commander: 0.1,
  supervisor: 0.05,
  advisor: 0.03,
};

/** What is left of a confidence that needs oversight, by who is there to give it. */
const OVERSIGHT_SHARE: Record<AuthorityLevel | "none", number> = {
  commander: 1,
  supervisor: 0.85,
  advisor: 0.7,
  observer: 0.6,
  none: 0.5,
};

const READY_CONFIDENCE = 0.7;
const READY_WITH_OVERSIGHT = 0.8;

/** What each kind is worth to a cell that is asked how ready it is. */
export const READINESS_WEIGHTS: Record<CapabilityType, number> = {
  communication: 0.3,
  sensor: 0.25,
  compute: 0.2,
  payload: 0.15,
  mobility: 0.1,
};

/** What a cell can do, kind by kind; kinds that nobody has are absent. */
export function aggregate(members: readonly Contribution[]): Aggregate[] {
  const authority = bestAuthority(members.map((member) => member.authority));
  return CAPABILITY_TYPES.flatMap((type) => {
    const confidences = members.flatMap(({ capabilities }) => {
      const own = capabilities.filter((one) => one.type === type && one.confidence > 0)
        .map(({ confidence }) => confidence);
      return own.length === 0 ? [] : [Math.max(...own)];
    });
    return confidences.length === 0 ? [] : [aggregateOf(type, confidences, authority)];
  });
}

function aggregateOf(
  type: CapabilityType,
  confidences: readonly number[],
  authority: AuthorityLevel | undefined,
): Aggregate {
  const base = confidences.reduce((sum, value) => sum + value, 0) / confidences.length;
  const redundancy = REDUNDANCY.find(([least]) => confidences.length >= least)?.[1] ?? 0;
  const bonus = authority === undefined ? 0 : AUTHORITY_BONUS[authority] ?? 0;
  const confidence = Math.min(1, base + redundancy + bonus);
  const requiresOversight = needsOversight(type, authority);
  const isMissionReady = requiresOversight
    ? authority !== undefined && confidence >= READY_WITH_OVERSIGHT
    : confidence >= READY_CONFIDENCE;
  const share = requiresOversight ? OVERSIGHT_SHARE[authority ?? "none"] : 1;
  return {
    type,
    contributors: confidences.length,
    confidence,
    requiresOversight,
    effective: confidence * share,
    isMissionReady,
  };
}

function needsOversight(type: CapabilityType, authority: AuthorityLevel | undefined): boolean {
  if (type === "payload") return authority !== "commander";
  return type === "communication" && (authority === undefined || authority === "observer");
}

/** Something that is asked of a cell, and that it cannot be asked. */
export interface Gap {
  readonly type: CapabilityType;
  /** Nobody has it, it is not good enough, or nobody is there who may allow its use. */
  readonly reason: "missing" | "unfit" | "unsupervised";
}

/** The required kinds that are not ready for a mission, in the order in which they are required. */
export function gapsOf(
  aggregates: readonly Aggregate[],
  required: readonly CapabilityType[],
  authority: AuthorityLevel | undefined,
): Gap[] {
  return required.flatMap((type): Gap[] => {
    const found = aggregates.find((one) => one.type === type);
    if (found === undefined) return [{ type, reason: "missing" }];
    if (found.isMissionReady) return [];
    const isUnsupervised = found.requiresOversight && authority === undefined;
    return [{ type, reason: isUnsupervised ? "unsupervised" : "unfit" }];
  });
}

/** How ready a cell is for what is asked of it: a kind that nobody has counts as not at all. */
export function readinessOf(
  aggregates: readonly Aggregate[],
  required: readonly CapabilityType[],
): number {
  const weights = required.reduce((sum, type) => sum + READINESS_WEIGHTS[type], 0);
  if (weights === 0) return 1;
  const reached = required.reduce((sum, type) => {
    const found = aggregates.find((one) => one.type === type);
    return sum + READINESS_WEIGHTS[type] * (found?.confidence ?? 0);
  }, 0);
  return reached / weights;
}
