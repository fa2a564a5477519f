import { type Field, type FieldRule, metadataKey, ruleOf } from "./fields.ts";
import { type Comparison, type Literal, QUERY_LIMITS } from "./query.ts";
import { readVersion } from "./semver.ts";
import { nearest } from "../../kernel/nearest.ts";

/** What would have been right where a comparison is not, or undefined for one that makes sense. */
export function expectedOf(comparison: Comparison): string | undefined {
  const { field } = comparison;
  const rule = ruleOf(field);
  switch (comparison.kind) {
    case "present":
      return undefined;
    case "equal":
    case "unequal":
      return expectedValue(field, rule, comparison.value);
    case "number":
      return holdsNumbers(rule) && Number.isFinite(comparison.value)
        ? undefined
        : orderless(field, rule);
    case "range":
      if (!holdsNumbers(rule)) return orderless(field, rule);
      return comparison.least <= comparison.most &&
          Number.isFinite(comparison.most - comparison.least)
        ? undefined
        : `a range from a lower number to a higher one for ${field}`;
    case "version":
      if (rule.kind !== "any") return orderless(field, rule);
      return isShort(comparison.version) && readVersion(comparison.version) !== undefined
        ? undefined
        : `a version such as v1.2.0 for ${field}`;
    case "prefix":
    case "contains":
      if (rule.kind !== "text" && rule.kind !== "any") return `no text for ${field}`;
      return comparison.text !== "" && isShort(comparison.text)
        ? undefined
        : `1 to ${QUERY_LIMITS.literal} characters for ${field}`;
  }
}

/** How much texts differ in what may stand behind a field. */
export function holdsNumbers({ kind }: FieldRule): boolean {
  return kind === "number" || kind === "any";
}

function expectedValue(field: Field, rule: FieldRule, value: Literal): string | undefined {
  switch (rule.kind) {
    case "number":
      return isFiniteNumber(value) ? undefined : `a number for ${field}`;
    case "truth":
      return typeof value === "boolean" ? undefined : `true or false for ${field}`;
    case "text":
      if (typeof value !== "string") return `a text for ${field}`;
      return expectedText(field, rule, value);
    case "any":
      if (typeof value === "string") return expectedText(field, rule, value);
      return typeof value === "boolean" || isFiniteNumber(value)
        ? undefined
        : `a value for ${field}`;
  }
}

function expectedText(field: Field, { values }: FieldRule, text: string): string | undefined {
  if (values !== undefined && !values.includes(text)) {
    const meant = nearest(text, values);
    const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
    return `one of ${values.join(", ")} for ${field}${hint}`;
  }
  return text !== "" && isShort(text)
    ? undefined
    : `1 to ${QUERY_LIMITS.literal} characters for ${field}`;
}

function orderless(field: Field, { kind }: FieldRule): string {
  if (kind === "number") return `a number for ${field}`;
  if (metadataKey(field) !== undefined || kind === "any") {
    return `a number, or a version such as v1.2.0, for ${field}`;
  }
  return `: or != for ${field}, which has no order`;
}

function isFiniteNumber(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

function isShort(text: string): boolean {
  return text.length <= QUERY_LIMITS.literal;
}
