import type { Parser } from "./parser.ts";
import {
  AGGREGATE_FUNCTIONS,
  type Aggregation,
  type Expression,
  type Order,
  type Place,
  type Query,
  QUERY_LIMITS,
} from "./query.ts";

type Clauses = Omit<Query, "where">;

/** Reads what may follow the expression: each clause at most once, and in this order. */
export function parseClauses(parser: Parser): Clauses {
  const prefer = parsePreferences(parser);
  const composed = parser.takeKeyword("COMPOSED");
  const near = parser.takeKeyword("NEAR") ? parsePlace(parser) : undefined;
  const orderBy = parseOrders(parser);
  const limit = parser.takeKeyword("LIMIT") ? parseLimit(parser) : undefined;
  const aggregate = parseAggregates(parser);
  return {
    ...(prefer === undefined ? {} : { prefer }),
    ...(composed ? { composed } : {}),
    ...(near === undefined ? {} : { near }),
    ...(orderBy === undefined ? {} : { orderBy }),
    ...(limit === undefined ? {} : { limit }),
    ...(aggregate === undefined ? {} : { aggregate }),
  };
}

/** Commas part them, so that a preference may be any expression. */
function parsePreferences(parser: Parser): Expression[] | undefined {
  if (!parser.takeKeyword("PREFER")) return undefined;
  return parseList(parser, QUERY_LIMITS.preferences, () => parser.whole());
}

function parsePlace(parser: Parser): Place {
  const { token } = parser;
  const latitude = parser.expectNumber("a latitude such as 52.52");
  if (Math.abs(latitude) > 90) parser.refuse("a latitude from -90 to 90", token);
  parser.expectSymbol(",");
  const { token: second } = parser;
  const longitude = parser.expectNumber("a longitude such as 13.405");
  if (Math.abs(longitude) > 180) parser.refuse("a longitude from -180 to 180", second);
  return { latitude, longitude };
}

function parseOrders(parser: Parser): Order[] | undefined {
  if (!parser.takeKeyword("ORDER")) return undefined;
  if (!parser.takeKeyword("BY")) parser.refuse("BY");
  return parseList(parser, QUERY_LIMITS.orders, () => parseOrder(parser));
}

function parseOrder(parser: Parser): Order {
  const field = parser.takeKeyword("SCORE") ? "score" : parser.expectField();
  if (parser.takeKeyword("DESC")) return { field, descending: true };
  parser.takeKeyword("ASC");
  return { field };
}

function parseLimit(parser: Parser): number {
  const { results } = QUERY_LIMITS;
  const { token } = parser;
  const limit = parser.expectNumber("a number of results");
  if (Number.isInteger(limit) && limit >= 0 && limit <= results) return limit;
  return parser.refuse(`a whole number from 0 to ${results}`, token);
}

function parseAggregates(parser: Parser): Aggregation[] | undefined {
  if (!parser.takeKeyword("AGGREGATE")) return undefined;
  return parseList(parser, QUERY_LIMITS.aggregates, () => parseAggregate(parser));
}

function parseAggregate(parser: Parser): Aggregation {
  const { text } = parser.token;
  const name = AGGREGATE_FUNCTIONS.find((known) => known === text.toLowerCase());
  if (name === undefined) return parser.refuse(`one of ${AGGREGATE_FUNCTIONS.join(", ")}`);
  parser.next();
  if (name === "count") return { function: name };
  parser.expectSymbol("(", `( and the field of ${name}`);
  const field = parser.expectField();
  parser.expectSymbol(")");
  return { function: name, field };
}

function parseList<T>(parser: Parser, most: number, read: () => T): T[] {
  const items = [read()];
  while (parser.takeSymbol(",")) {
    if (items.length === most) parser.refuse(`no more than ${most} of them`);
    items.push(read());
  }
  return items;
}
