import assert from "node:assert/strict";
import { FAMILIES } from "../../scripts/fuzz/families.ts";
import { fuzz, FuzzFailure, fuzzOnce } from "../../scripts/fuzz/run.ts";

/** Enough to meet every kind of damage, few enough for every run. `scripts/fuzz.ts` does millions. */
const INPUTS = 10_000;

/** A pause of the whole process may take that long. A hang takes longer. */
const LONGEST_INPUT_MS = 1_000;

/** Nothing is kept from one input to the next, so the heap grows by what is not yet collected. */
const LARGEST_HEAP_GROWTH_BYTES = 256 << 20;

for (const [name, family] of Object.entries(FAMILIES)) {
  Deno.test(`spoiled input to the ${name} codec is answered with a WireError or a value`, () => {
    const { accepted, refused, slowestMs, heapGrowthBytes } = fuzz(family, `test/${name}`, INPUTS);
    assert(accepted > INPUTS / 20, `only ${accepted} were accepted`);
    assert(refused > INPUTS / 20, `only ${refused} were refused`);
    assert(slowestMs < LONGEST_INPUT_MS, `one took ${slowestMs} ms`);
    assert(
      heapGrowthBytes < LARGEST_HEAP_GROWTH_BYTES,
      `the heap grew by ${heapGrowthBytes} bytes`,
    );
  });
}

Deno.test("a codec that throws anything else is found out, with the seed that shows it", () => {
  const broken = () => {
    throw new RangeError("index out of range");
  };
  assert.throws(
    () => fuzzOnce(broken, "seed/7"),
    (error) => error instanceof FuzzFailure && error.message.includes("seed/7"),
  );
});
