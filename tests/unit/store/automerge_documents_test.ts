import assert from "node:assert/strict";
import fc from "fast-check";
import type { Change } from "../../../src/core/state/document.ts";
import { loadAutomerge } from "../../../src/store/automerge.ts";
import { CHANGE_LIMITS, isFairChange } from "../../../src/store/automerge_change.ts";
import { AutomergeDocuments } from "../../../src/store/automerge_documents.ts";
import { hashOfChange } from "../../../src/wire/state.ts";

const AUTOMERGE = await loadAutomerge();
const KEY = "notes/a";

Deno.test("a change has the hash that Automerge gives it, long ones too, which lie plain", () => {
  for (const length of [1, 500, 40_000]) {
    const change = made({ text: "x".repeat(length) });
    assert.equal(hashOfChange(Uint8Array.fromBase64(change.body)), change.hash);
    assert.deepEqual(empty().merge(KEY, 2, [change]), ["merged"]);
  }
});

Deno.test("whatever bytes come as a change, nothing throws and the document is as it was", () => {
  const change = made({ route: "north", depth: [1, 2] });
  const original = Uint8Array.fromBase64(change.body);
  const flips = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(flips, fc.nat(original.length), fc.boolean(), (edits, length, cut) => {
      const bytes = original.slice(0, cut ? length : original.length);
      for (const [at, byte] of edits) if (at < bytes.length) bytes[at] = byte;
      const changed = { ...change, body: bytes.toBase64(), hash: hashOfChange(bytes) };
      const documents = empty();
      const [verdict] = documents.merge(KEY, 2, [changed]);
      const isSame = bytes.toBase64() === change.body;
      assert.equal(verdict, isSame ? "merged" : "malformed");
      assert.deepEqual(documents.value(KEY, 2), isSame ? { route: "north", depth: [1, 2] } : {});
      assert.deepEqual(documents.merge(KEY, 2, [change]), isSame ? ["malformed"] : ["merged"]);
      documents.close();
    }),
    { numRuns: 300 },
  );
});

Deno.test("what is not a good change and says that it is whole is refused or merged, and never throws", () => {
  const change = made({ route: "north", depth: [1, 2] });
  const original = Uint8Array.fromBase64(change.body);
  const flips = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1 });
  fc.assert(
    fc.property(flips, (edits) => {
      const bytes = original.slice();
      for (const [at, byte] of edits) if (at > 8) bytes[at] = byte;
      const hash = hashOfChange(bytes);
      bytes.set(Uint8Array.fromHex(hash).subarray(0, 4), 4);
      const documents = empty();
      const [verdict] = documents.merge(KEY, 2, [{ ...change, body: bytes.toBase64(), hash }]);
      const value = documents.value(KEY, 2);
      if (verdict !== "merged") assert.deepEqual(value, {});
      // The document can be written still.
      const by = { author: "n2", boot: 1, number: 1, mayCommand: false };
      const next = documents.edit(KEY, 2, [{ kind: "set", value: { more: 1 } }], by);
      assert.ok(typeof next !== "string");
      assert.deepEqual(documents.value(KEY, 2), { ...value, more: 1 });
      documents.close();
    }),
    { numRuns: 400 },
  );
});

Deno.test("a change that claims a million operations in a few bytes is refused before it is read", () => {
  // Everything is in order but for the run lengths of a column.
  for (const run of [[0xc0, 0x84, 0x3d, 1], [0, 0xc0, 0x84, 0x3d], [0x80, 0x80, 0x80, 0x40, 1]]) {
    const bytes = crafted(run);
    assert.equal(isFairChange(bytes), false);
    const change = { ...made({ a: 1 }), body: bytes.toBase64(), hash: hashOfChange(bytes) };
    // Other programs may take the processor meanwhile, though hardly each time.
    const tookMs = Array.from({ length: 5 }, () => {
      const documents = empty();
      const startedAt = performance.now();
      assert.deepEqual(documents.merge(KEY, 2, [change]), ["malformed"]);
      return performance.now() - startedAt;
    });
    assert.ok(Math.min(...tookMs) < 100, `took ${tookMs} ms`);
  }
  assert.equal(isFairChange(crafted([2, 1])), true);
  assert.equal(isFairChange(new Uint8Array(CHANGE_LIMITS.bytes + 1)), false);
});

Deno.test("a change that does something else than set fields is refused, however good it is", () => {
  const actor = `${new TextEncoder().encode("n1").toHex()}000000000001`;
  const makers: ((root: Record<string, unknown>) => void)[] = [
    (root) => root["/a"] = 1,
    (root) => root["/a"] = "a text that people edit together",
    (root) => root["/a"] = { nested: true },
    (root) => root["/a"] = new AUTOMERGE.Counter(1),
    (root) => root["a"] = new AUTOMERGE.ImmutableString("1"),
    (root) => root["/a"] = new AUTOMERGE.ImmutableString("no json"),
    (root) => root["/a"] = new AUTOMERGE.ImmutableString('{"b": 1}'),
  ];
  for (const make of makers) {
    const doc = AUTOMERGE.change(AUTOMERGE.init<Record<string, unknown>>({ actor }), make);
    const bytes = AUTOMERGE.getLastLocalChange(doc)!;
    const change: Change = {
      ...made({ a: 1 }),
      body: bytes.toBase64(),
      hash: hashOfChange(bytes),
    };
    assert.deepEqual(empty().merge(KEY, 2, [change]), ["malformed"]);
  }
});

Deno.test("a change of which others are missing waits for nothing and is refused as incomplete", () => {
  const writer = empty();
  const first = edited(writer, 1, { a: 1 });
  const second = edited(writer, 2, { a: 2 });
  const documents = empty();
  assert.deepEqual(documents.merge(KEY, 2, [second]), ["incomplete"]);
  assert.deepEqual(documents.value(KEY, 2), {});
  assert.deepEqual(documents.merge(KEY, 2, [first, second]), ["merged", "merged"]);
  assert.deepEqual(documents.value(KEY, 2), { a: 2 });
});

function empty(): AutomergeDocuments {
  return new AutomergeDocuments(AUTOMERGE, { changes: () => [] });
}

function edited(documents: AutomergeDocuments, number: number, value: Record<string, number>) {
  const by = { author: "n1", boot: 1, number, mayCommand: false };
  return documents.edit(KEY, 2, [{ kind: "set", value }], by) as Change;
}

function made(value: Record<string, string | number | number[]>): Change {
  const by = { author: "n1", boot: 1, number: 1, mayCommand: false };
  return empty().edit(KEY, 2, [{ kind: "set", value }], by) as Change;
}

/** A change with one column of unsigned numbers that holds these bytes. */
function crafted(column: readonly number[]): Uint8Array {
  const actor = [0x6e, 0x31, 0, 0, 0, 0, 0, 1];
  const body = [0, actor.length, ...actor, 1, 1, 0, 0, 0, 1, 0x42, column.length, ...column];
  return new Uint8Array([0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1, body.length, ...body]);
}
