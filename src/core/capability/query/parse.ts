import { parseClauses } from "./clauses.ts";
import { tokensOf } from "./lexer.ts";
import { Parser } from "./parser.ts";
import type { Query } from "./query.ts";

/** Reads a query's text, or throws a `QueryError` with the position and what was expected there. */
export function parseQuery(text: string): Query {
  const parser = new Parser(tokensOf(text));
  const query = { where: parser.whole(), ...parseClauses(parser) };
  parser.expectEnd();
  return query;
}
