import assert from "node:assert/strict";
import { didYouMean } from "../../../src/cli/nearest.ts";

Deno.test("a hint names the nearest, or says where to look", () => {
  assert.equal(didYouMean("jsn", ["json"], "look", "--"), "did you mean --json?");
  assert.equal(didYouMean("quux", ["json"], "look"), "look");
});
