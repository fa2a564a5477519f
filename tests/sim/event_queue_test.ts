import assert from "node:assert/strict";
import fc from "fast-check";
import { EventQueue } from "../../src/sim/event_queue.ts";

const event = fc.record({
  at: fc.nat(20),
  target: fc.nat(3),
  /** What the event schedules when it runs: so much later. */
  follow: fc.option(fc.nat(5)),
});

Deno.test("events run by time, and within a time in the order in which they were scheduled", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const queue = new EventQueue<{ id: number; follow: number | null }>();
      const model: { at: number; target: number; id: number; follow: number | null }[] = [];
      let ids = 0;
      const push = (at: number, target: number, follow: number | null) => {
        const id = ids++;
        queue.push(at, target, { id, follow });
        model.push({ at, target, id, follow });
      };
      for (const { at, target, follow } of events) push(at, target, follow);
      while (model.length > 0) {
        const time = Math.min(...model.map(({ at }) => at));
        assert.equal(queue.next(), time);
        assert.equal(queue.size, model.length);
        queue.runSlot((at, target, { id, follow }) => {
          const index = model.findIndex((one) => one.at === time);
          assert.deepEqual({ at, target, id, follow }, model[index]);
          model.splice(index, 1);
          if (follow !== null) push(at + follow, target, null);
          return true;
        });
      }
      assert.equal(queue.next(), undefined);
      assert.equal(queue.size, 0);
    }),
    { seed: 60, numRuns: 300 },
  );
});

Deno.test("a run that is stopped runs nothing more of its millisecond", () => {
  const queue = new EventQueue<string>();
  for (const item of ["a", "b", "c"]) queue.push(5, 0, item);
  const ran: string[] = [];
  const finished = queue.runSlot((_at, _target, item) => {
    ran.push(item);
    return item !== "b";
  });
  assert.equal(finished, false);
  assert.deepEqual(ran, ["a", "b"]);
});

Deno.test("an empty queue has nothing to run", () => {
  const queue = new EventQueue<string>();
  assert.equal(queue.next(), undefined);
  assert.equal(queue.runSlot(() => assert.fail("nothing was scheduled")), true);
});
