import assert from "node:assert/strict";
import fc from "fast-check";
import type {
  QueriedCapability,
  QueriedNode,
} from "../../../../../src/core/capability/query/catalog.ts";
import { runQuery } from "../../../../../src/core/capability/query/evaluate.ts";
import { parseQuery } from "../../../../../src/core/capability/query/parse.ts";
import { planOf } from "../../../../../src/core/capability/query/planner.ts";
import { printQuery } from "../../../../../src/core/capability/query/printer.ts";
import type { Query } from "../../../../../src/core/capability/query/query.ts";
import { readTypedQuery } from "../../../../../src/core/capability/query/typed.ts";
import { populations, queries } from "./arbitrary.ts";
import { ask, Crowd, names } from "./crowd.ts";

function can(
  spec: string,
  confidence = 1,
  metadata?: QueriedCapability["metadata"],
): QueriedCapability {
  const [type, name = type] = spec.split(":");
  return {
    id: spec,
    type: type as QueriedCapability["type"],
    name: name!,
    confidence,
    ...(metadata === undefined ? {} : { metadata }),
  };
}

const NODES: readonly QueriedNode[] = [
  {
    nodeId: "eye",
    cell: "alpha",
    level: 0,
    version: "0.1.0",
    rttMs: 9,
    position: { latitude: 0, longitude: 2 },
    capabilities: [
      can("sensor:thermal", 0.9, { range_m: 2_000, night: true, firmware: "1.4.2" }),
      can("compute", 0.4),
    ],
  },
  {
    nodeId: "ear",
    cell: "bravo",
    level: 1,
    version: "1.2.0-rc.1",
    position: { latitude: 0, longitude: -1 },
    capabilities: [can("sensor:sonar", 0.7, { range_m: 500, band: "7 b", firmware: "2.0.0" })],
  },
  {
    nodeId: "arm",
    cell: "bravo",
    level: 0,
    version: "1.2.0",
    rttMs: 3,
    capabilities: [can("payload:arm", 0.8), can("sensor:touch", 0)],
  },
];

const ANSWERS: Readonly<Record<string, string>> = {
  "*": "arm ear eye",
  "type:sensor": "eye ear",
  "type:sensor AND confidence>=0.8": "eye",
  "type:compute AND confidence>=0.8": "",
  "HAS(type:compute) AND HAS(confidence>=0.8)": "eye",
  "HAS(type:sensor) AND HAS(type:payload)": "",
  "NOT HAS(type:sensor)": "arm",
  "type:sensor AND NOT cell:alpha": "ear",
  "cell:bravo": "arm ear",
  "metadata.range_m>1000": "eye",
  "metadata.range_m:500..2000": "eye ear",
  "metadata.range_m=500": "ear",
  'metadata.range_m:"500"': "ear",
  "metadata.range_m!=500": "eye",
  "metadata.range_m~00": "eye ear",
  "name:t*": "eye",
  'metadata.band:"7 b"': "ear",
  "metadata.night:true": "eye",
  "metadata.night:*": "eye",
  "type:sensor AND NOT metadata.night:*": "ear",
  "metadata.firmware^=v1.2": "eye",
  "metadata.firmware>=v1.5": "ear",
  "version<v1.2.0": "ear eye",
  "version:v1.2": "arm",
  "rtt<=3": "arm",
  "rtt>0 AND distance>0": "eye",
  "composed:true": "",
  "name:sonar OR name:arm": "arm ear",
  'id:"sensor:thermal"': "eye",
};

Deno.test("each operator holds of what it says, and of nothing else", () => {
  for (const [text, expected] of Object.entries(ANSWERS)) {
    assert.equal(names(`${text} ORDER BY node`, NODES), sorted(expected), text);
  }
});

function sorted(text: string): string {
  return text.split(" ").sort().join(" ");
}

Deno.test("what is asked of a capability has to hold of one and the same", () => {
  const [match] = ask("type:sensor AND confidence>0.5", NODES);
  assert.equal(match!.node.nodeId, "eye");
  assert.deepEqual(match!.capabilities.map(({ name }) => name), ["thermal"]);
});

Deno.test("what a node is not relied on for at all matches nothing and is not listed", () => {
  assert.equal(names("name:touch", NODES), "");
  assert.equal(names("HAS(name:touch)", NODES), "");
  assert.equal(names("confidence=0", NODES), "");
  const [arm] = ask("node:arm", NODES);
  assert.deepEqual(arm!.capabilities.map(({ name }) => name), ["arm"]);
});

Deno.test("a node that has everything preferred comes first, and the score says what is met", () => {
  const both = ask("type:sensor PREFER type:compute, level=1", NODES);
  assert.deepEqual(
    both.map(({ node, score }) => [node.nodeId, Math.round(score * 1e6) / 1e6]),
    [
      ["ear", 0.6 + 0.15 + 0.07],
      ["eye", 0.6 + 0.15 + 0.1 * ((0.9 + 0.4) / 2)],
    ].map(([id, score]) => [id, Math.round(Number(score) * 1e6) / 1e6]),
  );
  assert.equal(ask("type:sensor", NODES)[0]!.score, 0.6 + 0.3 + 0.1 * 0.9);
});

