import assert from "node:assert/strict";
import fc from "fast-check";
import { DOCUMENT_LIMITS, type JsonObject } from "../../../../src/core/state/document.ts";
import {
  changesOf,
  fieldsOf,
  isField,
  objectionTo,
  valueOf,
} from "../../../../src/core/state/fields.ts";

const json = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 3 }), {
  maxKeys: 5,
}) as fc.Arbitrary<JsonObject>;

Deno.test("a value and its fields lead to each other, whatever the fields are named", () => {
  fc.assert(fc.property(json, (value) => {
    const fields = fieldsOf(value);
    assert.deepEqual(
      JSON.parse(JSON.stringify(valueOf(fields))),
      JSON.parse(JSON.stringify(value)),
    );
    for (const [path, text] of fields) assert.ok(isField(path, text), `${path} ${text}`);
  }));
  const named = JSON.parse('{"__proto__": {"a": 1}, "a/b": {"~": 2}, "": 3, "e": {}}');
  assert.equal(
    JSON.stringify(valueOf(fieldsOf(named))),
    '{"":3,"e":{},"__proto__":{"a":1},"a/b":{"~":2}}',
  );
  assert.equal(({} as { a?: number }).a, undefined);
});

Deno.test("edits change the fields that they name, and nothing that is so already", () => {
  const before = fieldsOf({ a: 1, b: { c: 2, d: [1, 2] } });
  const set = changesOf(before, [{ kind: "set", value: { a: 1, b: { c: 3 } } }]);
  assert.deepEqual([...set.set], [["/b/c", "3"]]);
  assert.deepEqual(set.removed, []);
  const deeper = changesOf(before, [{ kind: "set", value: { a: { x: 1 } } }]);
  assert.deepEqual(deeper.removed, ["/a"]);
  const flat = changesOf(before, [{ kind: "set", value: { b: 7 } }]);
  assert.deepEqual(flat.removed, ["/b/c", "/b/d"]);
  const removed = changesOf(before, [{ kind: "remove", path: "/b" }]);
  assert.deepEqual(removed.removed, ["/b/c", "/b/d"]);
  const empty = changesOf(before, [{ kind: "put", value: {} }]);
  assert.deepEqual([...empty.set], [[".", "{}"]]);
});

Deno.test("where one field is in the way of others the deeper ones hold", () => {
  const both = new Map([["/a", "1"], ["/a/b", "2"], ["/c", "[1]"], ["/c/d", "3"]]);
  assert.deepEqual(valueOf(both), { a: { b: 2 }, c: { d: 3 } });
});

Deno.test("what is too deep, too long or no leaf is no field", () => {
  let deep: JsonObject = { end: 1 };
  for (let level = 0; level < DOCUMENT_LIMITS.depth; level++) deep = { deep };
  assert.match(objectionTo(deep)!, /nested deeper/);
  let list: unknown = 1;
  for (let level = 0; level < 100; level++) list = [list];
  assert.match(objectionTo({ list } as JsonObject)!, /nested deeper/);
  assert.match(objectionTo({ ["x".repeat(600)]: 1 })!, /more than 512/);
  const wide = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`f${index}`, 1]));
  assert.match(objectionTo(wide)!, /2000 fields/);
  assert.equal(objectionTo({ a: [[1]], b: { c: null } }), undefined);
  for (
    const [path, text] of [
      ["a", "1"],
      ["/a", '{"b":1}'],
      ["/a", "not json"],
      [".", "1"],
      ["/a", "[".repeat(50) + "]".repeat(50)],
      [`/${"x".repeat(600)}`, "1"],
      ["/a".repeat(40), "1"],
    ] as const
  ) {
    assert.equal(isField(path, text), false, `${path} ${text}`);
  }
});
