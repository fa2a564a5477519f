import assert from "node:assert/strict";
import fc from "fast-check";
import {
  sharedCentrality,
  type SharedRtt,
  UNKNOWN_RTT_MS,
} from "../../../../src/core/election/ranking/centrality.ts";

function table(edges: readonly (readonly [number, number, number])[]): SharedRtt<number> {
  return (left, right) =>
    edges.find(([from, to]) => from === left && to === right || from === right && to === left)?.[2];
}

const MATRIX = fc.integer({ min: 1, max: 7 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    rtts: fc.array(
      fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }),
      { minLength: size * size, maxLength: size * size },
    ),
  })
);

function fromMatrix(size: number, rtts: readonly (number | undefined)[]): SharedRtt<number> {
  return (left, right) => rtts[Math.min(left, right) * size + Math.max(left, right)];
}

Deno.test("the member with the shortest round trips to all comes first", () => {
  const rtts = table([[1, 2, 50], [1, 3, 50], [2, 3, 200]]);
  assert.deepEqual(sharedCentrality([3, 2, 1], rtts), [1, 2, 3]);
});

Deno.test("every observer computes the same order, in whatever order it knows the members", () => {
  fc.assert(fc.property(MATRIX, fc.integer(), ({ size, rtts }, turn) => {
    const members = Array.from({ length: size }, (_, index) => index);
    const rotated = members.map((_, index) => members[(index + Math.abs(turn)) % size]!);
    const rtt = fromMatrix(size, rtts);
    assert.deepEqual(sharedCentrality(rotated, rtt), sharedCentrality(members, rtt));
  }));
});

Deno.test("a member that is far from all others changes nothing for who is first", () => {
  fc.assert(fc.property(MATRIX, ({ size, rtts }) => {
    const members = Array.from({ length: size }, (_, index) => index);
    const rtt = fromMatrix(size, rtts);
    const [first] = sharedCentrality(members, rtt);
    const withWorse = sharedCentrality(
      [...members, size],
      (left, right) => left === size || right === size ? UNKNOWN_RTT_MS : rtt(left, right),
    );
    if (size > 1) assert.equal(withWorse[0], first);
  }));
});

Deno.test("an edge that nobody measured costs as much as the worst", () => {
  assert.deepEqual(sharedCentrality([1, 2, 3], table([[2, 3, 4_000]])), [2, 3, 1]);
});

Deno.test("round trips that are no durations count as unknown", () => {
  for (const bad of [NaN, -1, Infinity, -Infinity]) {
    const rtts = table([[1, 2, bad], [1, 3, bad], [2, 3, 100]]);
    assert.deepEqual(sharedCentrality([1, 2, 3], rtts), [2, 3, 1]);
  }
});

Deno.test("a clock that makes one side's round trips look like nothing gains nothing", () => {
  const honest = table([[1, 2, 50], [1, 3, 50], [2, 3, 200]]);
  const lying: SharedRtt<number> = (left, right) => left === 3 ? 0 : honest(left, right);
  assert.deepEqual(sharedCentrality([1, 2, 3], lying), sharedCentrality([1, 2, 3], honest));
});

Deno.test("identical round trips everywhere leave the choice to the lower id", () => {
  assert.deepEqual(sharedCentrality([4, 2, 9], () => 20), [2, 4, 9]);
});
