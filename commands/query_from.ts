import { type Failure, usageFailure } from "../src/cli/failure.ts";
import { parseQuery } from "../src/core/capability/query/parse.ts";
import {
  type Expression,
  type Place,
  type Query,
  QueryError,
} from "../src/core/capability/query/query.ts";
import { readTypedQuery } from "../src/core/capability/query/typed.ts";

/** What flags ask for besides the expression. */
export interface Narrowing {
  readonly type: readonly string[];
  readonly minConfidence: number | undefined;
  readonly cell: string | undefined;
  readonly nearest: number | undefined;
  readonly near: Place | undefined;
  readonly composed: boolean;
}

/** One query of the expression, which may be left out, and of what flags add to it. */
export function queryFrom(expression: string | undefined, flags: Narrowing): Query {
  try {
    const base = expression === undefined ? EVERYBODY : readExpression(expression);
    // What flags make is held to the same bounds, and refused in the same words.
    return readTypedQuery(narrowed(base, flags));
  } catch (error) {
    throw error instanceof QueryError ? refused(error) : error;
  }
}

const EVERYBODY: Query = { where: { kind: "anything" } };

function readExpression(expression: string): Query {
  return expression.trimStart().startsWith("{")
    ? readTypedQuery(parseJson(expression))
    : parseQuery(expression);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new QueryError(
      { position: 1 },
      `it begins like JSON, and is none: ${(error as Error).message}`,
    );
  }
}

function narrowed(base: Query, flags: Narrowing): Query {
  const { nearest, near, composed } = flags;
  const limit = Math.min(base.limit ?? Infinity, nearest ?? Infinity);
  const orderBy = base.orderBy ??
    (nearest === undefined ? undefined : [{ field: "distance" }, { field: "rtt" }] as const);
  return {
    ...base,
    where: conjunction([base.where, ...termsOf(flags)]),
    ...(composed ? { composed } : {}),
    ...(near === undefined ? {} : { near: { latitude: near.latitude, longitude: near.longitude } }),
    ...(orderBy === undefined ? {} : { orderBy }),
    ...(limit === Infinity ? {} : { limit }),
  };
}

function termsOf({ type, minConfidence, cell }: Narrowing): Expression[] {
  const types = type.map((value): Expression => ({ kind: "equal", field: "type", value }));
  return [
    ...types.length < 2 ? types : [{ kind: "or", terms: types } as const],
    ...(minConfidence === undefined ? [] : [
      { kind: "number", field: "confidence", operator: ">=", value: minConfidence } as const,
    ]),
    ...(cell === undefined ? [] : [{ kind: "equal", field: "cell", value: cell } as const]),
  ];
}

function conjunction(expressions: readonly Expression[]): Expression {
  const terms = expressions.flatMap((one) =>
    one.kind === "anything" ? [] : one.kind === "and" ? one.terms : [one]
  );
  if (terms.length === 0) return EVERYBODY.where;
  return terms.length === 1 ? terms[0]! : { kind: "and", terms };
}

function refused({ message }: QueryError): Failure {
  return usageFailure(message, "see what can be asked: peat help query");
}
