import { Budget } from "./budget.ts";
import { expectedOf } from "./comparison.ts";
import { type Field, isField, suggestField } from "./fields.ts";
import { printQuery } from "./printer.ts";
import {
  AGGREGATE_FUNCTIONS,
  type Aggregation,
  type Expression,
  type Literal,
  type NumberOperator,
  type Order,
  type Place,
  type Query,
  QUERY_LIMITS,
  QueryError,
  type VersionOperator,
} from "./query.ts";

const NUMBER_OPERATORS: readonly NumberOperator[] = ["<", "<=", ">", ">="];
const VERSION_OPERATORS: readonly VersionOperator[] = ["=", "!=", "^=", ...NUMBER_OPERATORS];

/** What stands in each kind of expression beside its kind. */
const KEYS: Record<Expression["kind"], readonly string[]> = {
  anything: [],
  and: ["terms"],
  or: ["terms"],
  not: ["term"],
  has: ["term"],
  equal: ["field", "value"],
  unequal: ["field", "value"],
  number: ["field", "operator", "value"],
  range: ["field", "least", "most"],
  version: ["field", "operator", "version"],
  prefix: ["field", "text"],
  contains: ["field", "text"],
  present: ["field"],
};

const KINDS = Object.keys(KEYS) as Expression["kind"][];

/** Reads a query in its typed form, or throws a `QueryError` with the path to what is wrong. */
export function readTypedQuery(value: unknown): Query {
  const at = "the query";
  const { where, prefer, composed, near, orderBy, limit, aggregate } = readObject(at, value, [
    "where",
    "prefer",
    "composed",
    "near",
    "orderBy",
    "limit",
    "aggregate",
  ]);
  if (where === undefined) refuse(at, "expected where");
  if (composed !== undefined && composed !== true) refuse("composed", "expected true or nothing");
  const budget = new Budget();
  const read = (path: string, one: unknown) => readExpression(path, one, budget);
  const query: Query = {
    where: read("where", where),
    ...listed("prefer", prefer, QUERY_LIMITS.preferences, read),
    ...(composed === undefined ? {} : { composed: true }),
    ...(near === undefined ? {} : { near: readPlace("near", near) }),
    ...listed("orderBy", orderBy, QUERY_LIMITS.orders, readOrder),
    ...(limit === undefined ? {} : { limit: readLimit("limit", limit) }),
    ...listed("aggregate", aggregate, QUERY_LIMITS.aggregates, readAggregation),
  };
  const { characters } = QUERY_LIMITS;
  if (printQuery(query).length <= characters) return query;
  return refuse(at, `as a text it is longer than ${characters} characters`);
}

function listed<Key extends string, T>(
  key: Key,
  value: unknown,
  most: number,
  read: (path: string, item: unknown) => T,
): Partial<Record<Key, T[]>> {
  if (value === undefined) return {};
  const items = readArray(key, value, 1, most).map((item, index) => read(`${key}.${index}`, item));
  return { [key]: items } as Record<Key, T[]>;
}

function readExpression(path: string, value: unknown, budget: Budget): Expression {
  check(path, budget.enter());
  const expression = readKind(path, value, budget);
  budget.leave();
  return expression;
}

function readKind(path: string, value: unknown, budget: Budget): Expression {
  const kind = KINDS.find((one) => one === (value as { kind?: unknown } | null)?.kind);
  if (kind === undefined) return refuse(`${path}.kind`, `expected one of ${KINDS.join(", ")}`);
  const parts = readObject(path, value, ["kind", ...KEYS[kind]]);
  switch (kind) {
    case "anything":
      return { kind };
    case "and":
    case "or": {
      const terms = readArray(`${path}.terms`, parts.terms, 2, QUERY_LIMITS.comparisons);
      return {
        kind,
        terms: terms.map((term, index) => readExpression(`${path}.terms.${index}`, term, budget)),
      };
    }
    case "not":
    case "has":
      return { kind, term: readExpression(`${path}.term`, parts.term, budget) };
    default:
      check(path, budget.compare());
      return readComparison(path, kind, parts);
  }
}

type ComparisonKind = Exclude<Expression["kind"], "anything" | "and" | "or" | "not" | "has">;

function readComparison(
  path: string,
  kind: ComparisonKind,
  parts: Readonly<Record<string, unknown>>,
): Expression {
  const field = readField(`${path}.field`, parts.field);
  const comparison = compared(path, kind, field, parts);
  const expected = expectedOf(comparison);
  return expected === undefined ? comparison : refuse(path, `expected ${expected}`);
}

