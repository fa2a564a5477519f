import assert from "node:assert/strict";
import fc from "fast-check";
import { parseQuery } from "../../../../../src/core/capability/query/parse.ts";
import { printQuery } from "../../../../../src/core/capability/query/printer.ts";
import { QUERY_LIMITS, QueryError } from "../../../../../src/core/capability/query/query.ts";
import { readTypedQuery } from "../../../../../src/core/capability/query/typed.ts";
import { queries } from "./arbitrary.ts";

Deno.test("reading what was printed gives the same query, whatever the query is", () => {
  fc.assert(
    fc.property(queries, (query) => {
      assert.deepEqual(parseQuery(printQuery(query)), query);
    }),
    { seed: 401, numRuns: 2_000 },
  );
});

Deno.test("a query's typed form, through JSON, is the same query as its text", () => {
  fc.assert(
    fc.property(queries, (query) => {
      const typed = readTypedQuery(JSON.parse(JSON.stringify(query)));
      assert.deepEqual(typed, query);
      assert.deepEqual(typed, parseQuery(printQuery(typed)));
    }),
    { seed: 402, numRuns: 1_000 },
  );
});

Deno.test("a query that is written as it is printed stays as it is written", () => {
  for (
    const text of [
      "type:sensor AND confidence>=0.8 AND metadata.range_m>1000 AND NOT cell:alpha ORDER BY distance LIMIT 5",
      "*",
      'name:"AND more" OR name:therm* OR name~mal',
      "HAS(type:sensor AND name:thermal) AND HAS(type:compute) PREFER HAS(type:payload)",
      "(type:sensor OR type:compute) AND NOT (cell:alpha OR cell:bravo)",
      "metadata.firmware^=v1.2.0 AND version>=v0.1.0 AND metadata.band:*",
      "confidence:0.5..0.9 AND metadata.night:true AND metadata.count=3",
      "type:sensor COMPOSED NEAR 52.52,-13.4 ORDER BY rtt, confidence DESC LIMIT 0 " +
      "AGGREGATE count, distinct(name), min(metadata.range_m)",
      'metadata.serial:"007" AND metadata.serial!="8"',
    ]
  ) {
    assert.equal(printQuery(parseQuery(text)), text);
  }
});

Deno.test("keywords may be written small, spaces are free, and = is the same as :", () => {
  assert.deepEqual(
    parseQuery("type = sensor and not( confidence : 0.5 ) order by rtt asc limit 2"),
    parseQuery("type:sensor AND NOT confidence=0.5 ORDER BY rtt LIMIT 2"),
  );
});

Deno.test("AND binds more than OR, and NOT more than both", () => {
  const { where } = parseQuery("cell:a OR cell:b AND NOT cell:c OR cell:d");
  assert.equal(where.kind, "or");
  assert.deepEqual(where, parseQuery("cell:a OR (cell:b AND (NOT cell:c)) OR cell:d").where);
});

