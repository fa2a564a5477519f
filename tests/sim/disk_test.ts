import assert from "node:assert/strict";
import fc from "fast-check";
import { Random } from "../../src/core/kernel/random.ts";
import { VirtualDisk } from "../../src/sim/disk.ts";

const action = fc.record({
  what: fc.constantFrom("write", "write", "sync"),
  key: fc.constantFrom("a", "b", "c"),
});

Deno.test("a crash keeps what was synced and any prefix of what was not", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.integer(), fc.array(action, { maxLength: 20 }), (seed, actions) => {
      const disk = new VirtualDisk(new Random(seed));
      let pending: [string, number][] = [];
      let synced: Record<string, number> = {};
      for (const [value, { what, key }] of actions.entries()) {
        if (what === "write") {
          assert.equal(disk.write(key, value), true);
          pending.push([key, value]);
          continue;
        }
        const index = pending.findIndex(([other]) => other === key);
        assert.equal(disk.sync(key), index >= 0);
        synced = { ...synced, ...Object.fromEntries(pending.slice(0, index + 1)) };
        pending = pending.slice(index + 1);
        assert.deepEqual(disk.read(), synced, "only what is safe is read after a start");
      }
      disk.crash();
      const prefixes = [...pending.keys(), pending.length].map((kept) => ({
        ...synced,
        ...Object.fromEntries(pending.slice(0, kept)),
      }));
      const read = JSON.stringify(sorted(disk.read()!));
      const kept = prefixes.findIndex((prefix) => JSON.stringify(sorted(prefix)) === read);
      assert.ok(kept >= 0, `${read} is no prefix`);
      if (pending.length < 3) return;
      seen.add(kept === 0 ? "nothing" : kept === pending.length ? "all" : "some");
    }),
    { seed: 64, numRuns: 500 },
  );
  assert.deepEqual([...seen].sort(), ["all", "nothing", "some"]);
});

Deno.test("after a crash nothing is pending any more", () => {
  const disk = new VirtualDisk(new Random(1));
  disk.write("a", 1);
  disk.crash();
  assert.equal(disk.sync("a"), false);
});

Deno.test("a full disk takes nothing and keeps what it has", () => {
  const disk = new VirtualDisk(new Random(1));
  disk.write("a", 1);
  disk.sync("a");
  disk.full = true;
  assert.equal(disk.write("a", 2), false);
  assert.deepEqual(disk.read(), { a: 1 });
  disk.full = false;
  assert.equal(disk.write("a", 3), true);
});

Deno.test("a damaged read fails once for each damage, and loses nothing", () => {
  const disk = new VirtualDisk(new Random(1));
  disk.write("a", 1);
  disk.sync("a");
  disk.corruptNextRead();
  disk.corruptNextRead();
  assert.equal(disk.read(), undefined);
  assert.equal(disk.read(), undefined);
  assert.deepEqual(disk.read(), { a: 1 });
});

function sorted(record: Readonly<Record<string, unknown>>) {
  return Object.entries(record).sort(([left], [right]) => left < right ? -1 : 1);
}

Deno.test("a disk that is lost remembers nothing, neither what was safe nor what was not", () => {
  const disk = new VirtualDisk(new Random(1));
  disk.write("boot", 1);
  disk.sync("boot");
  disk.write("boot", 2);
  disk.wipe();
  assert.deepEqual(disk.read(), {});
  assert.ok(!disk.sync("boot"));
  assert.equal(disk.wipes, 1);
});
