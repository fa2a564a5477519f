import assert from "node:assert/strict";
import { encodeGeohash } from "../../../../src/core/beacon/geohash.ts";
import { byDistance, inNeighbourhood } from "../../../../src/core/beacon/nearby.ts";

const at = (nodeId: string, latitude: number, longitude: number) => ({
  nodeId,
  position: { latitude, longitude },
});

Deno.test("the nearest comes first, also across the antimeridian, and who says no place is left out", () => {
  const nodes = [
    at("far", 0, 170),
    at("across", 0, -179.9),
    at("near", 0, 179.95),
    { nodeId: "nowhere" },
  ];
  const found = byDistance(nodes, { latitude: 0, longitude: 179.99 });
  assert.deepEqual(found.map(({ node }) => node.nodeId), ["near", "across", "far"]);
  assert.equal(Math.round(found[1]!.distanceMeters), 12_231);
});

Deno.test("nodes at one distance are in the order of their ids", () => {
  const nodes = [at("b", 1, 0), at("a", -1, 0), at("c", 0, 1)];
  const found = byDistance(nodes, { latitude: 0, longitude: 0 });
  assert.deepEqual(found.slice(0, 2).map(({ node }) => node.nodeId), ["a", "b"]);
});

Deno.test("a neighbourhood is a cell and the eight around it", () => {
  const here = { latitude: -16.5, longitude: 179.999 };
  const nodes = [
    at("same", -16.5, 179.999),
    at("across", -16.5, -179.9995),
    at("beyond", -16.5, 179.9),
    { nodeId: "nowhere" },
  ];
  const found = inNeighbourhood(nodes, encodeGeohash(here, 7));
  assert.deepEqual(found.map(({ nodeId }) => nodeId), ["same", "across"]);
});
