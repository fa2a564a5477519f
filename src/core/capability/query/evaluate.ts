import { distanceMeters } from "../../beacon/distance.ts";
import { aggregateOver, type AggregateResult } from "./aggregation.ts";
import type { Population, QueriedCapability, QueriedNode } from "./catalog.ts";
import { compile, type Compiled, reader, type Row } from "./compile.ts";
import { compareLiterals } from "./literal.ts";
import { candidatesOf } from "./planner.ts";
import type { QueryMatch } from "./match.ts";
import type { Expression, Literal, Order, Place, Query } from "./query.ts";

export interface QueryResult {
  readonly matches: readonly QueryMatch[];
  /** How many matched, whatever the limit. */
  readonly total: number;
  readonly aggregates?: readonly AggregateResult[];
}

export const REQUIRED_SHARE = 0.6;
export const PREFERRED_SHARE = 0.3;
export const CONFIDENCE_SHARE = 0.1;

/** What a query is answered from. */
export interface Known {
  readonly population: Population;
  /** Cells, each in the name of who speaks for it, for a query that asks for them. */
  readonly cells: readonly QueriedNode[];
  /** Where the asking node is. */
  readonly origin: Place | undefined;
}

/** Those of whom the query holds, the best first, by id among equals. */
export function rate<Node extends QueriedNode>(
  query: Query,
  nodes: Iterable<Node>,
): (QueryMatch & { readonly node: Node })[] {
  const matcher = new Matcher(query, query.near);
  const found: (QueryMatch & { readonly node: Node })[] = [];
  for (const node of nodes) {
    const match = matcher.match(node);
    if (match !== undefined) found.push({ ...match, node });
  }
  return found.sort(comparator(BY_SCORE));
}

const BY_SCORE: readonly Order[] = [{ field: "score", descending: true }];

/** Answers the query from what is known. */
export function runQuery(query: Query, { population, cells, origin }: Known): QueryResult {
  const matcher = new Matcher(query, query.near ?? origin);
  const found: QueryMatch[] = [];
  const take = (node: QueriedNode) => {
    const match = matcher.match(node);
    if (match !== undefined) found.push(match);
  };
  for (const node of candidatesOf(query.where, population)) take(node);
  if (query.composed === true) { for (const cell of cells) take(cell); }
  const matches = found.sort(comparator(query.orderBy ?? BY_SCORE));
  return {
    matches: query.limit === undefined ? matches : matches.slice(0, query.limit),
    total: matches.length,
    ...(query.aggregate === undefined
      ? {}
      : { aggregates: query.aggregate.map((one) => aggregateOver(matches, one)) }),
  };
}

class Matcher {
  readonly #where: Compiled;
  readonly #prefer: readonly Compiled[];
  readonly #from: Place | undefined;

  constructor(
    { where, prefer = [], orderBy = [], aggregate = [] }: Query,
    from: Place | undefined,
  ) {
    this.#where = compile(where);
    this.#prefer = prefer.map(compile);
    const isMeasured = [...orderBy, ...aggregate].some(({ field }) => field === "distance") ||
      [where, ...prefer].some(asksDistance);
    this.#from = isMeasured ? from : undefined;
  }

  match(node: QueriedNode): QueryMatch | undefined {
    const { position } = node;
    const distance = this.#from === undefined || position === undefined
      ? undefined
      : distanceMeters(this.#from, position);
    const row = { node, distance };
    const capabilities = meeting(this.#where, row);
    if (capabilities === undefined) return undefined;
    const confidences = confidencesOf(this.#where, row, capabilities);
    const preferred = this.#prefer.filter((one) => this.#prefers(one, row, confidences)).length;
    const share = this.#prefer.length === 0 ? 1 : preferred / this.#prefer.length;
    const score = REQUIRED_SHARE + PREFERRED_SHARE * share + CONFIDENCE_SHARE * mean(confidences);
    return { node, score, capabilities, distance };
  }

  #prefers(preference: Compiled, row: Row, confidences: number[]): boolean {
    const capabilities = meeting(preference, row);
    if (capabilities === undefined) return false;
    confidences.push(...confidencesOf(preference, row, capabilities));
    return true;
  }
}

/** The capabilities for which the node matches; undefined if it does not. */
function meeting(
  { test, isOfCapability, has }: Compiled,
  row: Row,
): readonly QueriedCapability[] | undefined {
  const own = row.node.capabilities;
  if (isOfCapability) {
    const met = own.filter((one) => one.confidence > 0 && test(row, one));
    return met.length === 0 ? undefined : met;
  }
  if (!test(row, undefined)) return undefined;
  const relied = own.filter(({ confidence }) => confidence > 0);
  return has.length === 0 ? relied : relied.filter((one) => has.some((wanted) => wanted(row, one)));
}

/** The confidence of the best capability for each thing that is asked for. */
function confidencesOf(
  { isOfCapability, has }: Compiled,
  row: Row,
  met: readonly QueriedCapability[],
): number[] {
  if (isOfCapability) return [best(met)];
  return has.map((wanted) => best(met.filter((one) => wanted(row, one))))
    .filter((confidence) => confidence > 0);
}

export function best(capabilities: readonly QueriedCapability[]): number {
  let most = 0;
  for (const { confidence } of capabilities) if (confidence > most) most = confidence;
  return most;
}

function mean(values: readonly number[]): number {
  if (values.length === 0) return 0;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** What is not known comes last, whichever way it is ordered, and ids decide among equals. */
function comparator(orders: readonly Order[]): (one: QueryMatch, other: QueryMatch) => number {
  const compared = orders.map(({ field, descending }) => ({
    read: field === "score" ? (match: QueryMatch) => match.score : ordering(field),
    sign: descending === true ? -1 : 1,
  }));
  return (one, other) => {
    for (const { read, sign } of compared) {
      const difference = compareValues(read(one), read(other), sign);
      if (difference !== 0) return difference;
    }
    return compareIds(one.node, other.node);
  };
}

/** Of several capabilities that match, the one that is relied on most is what is ordered by. */
function ordering(field: Exclude<Order["field"], "score">) {
  const read = reader(field);
  return ({ node, distance, capabilities }: QueryMatch): Literal | undefined =>
    read({ node, distance }, mostRelied(capabilities));
}

function mostRelied(capabilities: readonly QueriedCapability[]): QueriedCapability | undefined {
  let most: QueriedCapability | undefined;
  for (const one of capabilities) {
    if (most === undefined || one.confidence > most.confidence) most = one;
  }
  return most;
}

function compareValues(
  one: Literal | undefined,
  other: Literal | undefined,
  sign: number,
): number {
  if (one === other) return 0;
  if (one === undefined) return 1;
  if (other === undefined) return -1;
  return sign * compareLiterals(one, other);
}

/** A cell stands behind the node that speaks for it. */
function compareIds(one: QueriedNode, other: QueriedNode): number {
  if (one.nodeId !== other.nodeId) return one.nodeId < other.nodeId ? -1 : 1;
  return Number(one.composed === true) - Number(other.composed === true);
}

function asksDistance(expression: Expression): boolean {
  switch (expression.kind) {
    case "anything":
      return false;
    case "and":
    case "or":
      return expression.terms.some(asksDistance);
    case "not":
    case "has":
      return asksDistance(expression.term);
    default:
      return expression.field === "distance";
  }
}
