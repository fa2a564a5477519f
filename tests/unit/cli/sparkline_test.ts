import assert from "node:assert/strict";
import { sparkline } from "../../../src/cli/sparkline.ts";

Deno.test("a sparkline spans from nothing to the largest", () => {
  assert.equal(sparkline([0, 1, 2, 4, 8]), "▁▂▃▅█");
  assert.equal(sparkline([5, undefined, 5]), "█ █");
  assert.equal(sparkline([0, 0]), "▁▁");
  assert.equal(sparkline([]), "");
});
