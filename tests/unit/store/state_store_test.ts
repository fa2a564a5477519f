import assert from "node:assert/strict";
import { StateStore } from "../../../src/store/state_store.ts";

async function inFolder(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/state.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("what was put is there when the store is opened again", () =>
  inFolder(async (path) => {
    const store = await StateStore.open(path);
    store.put("boot", 7);
    store.put("boot", 8);
    store.put("nested", { list: [1, "two", null] });
    store.claimNodeId("drone-1");
    store.close();
    const again = await StateStore.open(path);
    assert.deepEqual(again.load(), { boot: 8, nested: { list: [1, "two", null] } });
    assert.equal(again.nodeId, "drone-1");
    again.close();
  }));

Deno.test("a new store is empty and nobody's", () =>
  inFolder(async (path) => {
    const store = await StateStore.open(path);
    assert.deepEqual(store.load(), {});
    assert.equal(store.nodeId, undefined);
    store.close();
  }));

Deno.test("what is put survives another reader at once, without a close", () =>
  inFolder(async (path) => {
    const store = await StateStore.open(path);
    store.put("boot", 7);
    const other = await StateStore.open(path);
    assert.deepEqual(other.load(), { boot: 7 });
    other.close();
    store.close();
  }));

Deno.test("a damaged file is named, left alone, and the remedy is said", () =>
  inFolder(async (path) => {
    const damaged = "this is not a database, however long one looks at it ".repeat(100);
    Deno.writeTextFileSync(path, damaged);
    await assert.rejects(() => StateStore.open(path), {
      message: `Cannot open the node's state: ${path} is damaged (file is not a database)`,
      code: "state-damaged",
      hint: `restore a backup, or start afresh after: mv ${path} ${path}.damaged`,
    });
    assert.equal(Deno.readTextFileSync(path), damaged);
  }));

Deno.test("a store of a newer peat is refused", () =>
  inFolder(async (path) => {
    (await StateStore.open(path)).close();
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    await assert.rejects(() => StateStore.open(path), { code: "state-too-new" });
  }));

Deno.test("marks of those that were heard are replaced whole, in their order", () =>
  inFolder(async (path) => {
    const marks = [5, 3, 9].map((boot) => ({
      deviceId: `device-${boot}`,
      boot,
      sequence: 2 ** 32 - boot,
    }));
    const store = await StateStore.open(path);
    assert.deepEqual(store.loadMarks(), []);
    store.putMarks([...marks, { deviceId: "gone", boot: 1, sequence: 1 }]);
    store.putMarks(marks);
    store.close();
    const again = await StateStore.open(path);
    assert.deepEqual(again.loadMarks(), marks);
    again.close();
  }));

Deno.test("a store of before there were marks gets room for them and keeps what it has", () =>
  inFolder(async (path) => {
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(path);
    database.exec(`
      CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE identity (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
      INSERT INTO state VALUES ('boot', '7');
      PRAGMA user_version = 1;
    `);
    database.close();
    const store = await StateStore.open(path);
    store.putMarks([{ deviceId: "a", boot: 1, sequence: 1 }]);
    assert.deepEqual([store.load(), store.loadMarks().length], [{ boot: 7 }, 1]);
    store.close();
  }));
