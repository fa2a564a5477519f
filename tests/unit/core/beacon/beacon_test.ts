import assert from "node:assert/strict";
import fc from "fast-check";
import { isFresher } from "../../../../src/core/beacon/beacon.ts";

const numbers = fc.record({ boot: fc.nat(3), sequence: fc.nat(3) });

Deno.test("a later start is fresher whatever its sequence, and within a start the sequence decides", () => {
  assert.equal(isFresher({ boot: 2, sequence: 1 }, { boot: 1, sequence: 900 }), true);
  assert.equal(isFresher({ boot: 1, sequence: 900 }, { boot: 2, sequence: 1 }), false);
  assert.equal(isFresher({ boot: 1, sequence: 2 }, { boot: 1, sequence: 1 }), true);
  assert.equal(isFresher({ boot: 1, sequence: 1 }, { boot: 1, sequence: 1 }), false);
});

Deno.test("of any two beacons exactly one is fresher, unless they are the same", () => {
  fc.assert(
    fc.property(numbers, numbers, (left, right) => {
      const same = left.boot === right.boot && left.sequence === right.sequence;
      assert.equal(Number(isFresher(left, right)) + Number(isFresher(right, left)), same ? 0 : 1);
    }),
    { seed: 20 },
  );
});

Deno.test("what is fresher than something fresher is fresher", () => {
  fc.assert(
    fc.property(numbers, numbers, numbers, (first, second, third) => {
      if (isFresher(first, second) && isFresher(second, third)) {
        assert.equal(isFresher(first, third), true);
      }
    }),
    { seed: 21, numRuns: 500 },
  );
});
