import type { CapabilityType } from "../capability.ts";
import type { AuthorityLevel } from "../authority.ts";
import type { MetadataValue } from "../metadata.ts";

/** Composed capabilities are of a kind that no node can announce. */
export type ComposedType = "emergent";

export type IngredientType = CapabilityType | ComposedType;

/** One link of a chain: the best capability that meets all of this takes part. */
export interface Need {
  readonly type?: IngredientType;
  /** One of these says what it is: a word of its name, its `kind`, or a key that is true. */
  readonly tags?: readonly string[];
}

interface Common {
  readonly id: string;
}

/** Sums a number that several have. */
export interface AdditiveRule extends Common {
  readonly kind: "additive";
  readonly type: IngredientType;
  readonly key: string;
  readonly least: number;
}

/** Something that nobody has alone, from one capability for each need. */
export interface ChainRule extends Common {
  readonly kind: "emergent";
  readonly method: "chain";
  readonly needs: readonly Need[];
  readonly leastConfidence: number;
  /** What the outcome says of itself besides. */
  readonly metadata?: Readonly<Record<string, MetadataValue>>;
}

/** A link over which somebody with enough authority can be asked. */
export interface AuthorizationRule extends Common {
  readonly kind: "emergent";
  readonly method: "authorization";
  readonly authority: AuthorityLevel;
}

/** Sensors that look into several domains. */
export interface DomainsRule extends Common {
  readonly kind: "emergent";
  readonly method: "domains";
  readonly leastConfidence: number;
}

/** Several that can do the same: one of them will. */
export interface ReliabilityRule extends Common {
  readonly kind: "redundant";
  readonly method: "reliability";
  readonly type: IngredientType;
  readonly least: number;
  readonly leastConfidence: number;
}

/** Several that look at the same ground. */
export interface OverlapRule extends Common {
  readonly kind: "redundant";
  readonly method: "overlap";
  readonly type: IngredientType;
  readonly least: number;
  readonly leastOverlap: number;
}

/** What the weakest allows: `reach` is as far as the farthest where everybody hands on. */
export interface ConstraintRule extends Common {
  readonly kind: "constraint";
  readonly method: "slowest" | "shortest" | "reach";
  readonly type?: IngredientType;
  readonly key: string;
}

export type CompositionRule =
  | AdditiveRule
  | ChainRule
  | AuthorizationRule
  | DomainsRule
  | ReliabilityRule
  | OverlapRule
  | ConstraintRule;

export const COMPOSITION_LIMITS = {
  rules: 64,
  needs: 8,
  tags: 8,
  /** Capabilities that take part; those that are relied on least are left out. */
  ingredients: 1_024,
  /** How often outcomes are fed back before what still changes is left as it is. */
  rounds: 8,
} as const;
