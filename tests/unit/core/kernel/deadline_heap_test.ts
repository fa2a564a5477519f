import assert from "node:assert/strict";
import fc from "fast-check";
import { DeadlineHeap } from "../../../../src/core/kernel/deadline_heap.ts";
import { NEVER } from "../../../../src/core/kernel/time.ts";

interface Entry {
  readonly at: number;
  readonly item: number;
}

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant("push" as const), at: fc.nat(30) }) },
  { weight: 5, arbitrary: fc.record({ what: fc.constant("pop" as const), at: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("retain" as const), at: fc.nat(4) }) },
);

Deno.test("whatever is pushed, popped and dropped, the heap agrees with a sorted array", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const heap = new DeadlineHeap<number>();
      let model: Entry[] = [];
      let count = 0;
      for (const { what, at } of actions) {
        if (what === "push") {
          const item = count++;
          heap.push(at, item);
          // A stable sort: what came later and is due at the same time leaves later.
          model = [...model, { at, item }].sort((left, right) => left.at - right.at);
        } else if (what === "pop") {
          const isDue = model.length > 0 && model[0]!.at <= at;
          assert.equal(heap.pop(at), isDue ? model.shift()!.item : undefined);
        } else {
          const keep = (item: number) => item % (at + 1) !== 0;
          heap.retain(keep);
          model = model.filter(({ item }) => keep(item));
        }
        assert.equal(heap.size, model.length);
        assert.equal(heap.deadline(), model[0]?.at ?? NEVER);
      }
      for (const { item } of model) assert.equal(heap.pop(NEVER - 1), item);
      assert.equal(heap.pop(NEVER), undefined);
    }),
    { seed: 9, numRuns: 500 },
  );
});

Deno.test("items that are due at one time leave in the order they came", () => {
  const heap = new DeadlineHeap<number>();
  for (let item = 0; item < 1_000; item++) heap.push(5, item);
  for (let item = 0; item < 1_000; item++) assert.equal(heap.pop(5), item);
});

Deno.test("nothing leaves before it is due", () => {
  const heap = new DeadlineHeap<string>();
  heap.push(10, "item");
  assert.equal(heap.pop(9.999), undefined);
  assert.equal(heap.deadline(), 10);
  assert.equal(heap.pop(10), "item");
  assert.equal(heap.deadline(), NEVER);
});
