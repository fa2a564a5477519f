import assert from "node:assert/strict";
import type { Change } from "../../../src/core/state/document.ts";
import { DocumentStore } from "../../../src/store/document_store.ts";

const KEY = "notes/a";
const NOW = 1_000_000;

Deno.test("what was saved is there when the store is opened again, seals and deletions too", async () => {
  await inFolder(async (path) => {
    const erasure = {
      author: "n2",
      mayCommand: true,
      seal: { signature: "AQ==", certificate: "Ag==" },
    };
    {
      using store = await DocumentStore.open(path);
      store.save([
        batch(KEY, 2, [change(1), change(2, { signature: "AQ==", certificate: "Ag==" })]),
      ], NOW);
      store.save([batch(KEY, 2, [change(3)])], NOW);
      store.save([{
        saved: { key: "notes/gone", generation: 3, quietMs: 0, erasure },
        changes: [],
      }], NOW);
    }
    using store = await DocumentStore.open(path);
    const { stored, awayMs } = store.load(NOW + 500);
    assert.equal(awayMs, 500);
    assert.deepEqual(
      stored.map(({ key, generation, versions, quietMs }) => [key, generation, versions, quietMs]),
      [["notes/a", 2, { "n1 1": 3 }, 500], ["notes/gone", 3, {}, 500]],
    );
    assert.deepEqual(stored[1]!.erasure, erasure);
    assert.deepEqual(
      [...store.changes(KEY, 2, {})].map(({ number, seal }) => [number, seal?.certificate]),
      [
        [1, undefined],
        [2, "Ag=="],
        [3, undefined],
      ],
    );
    assert.deepEqual([...store.changes(KEY, 2, {})][0], change(1));
  });
});

Deno.test("a new generation takes the place of the one before, and what ended leaves nothing", async () => {
  await inFolder(async (path) => {
    using store = await DocumentStore.open(path);
    store.save([batch(KEY, 2, [change(1), change(2)])], NOW);
    store.save([batch(KEY, 4, [change(1)])], NOW);
    assert.deepEqual([...store.changes(KEY, 2, {})], []);
    assert.equal([...store.changes(KEY, 4, {})].length, 1);
    const saved = { key: KEY, generation: 0, quietMs: 0, isDropped: true } as const;
    store.save([{ saved, changes: [] }], NOW);
    assert.deepEqual(store.load(NOW).stored, []);
    assert.deepEqual([...store.changes(KEY, 4, {})], []);
  });
});

Deno.test("a save that the disk refuses changes nothing, and the next one goes on", async () => {
  await inFolder(async (path) => {
    using store = await DocumentStore.open(path);
    store.save([batch(KEY, 2, [change(1)])], NOW);
    const bad = { ...change(2), hash: "no hash" };
    assert.throws(() => store.save([batch("notes/b", 2, [change(1)]), batch(KEY, 2, [bad])], NOW));
    assert.deepEqual(store.load(NOW).stored.map(({ key }) => key), [KEY]);
    store.save([batch(KEY, 2, [change(2)])], NOW);
    assert.equal([...store.changes(KEY, 2, {})].length, 2);
  });
});

function batch(key: string, generation: number, changes: readonly Change[]) {
  return { saved: { key, generation, quietMs: 0 }, changes };
}

function change(number: number, seal?: Change["seal"]): Change {
  return {
    author: "n1",
    mayCommand: false,
    boot: 1,
    number,
    hash: "0a".repeat(32),
    body: "AQID",
    ...(seal === undefined ? {} : { seal }),
  };
}

async function inFolder(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/documents.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
