import assert from "node:assert/strict";
import fc from "fast-check";
import { NEVER } from "../../../../src/core/kernel/time.ts";
import { TimerTable } from "../../../../src/core/kernel/timer_table.ts";

type Name = "a" | "b" | "c";
const names = fc.constantFrom<Name>("a", "b", "c");

Deno.test("an empty table never wants to be woken", () => {
  const timers = new TimerTable<Name>();
  assert.equal(timers.deadline(), NEVER);
  assert.equal(timers.next(), undefined);
  assert.equal(timers.take("a", 1_000), false);
});

Deno.test("a timer fires once for each time it is set, and never early", () => {
  const timers = new TimerTable<Name>();
  timers.set("a", 10);
  assert.equal(timers.take("a", 9.999), false);
  assert.equal(timers.take("a", 10), true);
  assert.equal(timers.take("a", 10), false);
  timers.set("a", 20);
  timers.set("a", 30);
  assert.equal(timers.take("a", 25), false, "a timer that was moved fires at its new time");
  assert.equal(timers.take("a", 30), true);
});

Deno.test("the table says which timer is next", () => {
  const timers = new TimerTable<Name>();
  timers.set("a", 30);
  timers.set("b", 10);
  timers.set("c", 20);
  assert.deepEqual(timers.next(), { name: "b", at: 10 });
  timers.clear("b");
  assert.deepEqual(timers.next(), { name: "c", at: 20 });
});

Deno.test("whatever is set, moved, cleared and taken, the table agrees with a plain map", () => {
  const action = fc.record({
    what: fc.constantFrom("set", "clear", "take"),
    name: names,
    at: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const timers = new TimerTable<Name>();
      const model = new Map<Name, number>();
      for (const { what, name, at } of actions) {
        if (what === "set") {
          timers.set(name, at);
          model.set(name, at);
        } else if (what === "clear") {
          timers.clear(name);
          model.delete(name);
        } else {
          const isDue = (model.get(name) ?? NEVER) <= at;
          assert.equal(timers.take(name, at), isDue);
          if (isDue) model.delete(name);
        }
        const earliest = Math.min(NEVER, ...model.values());
        assert.equal(timers.deadline(), earliest);
        assert.equal(timers.next()?.at ?? NEVER, earliest);
        for (const name of ["a", "b", "c"] as const) {
          assert.equal(timers.has(name), model.has(name));
        }
      }
    }),
    { seed: 2, numRuns: 300 },
  );
});
