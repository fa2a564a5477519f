import assert from "node:assert/strict";
import fc from "fast-check";
import { ReplayWindows } from "../../../src/security/replay_windows.ts";

const WIDTH = 128;

Deno.test("a window agrees with a list of everything that was seen", () => {
  const datagram = fc.record({
    boot: fc.integer({ min: 1, max: 3 }),
    sequence: fc.oneof(fc.nat(20), fc.nat(400), fc.constantFrom(0, 127, 128, 0xffff_ffff)),
  });
  fc.assert(fc.property(fc.array(datagram, { maxLength: 80 }), (datagrams) => {
    const windows = new ReplayWindows();
    let boot = 0;
    let seen: number[] = [];
    for (const next of datagrams) {
      const verdict = windows.accept("a", next.boot, next.sequence);
      if (next.boot < boot) {
        assert.equal(verdict, "oldBoot");
        continue;
      }
      if (next.boot > boot) [boot, seen] = [next.boot, []];
      const isTooOld = next.sequence <= Math.max(...seen) - WIDTH;
      const expected = isTooOld ? "tooOld" : seen.includes(next.sequence) ? "replayed" : "fresh";
      assert.equal(verdict, expected, `${next.sequence} after ${seen}`);
      if (expected === "fresh") seen.push(next.sequence);
    }
  }));
});

Deno.test("senders do not shut out each other", () => {
  const windows = new ReplayWindows();
  assert.equal(windows.accept("a", 1, 900), "fresh");
  assert.equal(windows.accept("b", 1, 1), "fresh");
  assert.equal(windows.accept("a", 1, 900), "replayed");
});

Deno.test("at the bound the sender that was heard least recently is forgotten, and counted", () => {
  const windows = new ReplayWindows({ capacity: 2 });
  windows.accept("a", 1, 1);
  windows.accept("b", 1, 1);
  windows.accept("a", 1, 2);
  windows.accept("c", 1, 1);
  assert.deepEqual([windows.senders, windows.forgotten], [2, 1]);
  assert.equal(windows.accept("a", 1, 2), "replayed");
});

Deno.test("what was kept across a restart counts as seen, and what comes after it does not", () => {
  const before = new ReplayWindows();
  for (const sequence of [3, 9, 7]) before.accept("a", 2, sequence);
  const after = new ReplayWindows();
  after.restore(before.marks());
  assert.equal(after.accept("a", 2, 8), "replayed");
  assert.equal(after.accept("a", 1, 50), "oldBoot");
  assert.equal(after.accept("a", 2, 10), "fresh");
  assert.equal(after.accept("a", 3, 0), "fresh");
});
