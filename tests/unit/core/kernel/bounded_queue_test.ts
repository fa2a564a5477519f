import assert from "node:assert/strict";
import fc from "fast-check";
import { AssertionError } from "../../../../src/core/kernel/assert.ts";
import { BoundedQueue, type Overflow } from "../../../../src/core/kernel/bounded_queue.ts";

const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: fc.constant("push" as const), item: fc.nat(99) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("shift" as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("clear" as const) }) },
);

for (const overflow of ["refuse-new", "drop-oldest"] satisfies Overflow[]) {
  Deno.test(`a queue that overflows by ${overflow} agrees with a plain array`, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(action, { maxLength: 60 }),
        (capacity, actions) => {
          const queue = new BoundedQueue<number>(capacity, overflow);
          let model: number[] = [];
          let dropped = 0;
          for (const step of actions) {
            if (step.what === "push") {
              const isFull = model.length === capacity;
              if (isFull) dropped++;
              assert.equal(queue.push(step.item), !isFull || overflow === "drop-oldest");
              if (!isFull || overflow === "drop-oldest") model.push(step.item);
              if (model.length > capacity) model.shift();
            } else if (step.what === "shift") {
              assert.equal(queue.shift(), model.shift());
            } else {
              queue.clear();
              model = [];
            }
            assert.deepEqual([...queue], model);
            assert.equal(queue.peek(), model[0]);
            assert.equal(queue.size, model.length);
            assert.equal(queue.dropped, dropped);
          }
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });
}

Deno.test("a queue without room for one item is a programmer's error", () => {
  for (const capacity of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => new BoundedQueue(capacity, "refuse-new"), AssertionError);
  }
});
