import assert from "node:assert/strict";
import fc from "fast-check";
import { AssertionError } from "../../../../src/core/kernel/assert.ts";
import { NEVER } from "../../../../src/core/kernel/time.ts";
import { TokenBucket } from "../../../../src/core/kernel/token_bucket.ts";

const rates = fc.record({
  perSecond: fc.double({ min: 0.01, max: 10_000, noNaN: true }),
  burst: fc.integer({ min: 1, max: 500 }),
});
/** Clocks begin anywhere within weeks of a start and tick in fractions. */
const starts = fc.double({ min: 0, max: 2_000_000_000, noNaN: true });
const steps = fc.array(
  fc.record({
    waitMs: fc.double({ min: 0, max: 5_000, noNaN: true }),
    count: fc.integer({ min: 1, max: 20 }),
  }),
  { maxLength: 60 },
);

Deno.test("a bucket never gives more than its burst and what flowed in since", () => {
  fc.assert(
    fc.property(rates, starts, steps, ({ perSecond, burst }, start, takes) => {
      const bucket = new TokenBucket(perSecond, burst);
      let now = start;
      let given = 0;
      let refused = 0;
      for (const { waitMs, count } of takes) {
        now += waitMs;
        if (bucket.take(now, count)) given += count;
        else refused++;
        const most = burst + perSecond * (now - start) / 1_000;
        assert.ok(given <= most * (1 + 1e-6) + 1e-3, `${given} given, ${most} allowed`);
      }
      assert.equal(bucket.refused, refused);
    }),
    { seed: 5, numRuns: 500 },
  );
});

Deno.test("a bucket gives at the very time it said it would, and not before", () => {
  fc.assert(
    fc.property(rates, starts, steps, ({ perSecond, burst }, start, takes) => {
      const bucket = new TokenBucket(perSecond, burst);
      let now = start;
      for (const { waitMs, count } of takes) {
        now += waitMs;
        const readyAt = bucket.readyAt(now, count);
        if (count > burst) {
          assert.equal(readyAt, NEVER);
          continue;
        }
        assert.ok(readyAt >= now);
        const early = readyAt - (readyAt - now) / 10;
        if ((readyAt - early) * perSecond / 1_000 > 1e-3) {
          assert.equal(bucket.take(early, count), false, "a tenth of the wait is still missing");
        }
        assert.equal(bucket.take(readyAt, count), true);
        now = readyAt;
      }
    }),
    { seed: 6, numRuns: 500 },
  );
});

Deno.test("a bucket starts full, refills at its rate and holds no more than its burst", () => {
  const bucket = new TokenBucket(10, 3);
  assert.deepEqual([1, 2, 3, 4].map(() => bucket.take(1_000)), [true, true, true, false]);
  assert.equal(bucket.readyAt(1_000), 1_100);
  assert.equal(bucket.take(1_099), false);
  assert.equal(bucket.take(1_100), true);
  assert.equal(bucket.take(60_000, 3), true);
  assert.equal(bucket.take(60_000), false);
  assert.equal(bucket.refused, 3);
});

Deno.test("a clock that stands still or goes back gives no tokens", () => {
  const bucket = new TokenBucket(1_000, 1);
  assert.equal(bucket.take(5_000), true);
  assert.equal(bucket.take(5_000), false);
  assert.equal(bucket.take(4_000), false);
});

Deno.test("a bucket that can give nothing is a programmer's error", () => {
  assert.throws(() => new TokenBucket(0, 1), AssertionError);
  assert.throws(() => new TokenBucket(1, 0), AssertionError);
  assert.throws(() => new TokenBucket(NaN, 1), AssertionError);
});
