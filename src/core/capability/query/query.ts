import type { Field } from "./fields.ts";

/** What a field is compared with. */
export type Literal = string | number | boolean;

export type NumberOperator = "<" | "<=" | ">" | ">=";

/** `^=` is what has no breaking change since. */
export type VersionOperator = "=" | "!=" | NumberOperator | "^=";

/** What has to hold. It is plain data: the typed form of a query is this as JSON. */
export type Expression =
  /** Holds of everybody. */
  | { readonly kind: "anything" }
  | { readonly kind: "and" | "or"; readonly terms: readonly Expression[] }
  | { readonly kind: "not"; readonly term: Expression }
  /** The node has some capability of which the term holds. */
  | { readonly kind: "has"; readonly term: Expression }
  | {
    readonly kind: "equal" | "unequal";
    readonly field: Field;
    readonly value: Literal;
  }
  | {
    readonly kind: "number";
    readonly field: Field;
    readonly operator: NumberOperator;
    readonly value: number;
  }
  /** Both ends count as within. */
  | {
    readonly kind: "range";
    readonly field: Field;
    readonly least: number;
    readonly most: number;
  }
  | {
    readonly kind: "version";
    readonly field: Field;
    readonly operator: VersionOperator;
    readonly version: string;
  }
  | { readonly kind: "prefix" | "contains"; readonly field: Field; readonly text: string }
  | { readonly kind: "present"; readonly field: Field };

export type Comparison = Extract<Expression, { readonly field: Field }>;

export interface Order {
  readonly field: Field | "score";
  readonly descending?: true;
}

export const AGGREGATE_FUNCTIONS = ["count", "distinct", "min", "max"] as const;
export type AggregateFunction = (typeof AGGREGATE_FUNCTIONS)[number];

/** Something computed over all that matched, whatever the limit. `count` takes no field. */
export interface Aggregation {
  readonly function: AggregateFunction;
  readonly field?: Field;
}

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** A question of who can do something, in the form that programs write it. */
export interface Query {
  readonly where: Expression;
  /** What speaks for a node that has it, and against nobody. */
  readonly prefer?: readonly Expression[];
  /** Cells are asked for as well, by what their members can do together. */
  readonly composed?: true;
  /** Where distances are taken from; absent, from the node that is asked. */
  readonly near?: Place;
  readonly orderBy?: readonly Order[];
  readonly limit?: number;
  readonly aggregate?: readonly Aggregation[];
}

/** Bounds of every query, whichever form it comes in. What is beyond them is refused. */
export const QUERY_LIMITS = {
  characters: 4_096,
  depth: 24,
  /** Comparisons, everywhere together. */
  comparisons: 64,
  preferences: 8,
  orders: 4,
  aggregates: 8,
  literal: 128,
  results: 10_000,
} as const;

/**
 * A query that cannot be understood. `position` counts characters from 1, of a text; of a typed
 * query `path` says where in it.
 */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly position: number | undefined;
  readonly path: string | undefined;

  constructor(where: { position: number } | { path: string }, readonly state: string) {
    const place = "position" in where ? `at character ${where.position}` : `at ${where.path}`;
    super(`Cannot understand the query ${place}: ${state}`);
    this.position = "position" in where ? where.position : undefined;
    this.path = "path" in where ? where.path : undefined;
  }
}
