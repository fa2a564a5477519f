import fc from "fast-check";
import type {
  QueriedCapability,
  QueriedNode,
} from "../../../../../src/core/capability/query/catalog.ts";
import type { Expression, Query } from "../../../../../src/core/capability/query/query.ts";

const word = fc.constantFrom("thermal", "radar", "7", "v2", "a b", 'quo"te', "AND", "true", "1e3");
const text = fc.oneof(word, fc.string({ minLength: 1, maxLength: 6, unit: "binary" }));
const number = fc.oneof(
  fc.constantFrom(0, 1, 0.5, 0.8, -3, 1e21, 1e-9, 2_000),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map((one) => one || 0),
);
const metadataField = fc.constantFrom("metadata.range_m", "metadata.band", "metadata.a.b");
const numberField = fc.oneof(fc.constantFrom("confidence", "level", "rtt"), metadataField);
const textField = fc.oneof(fc.constantFrom("name", "node", "cell", "id"), metadataField);
const anyField = fc.oneof(metadataField, fc.constant("version"));
const version = fc.tuple(fc.nat(3), fc.nat(3), fc.constantFrom("", ".1", ".0-rc.1", ".2-a"))
  .map(([major, minor, rest]) => `${major}.${minor}${rest}`);
const operator = fc.constantFrom("<", "<=", ">", ">=");

const comparison = fc.oneof(
  fc.record({
    kind: fc.constantFrom("equal", "unequal"),
    field: fc.constant("type"),
    value: fc.constantFrom("sensor", "compute", "emergent"),
  }),
  fc.record({ kind: fc.constantFrom("equal", "unequal"), field: textField, value: text }),
  fc.record({ kind: fc.constantFrom("equal", "unequal"), field: numberField, value: number }),
  fc.record({ kind: fc.constant("equal"), field: metadataField, value: fc.boolean() }),
  fc.record({ kind: fc.constant("equal"), field: fc.constant("composed"), value: fc.boolean() }),
  fc.record({ kind: fc.constant("number"), field: numberField, operator, value: number }),
  fc.tuple(numberField, number, number).map(([field, one, other]) => ({
    kind: "range",
    field,
    least: Math.min(one, other),
    most: Math.max(one, other),
  })),
  fc.record({
    kind: fc.constant("version"),
    field: anyField,
    operator: fc.oneof(operator, fc.constantFrom("=", "!=", "^=")),
    version,
  }),
  fc.record({ kind: fc.constantFrom("prefix", "contains"), field: textField, text }),
  fc.record({
    kind: fc.constant("present"),
    field: fc.oneof(textField, numberField, fc.constant("distance")),
  }),
) as fc.Arbitrary<Expression>;

const tree = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", maxDepth: 4 },
    comparison,
    fc.constant<Expression>({ kind: "anything" }),
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      terms: fc.array(tie("expression"), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constantFrom("not" as const, "has" as const),
      term: tie("expression"),
    }),
  ),
}));

export const expressions: fc.Arbitrary<Expression> = tree.expression;

const order = fc.record({
  field: fc.constantFrom("score", "distance", "rtt", "confidence", "metadata.range_m", "node"),
  descending: fc.constant(true as const),
}, { requiredKeys: ["field"] });

const aggregation = fc.oneof(
  fc.constant({ function: "count" }),
  fc.record({
    function: fc.constantFrom("distinct", "min", "max"),
    field: fc.constantFrom("name", "confidence", "metadata.range_m", "level"),
  }),
);

/** Every query that the grammar can write, but for those beyond its bounds. */
export const queries: fc.Arbitrary<Query> = fc.record({
  where: expressions,
  prefer: fc.array(expressions, { minLength: 1, maxLength: 2 }),
  composed: fc.constant(true),
  near: fc.constant({ latitude: 52.52, longitude: -13.405 }),
  orderBy: fc.array(order, { minLength: 1, maxLength: 3 }),
  limit: fc.nat(20),
  aggregate: fc.array(aggregation, { minLength: 1, maxLength: 3 }),
}, { requiredKeys: ["where"] }).map((query) => JSON.parse(JSON.stringify(query)) as Query);

const capability = fc.record({
  type: fc.constantFrom("sensor", "compute", "payload"),
  name: fc.constantFrom("thermal", "radar", "gpu"),
  confidence: fc.constantFrom(0, 0.5, 0.8, 1),
  metadata: fc.record({
    range_m: fc.constantFrom(500, 2_000),
    band: fc.constantFrom<string | boolean>("IR", "7 b", true),
  }, { requiredKeys: [] }),
}).map((one): QueriedCapability =>
  ({ id: `${one.type}:${one.name}`, ...one }) as QueriedCapability
);

export const populations: fc.Arbitrary<QueriedNode[]> = fc.uniqueArray(
  fc.record({
    nodeId: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    capabilities: fc.array(capability, { maxLength: 4 }),
    cell: fc.constantFrom("alpha", "bravo", undefined),
    level: fc.constantFrom(0, 1),
    version: fc.constantFrom("0.1.0", "1.2.0"),
    rttMs: fc.constantFrom(undefined, 1, 5),
    position: fc.constantFrom(undefined, { latitude: 1, longitude: 1 }, {
      latitude: 2,
      longitude: 179,
    }),
  }),
  { selector: ({ nodeId }) => nodeId, maxLength: 6 },
);
