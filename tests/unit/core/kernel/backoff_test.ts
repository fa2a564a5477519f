import assert from "node:assert/strict";
import fc from "fast-check";
import { AssertionError } from "../../../../src/core/kernel/assert.ts";
import { Backoff } from "../../../../src/core/kernel/backoff.ts";
import { Random } from "../../../../src/core/kernel/random.ts";

Deno.test("delays double from the first to the longest and stay there", () => {
  const backoff = new Backoff({ firstMs: 500, longestMs: 3_000, jitter: 0 }, new Random(1));
  const delays = Array.from({ length: 5 }, () => backoff.next());
  assert.deepEqual(delays, [500, 1_000, 2_000, 3_000, 3_000]);
  assert.equal(backoff.attempts, 5);
});

Deno.test("after a success the delays begin again", () => {
  const backoff = new Backoff({ firstMs: 10, longestMs: 1_000, jitter: 0 }, new Random(1));
  backoff.next();
  backoff.next();
  backoff.reset();
  assert.equal(backoff.attempts, 0);
  assert.equal(backoff.next(), 10);
});

Deno.test("chance only shortens a delay, and by no more than its share", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 1_000 }),
      fc.nat(1_000_000),
      (seed, jitter, firstMs, moreMs) => {
        const longestMs = firstMs + moreMs;
        const backoff = new Backoff({ firstMs, longestMs, jitter }, new Random(seed));
        for (let attempt = 0; attempt < 40; attempt++) {
          const fullMs = Math.min(longestMs, firstMs * 2 ** attempt);
          const delayMs = backoff.next();
          assert.ok(delayMs <= fullMs && delayMs >= fullMs * (1 - jitter), `${delayMs}`);
        }
      },
    ),
    { seed: 7 },
  );
});

Deno.test("a thousand failures in a row overflow nothing", () => {
  const backoff = new Backoff({ firstMs: 500, longestMs: 30_000, jitter: 0 }, new Random(1));
  for (let attempt = 0; attempt < 1_000; attempt++) backoff.next();
  assert.equal(backoff.next(), 30_000);
});

Deno.test("a crowd that failed together parts", () => {
  const options = { firstMs: 1_000, longestMs: 30_000, jitter: 0.5 };
  const delays = Array.from(
    { length: 100 },
    (_, seed) => Math.round(new Backoff(options, new Random(seed)).next()),
  );
  assert.ok(new Set(delays).size > 80);
});

Deno.test("delays that shrink, or a share beyond all, are a programmer's error", () => {
  const random = new Random(1);
  const wrong = [
    { firstMs: 0, longestMs: 10, jitter: 0 },
    { firstMs: 20, longestMs: 10, jitter: 0 },
    { firstMs: 1, longestMs: 10, jitter: 1.1 },
    { firstMs: 1, longestMs: 10, jitter: -0.1 },
  ];
  for (const options of wrong) assert.throws(() => new Backoff(options, random), AssertionError);
});