const REFUSED: readonly (readonly [text: string, position: number, state: RegExp])[] = [
  ["", 1, /expected a comparison such as type:sensor, found the end/],
  ["   ", 4, /expected a comparison/],
  ["senser", 1, /expected a field: type, .* found "senser"/],
  ["typ:sensor", 1, /did you mean type\?/],
  ["metadat.range>1", 1, /expected a field/],
  ["type", 5, /expected an operator: .* found the end/],
  ["type:", 6, /expected a value for type, found the end/],
  ["type:senser", 6, /expected one of sensor, .*did you mean sensor\?\), found "senser"/],
  ["type>sensor", 6, /expected : or != for type, which has no order/],
  ["confidence:high", 12, /expected a number for confidence, found "high"/],
  ["confidence>=high", 13, /expected a number for confidence/],
  ["confidence:0.9..0.5", 12, /expected a range from a lower number to a higher one/],
  ["confidence:0.9..", 17, /expected a number after \.\.\, found the end/],
  ["cell:a..9", 6, /expected a number before \.\./],
  ["metadata.firmware>1.2.0", 19, /expected a number, or a version such as v1\.2\.0/],
  ["metadata.firmware^=1.2", 20, /expected a version such as v1\.2\.0/],
  ["composed:maybe", 10, /expected true or false/],
  ["type:sensor AND", 16, /expected a comparison/],
  ["type:sensor type:compute", 13, /expected AND, OR, PREFER, .* or the end, found "type"/],
  ["(type:sensor", 13, /expected AND, OR or \), found the end/],
  ["HAS type:sensor", 5, /expected \(, found "type"/],
  ["NOT", 4, /expected a comparison/],
  ["type:sensor ORDER rtt", 19, /expected BY, found "rtt"/],
  ["type:sensor ORDER BY speed", 22, /expected a field/],
  ["type:sensor LIMIT many", 19, /expected a number of results/],
  ["type:sensor LIMIT 1.5", 19, /expected a whole number from 0 to 10000/],
  ["type:sensor LIMIT 5 ORDER BY rtt", 21, /expected .* the end, found "ORDER"/],
  ["* NEAR 91,0", 8, /expected a latitude from -90 to 90/],
  ["* NEAR 9,181", 10, /expected a longitude from -180 to 180/],
  ["* AGGREGATE sum(confidence)", 13, /expected one of count, distinct, min, max/],
  ["* AGGREGATE min", 16, /expected \( and the field of min/],
  ['name:"open', 6, /the text that begins here does not end/],
  ["name:a;b", 7, /found ";"/],
  ["name:\u001b[31m", 6, /found "\\u001b"/],
  ['name:""', 6, /expected 1 to 128 characters for name/],
  [`name:${"a".repeat(129)}`, 6, /expected 1 to 128 characters/],
  [`${"(".repeat(25)}*`, 25, /nested more than 24 deep/],
  [`${"NOT ".repeat(24)}*`, 97, /nested more than 24 deep/],
  [Array(66).fill("level=1").join(" OR "), 713, /more than 64 comparisons/],
  [`name:a${" ".repeat(QUERY_LIMITS.characters)}`, 4_097, /longer than 4096 characters/],
];

Deno.test("what cannot be understood is refused with the position and what was expected", () => {
  for (const [text, position, state] of REFUSED) {
    assert.throws(() => parseQuery(text), (error) => {
      assert.ok(error instanceof QueryError, `${text}: ${error}`);
      assert.match(error.state, state, text);
      assert.equal(error.position, position, text);
      assert.ok(error.message.startsWith("Cannot understand the query at character"));
      return true;
    }, text);
  }
});

Deno.test("no text at all makes reading a query fail in any other way", () => {
  const piece = fc.constantFrom(
    "type",
    ":",
    "sensor",
    " AND ",
    " OR ",
    "NOT ",
    "(",
    ")",
    "HAS(",
    "*",
    "..",
    "1",
    "v1",
    '"a"',
    ",",
    "<",
    "^=",
    "~",
    " ORDER BY ",
    " LIMIT ",
    " PREFER ",
    " AGGREGATE count",
    "metadata.x",
    "\u0000",
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.array(piece, { maxLength: 12 }).map((all) => all.join("")), fc.string()),
      (text) => {
        try {
          const query = parseQuery(text);
          assert.deepEqual(parseQuery(printQuery(query)), query);
        } catch (error) {
          if (!(error instanceof QueryError)) throw error;
        }
      },
    ),
    { seed: 403, numRuns: 5_000 },
  );
});

const TYPED_REFUSED: readonly (readonly [value: unknown, path: string, state: RegExp])[] = [
  [undefined, "the query", /expected an object/],
  [[], "the query", /expected an object/],
  [{}, "the query", /expected where/],
  [{ were: 1 }, "the query", /expected only where, .* found "were"/],
  [{ where: {} }, "where.kind", /expected one of anything, and/],
  [{ where: { kind: "and", terms: [] } }, "where.terms", /expected a list of 2 to/],
  [
    { where: { kind: "and", terms: [{ kind: "anything" }, { kind: "equal", field: "speed" }] } },
    "where.terms.1.field",
    /expected a field/,
  ],
  [{ where: { kind: "anything", field: "x" } }, "where", /expected only kind, found "field"/],
  [{ where: { kind: "equal", field: "type", value: "senser" } }, "where", /did you mean sensor/],
  [{ where: { kind: "equal", field: "type", value: null } }, "where.value", /expected a number/],
  [
    { where: { kind: "version", field: "version", operator: "=", version: "x" } },
    "where.version",
    /such as 1.2.0/,
  ],
  [{ where: { kind: "anything" }, limit: -1 }, "limit", /whole number/],
  [{ where: { kind: "anything" }, prefer: [] }, "prefer", /list of 1 to 8/],
  [{ where: { kind: "anything" }, composed: false }, "composed", /true or nothing/],
  [
    { where: { kind: "anything" }, aggregate: [{ function: "count", field: "name" }] },
    "aggregate.0.field",
    /no field/,
  ],
  [
    { where: { kind: "anything" }, near: { latitude: 91, longitude: 0 } },
    "near.latitude",
    /from -90 to 90/,
  ],
];

Deno.test("a typed query that makes no sense is refused with the path to it", () => {
  for (const [value, path, state] of TYPED_REFUSED) {
    assert.throws(() => readTypedQuery(value), (error) => {
      assert.ok(error instanceof QueryError, `${error}`);
      assert.equal(error.path, path);
      assert.match(error.state, state);
      return true;
    });
  }
  let deep: unknown = { kind: "anything" };
  for (let level = 0; level < 100_000; level++) deep = { kind: "not", term: deep };
  assert.throws(() => readTypedQuery({ where: deep }), /nested more than 24 deep/);
});
