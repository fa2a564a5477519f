import assert from "node:assert/strict";
import fc from "fast-check";
import { RoundTripEstimate } from "../../../../src/core/rtt/estimate.ts";

Deno.test("the first sample stands for itself, with half of it as its variation", () => {
  const estimate = new RoundTripEstimate();
  assert.equal(estimate.smoothedMs, undefined);
  assert.equal(estimate.samples, 0);
  estimate.add(100);
  assert.equal(estimate.smoothedMs, 100);
  assert.equal(estimate.variationMs, 50);
  assert.equal(estimate.smallestMs, 100);
});

Deno.test("later samples weigh an eighth, and a quarter in the variation, as in RFC 6298", () => {
  const estimate = new RoundTripEstimate();
  estimate.add(100);
  estimate.add(180);
  assert.equal(estimate.smoothedMs, 110);
  assert.equal(estimate.variationMs, 0.75 * 50 + 0.25 * 80);
  assert.equal(estimate.smallestMs, 100);
  assert.equal(estimate.samples, 2);
});

Deno.test("an estimate lies between its smallest and its largest sample", () => {
  const samples = fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(samples, (samples) => {
      const estimate = new RoundTripEstimate();
      for (const sample of samples) estimate.add(sample);
      assert.equal(estimate.smallestMs, Math.min(...samples));
      assert.ok(estimate.smoothedMs! >= Math.min(...samples) - 1e-6);
      assert.ok(estimate.smoothedMs! <= Math.max(...samples) + 1e-6);
      assert.ok(estimate.variationMs! >= 0);
    }),
    { seed: 30 },
  );
});
