import { reader } from "./compile.ts";
import { compareLiterals } from "./literal.ts";
import type { QueryMatch } from "./match.ts";
import type { Aggregation, Literal } from "./query.ts";
import { ruleOf } from "./fields.ts";

/** How many different values are named; how many there are is told of all. */
export const DISTINCT_LIMIT = 256;

/** What an aggregation came to. */
export interface AggregateResult extends Aggregation {
  /** Of `count` and `distinct`, how many; of `min` and `max`, the number, absent where there is none. */
  readonly value?: number;
  /** The different values, in their order. */
  readonly values?: readonly Literal[];
}

/** Computes it over everybody that matched, and over the capabilities for which they did. */
export function aggregateOver(
  matches: readonly QueryMatch[],
  aggregation: Aggregation,
): AggregateResult {
  const { function: name, field } = aggregation;
  if (name === "count" || field === undefined) return { ...aggregation, value: matches.length };
  if (name === "distinct") {
    const different = new Set(valuesOf(matches, field));
    const values = [...different].sort(compareLiterals).slice(0, DISTINCT_LIMIT);
    return { ...aggregation, value: different.size, values };
  }
  let extreme: number | undefined;
  for (const value of valuesOf(matches, field)) {
    if (typeof value !== "number") continue;
    const isFurther = extreme === undefined || (name === "min" ? value < extreme : value > extreme);
    if (isFurther) extreme = value;
  }
  return extreme === undefined ? aggregation : { ...aggregation, value: extreme };
}

function* valuesOf(
  matches: readonly QueryMatch[],
  field: NonNullable<Aggregation["field"]>,
): Generator<Literal> {
  const read = reader(field);
  const { isOfCapability } = ruleOf(field);
  for (const { node, distance, capabilities } of matches) {
    const row = { node, distance };
    for (const capability of isOfCapability ? capabilities : [undefined]) {
      const value = read(row, capability);
      if (value !== undefined) yield value;
    }
  }
}
