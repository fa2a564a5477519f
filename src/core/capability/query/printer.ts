import { type Field, ruleOf } from "./fields.ts";
import { WORD } from "./lexer.ts";
import { literalIn, versionIn } from "./literal.ts";
import type { Comparison, Expression, Literal, Query } from "./query.ts";

/** The one text that a query has. Reading it gives the same query back. */
export function printQuery(query: Query): string {
  const { prefer, composed, near, orderBy, limit, aggregate } = query;
  return [
    printExpression(query.where),
    prefer && `PREFER ${prefer.map(printExpression).join(", ")}`,
    composed && "COMPOSED",
    near && `NEAR ${near.latitude},${near.longitude}`,
    orderBy &&
    `ORDER BY ${
      orderBy.map(({ field, descending }) => `${field}${descending ? " DESC" : ""}`).join(", ")
    }`,
    limit === undefined ? undefined : `LIMIT ${limit}`,
    aggregate &&
    `AGGREGATE ${
      aggregate.map(({ function: name, field }) => field === undefined ? name : `${name}(${field})`)
        .join(", ")
    }`,
  ].filter((part) => part !== undefined).join(" ");
}

export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "anything":
      return "*";
    case "and":
      return expression.terms.map((term) => bracketed(term, ["and", "or"])).join(" AND ");
    case "or":
      return expression.terms.map((term) => bracketed(term, ["or"])).join(" OR ");
    case "not":
      return `NOT ${bracketed(expression.term, ["and", "or"])}`;
    case "has":
      return `HAS(${printExpression(expression.term)})`;
    default:
      return printComparison(expression);
  }
}

function bracketed(term: Expression, kinds: readonly Expression["kind"][]): string {
  const text = printExpression(term);
  return kinds.includes(term.kind) ? `(${text})` : text;
}

function printComparison(comparison: Comparison): string {
  const { field } = comparison;
  switch (comparison.kind) {
    case "present":
      return `${field}:*`;
    case "equal": {
      const sign = typeof comparison.value === "number" ? "=" : ":";
      return `${field}${sign}${printValue(field, comparison.value)}`;
    }
    case "unequal":
      return `${field}!=${printValue(field, comparison.value)}`;
    case "number":
      return `${field}${comparison.operator}${comparison.value}`;
    case "range":
      return `${field}:${comparison.least}..${comparison.most}`;
    case "version": {
      const sign = comparison.operator === "=" ? ":" : comparison.operator;
      return `${field}${sign}v${comparison.version}`;
    }
    case "prefix":
      return `${field}:${isWord(comparison.text) ? comparison.text : quoted(comparison.text)}*`;
    case "contains":
      return `${field}~${isWord(comparison.text) ? comparison.text : quoted(comparison.text)}`;
  }
}

function printValue(field: Field, value: Literal): string {
  if (typeof value !== "string") return `${value}`;
  return isBare(field, value) ? value : quoted(value);
}

/** Whether the word alone would be read as that text. */
function isBare(field: Field, text: string): boolean {
  if (!isWord(text)) return false;
  if (ruleOf(field).kind === "text") return true;
  return literalIn(text) === text && versionIn(text) === undefined;
}

function isWord(text: string): boolean {
  WORD.lastIndex = 0;
  return WORD.exec(text)?.[0] === text;
}

/** JSON leaves some controls as they are, and a query's text has none. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
