import assert from "node:assert/strict";
import fc from "fast-check";
import { AssertionError } from "../../../../src/core/kernel/assert.ts";
import { Ewma } from "../../../../src/core/kernel/ewma.ts";

Deno.test("the first sample stands for itself and later ones pull by their weight", () => {
  const average = new Ewma(0.25);
  assert.equal(average.value, undefined);
  assert.equal(average.add(100), 100);
  assert.equal(average.add(200), 125);
  assert.equal(average.add(25), 100);
  assert.equal(average.value, 100);
});

Deno.test("an average lies between the smallest and the largest sample", () => {
  const samples = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
  const weights = fc.double({ min: 0.001, max: 1, noNaN: true });
  fc.assert(
    fc.property(samples, weights, (samples, weight) => {
      const average = new Ewma(weight);
      for (const sample of samples) average.add(sample);
      const rounding = 1e-6;
      assert.ok(average.value! >= Math.min(...samples) - rounding);
      assert.ok(average.value! <= Math.max(...samples) + rounding);
    }),
    { seed: 8 },
  );
});

Deno.test("an average comes ever closer to a value that stays", () => {
  const average = new Ewma(1 / 8);
  average.add(1_000);
  for (let sample = 0; sample < 100; sample++) average.add(10);
  assert.ok(Math.abs(average.value! - 10) < 0.01);
});

Deno.test("a weight of nothing or of more than all is a programmer's error", () => {
  for (const weight of [0, -0.1, 1.1, NaN]) assert.throws(() => new Ewma(weight), AssertionError);
});
