import assert from "node:assert/strict";
import { QUERY_EXAMPLES, queryText } from "../../../src/cli/query_topic.ts";
import { paintFor } from "../../../src/cli/paint.ts";
import type { QueriedNode } from "../../../src/core/capability/query/catalog.ts";
import { runQuery } from "../../../src/core/capability/query/evaluate.ts";
import { NAMED_FIELDS } from "../../../src/core/capability/query/fields.ts";
import { parseQuery } from "../../../src/core/capability/query/parse.ts";
import { printQuery } from "../../../src/core/capability/query/printer.ts";
import { parseCompositionRules } from "../../../src/daemon/composition_file.ts";
import { Crowd } from "../core/capability/query/crowd.ts";

const thermal = { range_m: 2_000, firmware: "1.4.0" };
const NODES: readonly QueriedNode[] = [
  {
    nodeId: "eye",
    cell: "bravo",
    level: 0,
    position: { latitude: 52.5, longitude: 13.4 },
    capabilities: [
      { id: "a", type: "sensor", name: "thermal", confidence: 0.9, metadata: thermal },
      { id: "b", type: "compute", name: "gpu", confidence: 0.8 },
    ],
  },
];
const CELLS: readonly QueriedNode[] = [{
  nodeId: "eye",
  cell: "bravo",
  composed: true,
  capabilities: [{ id: "c", type: "emergent", name: "isr_chain", confidence: 0.7 }],
}];

Deno.test("every example of the query topic can be asked and finds somebody", () => {
  const text = queryText(paintFor(false));
  for (const [expression] of QUERY_EXAMPLES) {
    assert.ok(text.includes(`peat query '${expression}'`));
    const query = parseQuery(expression);
    assert.equal(printQuery(query), expression);
    const { total } = runQuery(query, {
      population: new Crowd(NODES),
      cells: CELLS,
      origin: { latitude: 52, longitude: 13 },
    });
    assert.ok(total > 0, expression);
  }
});

Deno.test("the query topic names every field there is, and its rules can be read", () => {
  const text = queryText(paintFor(false));
  for (const field of NAMED_FIELDS) assert.match(text, new RegExp(`\\b${field}\\b`));
  const rules = text.slice(text.indexOf("[[rules]]"));
  assert.equal(parseCompositionRules(rules, "help")[0]?.id, "night_watch");
});
