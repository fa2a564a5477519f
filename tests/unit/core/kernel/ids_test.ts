import assert from "node:assert/strict";
import fc from "fast-check";
import { isNodeId, randomHex } from "../../../../src/core/kernel/ids.ts";
import { Random } from "../../../../src/core/kernel/random.ts";

Deno.test("names that people type are node ids", () => {
  for (const id of ["a", "7", "drone-1", "n1.field_3", "A".repeat(64)]) {
    assert.equal(isNodeId(id), true, id);
  }
});

Deno.test("names that could be mistaken for something else are no node ids", () => {
  const wrong = [
    "",
    "-flag",
    ".hidden",
    "_x",
    "a b",
    "a/b",
    "a\n",
    "\na",
    "ä",
    "A".repeat(65),
    "*",
  ];
  for (const id of wrong) assert.equal(isNodeId(id), false, JSON.stringify(id));
});

Deno.test("random hexadecimal ids have their length and come from the generator alone", () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(40), (seed, bytes) => {
      const id = randomHex(new Random(seed), bytes);
      assert.match(id, new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
      assert.equal(randomHex(new Random(seed), bytes), id);
    }),
    { seed: 12 },
  );
  const random = new Random(1);
  const ids = new Set(Array.from({ length: 10_000 }, () => randomHex(random, 8)));
  assert.equal(ids.size, 10_000);
});
