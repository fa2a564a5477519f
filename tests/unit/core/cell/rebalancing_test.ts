import assert from "node:assert/strict";
import fc from "fast-check";
import { mergeOf, type OtherCell, splitOf } from "../../../../src/core/cell/rebalancing.ts";

const SIZE = { least: 3, most: 10 };

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `n${String(index).padStart(2, "0")}`);
}

Deno.test("a cell above its size parts in halves that each have a good leader", () => {
  assert.equal(splitOf("alpha", 4, names(10), SIZE), undefined);
  const move = splitOf("alpha", 4, names(11), SIZE);
  assert.deepEqual(move, { cellId: "alpha-4", members: ["n01", "n03", "n05", "n07", "n09"] });
});

Deno.test("a long name leaves room for the mark of where it split off", () => {
  assert.equal(splitOf("x".repeat(64), 123, names(11), SIZE)?.cellId, `${"x".repeat(60)}-123`);
});

Deno.test("a cell below its size moves into the smallest other that has room", () => {
  const others = [{ cellId: "c", size: 9 }, { cellId: "d", size: 5 }, { cellId: "b", size: 5 }];
  assert.deepEqual(mergeOf("a", names(2), others, SIZE), { cellId: "b", members: names(2) });
  assert.equal(mergeOf("a", names(3), others, SIZE), undefined);
  assert.equal(mergeOf("a", names(2), [{ cellId: "c", size: 9 }], SIZE), undefined);
});

Deno.test("no two cells ever move into each other", () => {
  const size = fc.integer({ min: 1, max: 4 });
  const id = fc.constantFrom("a", "b");
  fc.assert(fc.property(size, size, id, (left, right, first) => {
    const second = first === "a" ? "b" : "a";
    const view = (cellId: string, count: number): OtherCell => ({ cellId, size: count });
    const goes = mergeOf(first, names(left), [view(second, right)], SIZE);
    const comes = mergeOf(second, names(right), [view(first, left)], SIZE);
    assert.ok(goes === undefined || comes === undefined);
    if (left < 3 && right < 3) assert.ok(goes !== undefined || comes !== undefined);
  }));
});
