import assert from "node:assert/strict";
import fc from "fast-check";
import { AssertionError } from "../../../../src/core/kernel/assert.ts";
import { BoundedMap, type MapOverflow } from "../../../../src/core/kernel/bounded_map.ts";

const action = fc.record({
  what: fc.constantFrom("set", "set", "set", "touch", "delete"),
  key: fc.constantFrom("a", "b", "c", "d", "e", "f"),
  value: fc.nat(99),
});

for (const overflow of ["refuse-new", "evict-oldest"] satisfies MapOverflow[]) {
  Deno.test(`a map that overflows by ${overflow} agrees with a list of pairs`, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(action, { maxLength: 60 }),
        (capacity, actions) => {
          const map = new BoundedMap<string, number>(capacity, overflow);
          let model: [string, number][] = [];
          let overflowed = 0;
          for (const { what, key, value } of actions) {
            const known = model.find(([other]) => other === key);
            if (what === "set") {
              const isFull = known === undefined && model.length === capacity;
              if (isFull) overflowed++;
              const isTaken = !isFull || overflow === "evict-oldest";
              assert.equal(map.set(key, value), isTaken);
              if (known !== undefined) known[1] = value;
              else if (isTaken) model.push([key, value]);
              if (model.length > capacity) model.shift();
            } else {
              if (what === "touch") map.touch(key);
              else assert.equal(map.delete(key), known !== undefined);
              model = model.filter((pair) => pair !== known);
              if (what === "touch" && known !== undefined) model.push(known);
            }
            assert.deepEqual([...map], model, "same pairs, the one touched longest ago first");
            assert.deepEqual([...map.keys()], model.map(([key]) => key));
            assert.deepEqual([...map.values()], model.map(([, value]) => value));
            assert.equal(map.size, model.length);
            assert.equal(map.overflowed, overflowed);
            assert.equal(map.get(key), model.find(([other]) => other === key)?.[1]);
            assert.equal(map.has(key), model.some(([other]) => other === key));
          }
        },
      ),
      { seed: 4, numRuns: 300 },
    );
  });
}

Deno.test("a flood of invented names costs refusals and no memory", () => {
  const map = new BoundedMap<string, number>(10, "refuse-new");
  for (let name = 0; name < 100_000; name++) map.set(`invented ${name}`, name);
  assert.equal(map.size, 10);
  assert.equal(map.overflowed, 99_990);
});

Deno.test("a map without room for one key is a programmer's error", () => {
  for (const capacity of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => new BoundedMap(capacity, "refuse-new"), AssertionError);
  }
});