Deno.test("the nearest come first, those whose distance or round trip nobody knows last, by id", () => {
  assert.equal(names("* ORDER BY distance", NODES), "ear eye arm");
  assert.equal(names("* ORDER BY distance DESC", NODES), "eye ear arm");
  assert.equal(names("* NEAR 0,3 ORDER BY distance LIMIT 1", NODES), "eye");
  assert.equal(names("* ORDER BY rtt", NODES), "arm eye ear");
  const nowhere = NODES.map(({ position: _position, rttMs: _rttMs, ...node }) => node);
  assert.equal(
    names("* ORDER BY rtt, distance", nowhere),
    "ear eye arm".split(" ").sort().join(" "),
  );
});

Deno.test("aggregates are of everybody that matches, whatever the limit", () => {
  const { matches, total, aggregates } = runQuery(
    parseQuery(
      "type:sensor LIMIT 0 AGGREGATE count, distinct(name), min(confidence), max(metadata.range_m)",
    ),
    { population: new Crowd(NODES), cells: [], origin: undefined },
  );
  assert.deepEqual([matches.length, total], [0, 2]);
  assert.deepEqual(aggregates, [
    { function: "count", value: 2 },
    { function: "distinct", field: "name", value: 2, values: ["sonar", "thermal"] },
    { function: "min", field: "confidence", value: 0.7 },
    { function: "max", field: "metadata.range_m", value: 2_000 },
  ]);
  const none = runQuery(parseQuery("name:none AGGREGATE max(confidence), count"), {
    population: new Crowd(NODES),
    cells: [],
    origin: undefined,
  });
  assert.deepEqual(none.aggregates, [{ function: "max", field: "confidence" }, {
    function: "count",
    value: 0,
  }]);
});

Deno.test("cells answer only who asks for them", () => {
  const cells: QueriedNode[] = [{
    nodeId: "eye",
    cell: "alpha",
    composed: true,
    capabilities: [can("emergent:isr_chain", 0.7)],
  }];
  const answer = (text: string) =>
    runQuery(parseQuery(text), { population: new Crowd(NODES), cells, origin: undefined }).matches
      .map(({ node }) => `${node.nodeId}${node.composed === true ? "+" : ""}`).join(" ");
  assert.equal(answer("type:emergent"), "");
  assert.equal(answer("type:emergent COMPOSED"), "eye+");
  assert.equal(answer("cell:alpha COMPOSED ORDER BY node"), "eye eye+");
  assert.equal(answer("cell:alpha AND composed:false COMPOSED"), "eye");
});

Deno.test("a query that names a type, a name or a node looks at nobody else", () => {
  const crowd = new Crowd(NODES);
  const known = { population: crowd, cells: [], origin: undefined };
  runQuery(parseQuery("type:payload AND confidence>0.1"), known);
  assert.equal(crowd.looks, 1);
  assert.deepEqual(planOf(parseQuery("type:sensor AND name:sonar").where, crowd), {
    by: "name",
    value: "sonar",
  });
  assert.deepEqual(planOf(parseQuery("type:sensor OR name:sonar").where, crowd), { by: "all" });
  assert.deepEqual(planOf(parseQuery("NOT type:payload").where, crowd), { by: "all" });
});

Deno.test("text and typed form give one result, and the index changes none", () => {
  const everybody = (nodes: readonly QueriedNode[]) => {
    const crowd = new Crowd(nodes);
    const all = new Set(nodes.map(({ nodeId }) => nodeId));
    return Object.assign(crowd, { withType: () => all, withName: () => all });
  };
  fc.assert(
    fc.property(queries, populations, (query: Query, nodes) => {
      const asked = { cells: [], origin: { latitude: 0, longitude: 0 } };
      const typed = readTypedQuery(JSON.parse(JSON.stringify(query)));
      const answer = runQuery(parseQuery(printQuery(query)), {
        ...asked,
        population: new Crowd(nodes),
      });
      assert.deepEqual(runQuery(typed, { ...asked, population: new Crowd(nodes) }), answer);
      assert.deepEqual(runQuery(query, { ...asked, population: everybody(nodes) }), answer);
    }),
    { seed: 404, numRuns: 1_000 },
  );
});

Deno.test("the order in which nodes became known changes no answer", () => {
  fc.assert(
    fc.property(queries, populations, (query, nodes) => {
      const answer = (list: readonly QueriedNode[]) =>
        runQuery(query, { population: new Crowd(list), cells: [], origin: undefined });
      assert.deepEqual(answer(nodes.toReversed()), answer(nodes));
    }),
    { seed: 405, numRuns: 500 },
  );
});
