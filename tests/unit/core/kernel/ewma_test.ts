import assert from "node:assert/strict";
import fc from "fast-check";
import { ewma } from "../../../../src/core/kernel/ewma.ts";

function averageOf(samples: readonly number[], weight: number): number | undefined {
  return samples.reduce<number | undefined>(
    (average, sample) => ewma(average, sample, weight),
    undefined,
  );
}

Deno.test("the first sample stands for itself and later ones pull by their weight", () => {
  assert.equal(averageOf([], 0.25), undefined);
  assert.equal(averageOf([100], 0.25), 100);
  assert.equal(averageOf([100, 200], 0.25), 125);
  assert.equal(averageOf([100, 200, 25], 0.25), 100);
});

Deno.test("an average lies between the smallest and the largest sample", () => {
  const samples = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
  const weights = fc.double({ min: 0.001, max: 1, noNaN: true });
  fc.assert(
    fc.property(samples, weights, (samples, weight) => {
      const average = averageOf(samples, weight)!;
      const rounding = 1e-6;
      assert.ok(average >= Math.min(...samples) - rounding);
      assert.ok(average <= Math.max(...samples) + rounding);
    }),
    { seed: 8 },
  );
});

Deno.test("an average comes ever closer to a value that stays", () => {
  const average = averageOf([1_000, ...Array.from({ length: 100 }, () => 10)], 1 / 8);
  assert.ok(Math.abs(average! - 10) < 0.01);
});
