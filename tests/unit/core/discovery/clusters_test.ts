import assert from "node:assert/strict";
import fc from "fast-check";
import { clustersOf } from "../../../../src/core/discovery/clusters.ts";

const HERE = { latitude: 52.52, longitude: 13.405 };
const THERE = { latitude: -33.9, longitude: 18.4 };

Deno.test("nodes in one cell are a cluster, those alone or without a place are none", () => {
  const nodes = [
    { nodeId: "c", position: HERE },
    { nodeId: "a", position: HERE },
    { nodeId: "b", position: THERE },
    { nodeId: "d" },
  ];
  assert.deepEqual(clustersOf(nodes), [{ geohash: "u33dc0c", members: ["a", "c"] }]);
  assert.equal(clustersOf(nodes, { leastSize: 1 }).length, 2);
});

Deno.test("a node that is named again and again is still one", () => {
  const chatty = Array.from({ length: 5 }, () => ({ nodeId: "a", position: HERE }));
  assert.deepEqual(clustersOf(chatty), []);
});

Deno.test("a shorter geohash makes larger clusters", () => {
  const nodes = [
    { nodeId: "a", position: HERE },
    { nodeId: "b", position: { latitude: 52.4, longitude: 13.1 } },
  ];
  assert.deepEqual(clustersOf(nodes), []);
  assert.deepEqual(clustersOf(nodes, { precision: 3 }).map(({ geohash }) => geohash), ["u33"]);
});

Deno.test("whoever computes the clusters, and in whatever order, finds the same", () => {
  const position = fc.constantFrom(HERE, THERE, { latitude: 0, longitude: 0 });
  const nodes = fc.uniqueArray(
    fc.record({ nodeId: fc.string({ minLength: 1, maxLength: 3 }), position }),
    { selector: ({ nodeId }) => nodeId, maxLength: 12 },
  );
  fc.assert(
    fc.property(nodes, (nodes) => {
      assert.deepEqual(clustersOf([...nodes].reverse()), clustersOf(nodes));
    }),
    { seed: 70 },
  );
});