function compared(
  path: string,
  kind: ComparisonKind,
  field: Field,
  parts: Readonly<Record<string, unknown>>,
) {
  switch (kind) {
    case "equal":
    case "unequal":
      return { kind, field, value: readLiteral(`${path}.value`, parts.value) } as const;
    case "number":
      return {
        kind,
        field,
        operator: readWord(`${path}.operator`, parts.operator, NUMBER_OPERATORS),
        value: readNumber(`${path}.value`, parts.value),
      } as const;
    case "range":
      return {
        kind,
        field,
        least: readNumber(`${path}.least`, parts.least),
        most: readNumber(`${path}.most`, parts.most),
      } as const;
    case "version":
      return {
        kind,
        field,
        operator: readWord(`${path}.operator`, parts.operator, VERSION_OPERATORS),
        version: readVersionText(`${path}.version`, parts.version),
      } as const;
    case "prefix":
    case "contains":
      return { kind, field, text: readText(`${path}.text`, parts.text) } as const;
    case "present":
      return { kind, field } as const;
  }
}

function readField(path: string, value: unknown): Field {
  if (typeof value === "string" && isField(value)) return value;
  return refuse(path, `expected ${suggestField(`${value}`.slice(0, QUERY_LIMITS.literal))}`);
}

function readOrder(path: string, value: unknown): Order {
  const { field, descending } = readObject(path, value, ["field", "descending"]);
  if (descending !== undefined && descending !== true) {
    refuse(`${path}.descending`, "expected true or nothing");
  }
  const ordered = field === "score" ? field : readField(`${path}.field`, field);
  return { field: ordered, ...(descending === undefined ? {} : { descending }) };
}

function readAggregation(path: string, value: unknown): Aggregation {
  const { function: name, field } = readObject(path, value, ["function", "field"]);
  const known = readWord(`${path}.function`, name, AGGREGATE_FUNCTIONS);
  if (known !== "count") return { function: known, field: readField(`${path}.field`, field) };
  if (field !== undefined) refuse(`${path}.field`, "expected no field for count");
  return { function: known };
}

function readPlace(path: string, value: unknown): Place {
  const { latitude, longitude } = readObject(path, value, ["latitude", "longitude"]);
  const degrees = (name: string, given: unknown, most: number): number => {
    const number = readNumber(`${path}.${name}`, given);
    return Math.abs(number) <= most
      ? number
      : refuse(`${path}.${name}`, `expected a ${name} from -${most} to ${most}`);
  };
  return {
    latitude: degrees("latitude", latitude, 90),
    longitude: degrees("longitude", longitude, 180),
  };
}

function readLimit(path: string, value: unknown): number {
  const { results } = QUERY_LIMITS;
  const limit = readNumber(path, value);
  if (Number.isInteger(limit) && limit >= 0 && limit <= results) return limit;
  return refuse(path, `expected a whole number from 0 to ${results}`);
}

/** The versions of a text are those of a typed query: without the v that marks them there. */
function readVersionText(path: string, value: unknown): string {
  const text = readText(path, value);
  return /^\d/.test(text) && !text.includes("+")
    ? text
    : refuse(path, "expected a version such as 1.2.0");
}

function readNumber(path: string, value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return refuse(path, "expected a number");
  }
  return value === 0 ? 0 : value;
}

function readText(path: string, value: unknown): string {
  return typeof value === "string" ? value : refuse(path, "expected a text");
}

function readLiteral(path: string, value: unknown): Literal {
  if (typeof value === "string" || typeof value === "boolean") return value;
  return readNumber(path, value);
}

function readWord<Word extends string>(path: string, value: unknown, words: readonly Word[]): Word {
  const word = words.find((known) => known === value);
  return word ?? refuse(path, `expected one of ${words.join(", ")}`);
}

function readArray(path: string, value: unknown, least: number, most: number): unknown[] {
  if (Array.isArray(value) && value.length >= least && value.length <= most) return value;
  return refuse(path, `expected a list of ${least} to ${most}`);
}

function readObject(
  path: string,
  value: unknown,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse(path, "expected an object");
  }
  const foreign = Object.keys(value).find((key) => !keys.includes(key));
  if (foreign === undefined) return value as Record<string, unknown>;
  const known = keys.length === 0 ? "nothing" : keys.join(", ");
  return refuse(path, `expected only ${known}, found ${JSON.stringify(foreign.slice(0, 64))}`);
}

function check(path: string, state: string | undefined): void {
  if (state !== undefined) refuse(path, state);
}

function refuse(path: string, state: string): never {
  throw new QueryError({ path }, state);
}
