import assert from "node:assert/strict";
import { editDistance, nearest } from "../../../../src/core/kernel/nearest.ts";

Deno.test("the nearest candidate is the one with the fewest slips", () => {
  const names = ["node", "nodes", "sim", "version"];
  assert.equal(nearest("noeds", names), "nodes");
  assert.equal(nearest("versoin", names), "version");
  assert.equal(nearest("VERSION", names), "version");
});

Deno.test("the beginning of a word is near to it", () => {
  assert.equal(nearest("compl", ["version", "completion"]), "completion");
});

Deno.test("what resembles nothing has no nearest", () => {
  assert.equal(nearest("quux", ["node", "version"]), undefined);
  assert.equal(nearest("xyz", ["sim"]), undefined);
  assert.equal(nearest("node", []), undefined);
});

Deno.test("a swap of neighbours is one slip", () => {
  assert.equal(editDistance("ab", "ba"), 1);
  assert.equal(editDistance("kitten", "sitting"), 3);
  assert.equal(editDistance("", "abc"), 3);
});
