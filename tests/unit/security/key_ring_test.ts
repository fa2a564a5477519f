import assert from "node:assert/strict";
import fc from "fast-check";
import { type Epoch, KeyRing } from "../../../src/security/key_ring.ts";

function epoch(number: number, startedAtMs: number, graceMs: number): Epoch {
  return { number, startedAtMs, graceMs, groupKey: new Uint8Array(32) };
}

Deno.test("whose time is off by less than half the grace never falls out", () => {
  const time = fc.integer({ min: 0, max: 10_000 });
  fc.assert(fc.property(time, fc.integer({ min: -499, max: 499 }), (nowMs, offMs) => {
    const ring = new KeyRing([epoch(1, 0, 0), epoch(2, 2_000, 1_000), epoch(3, 5_000, 1_000)]);
    const sealedWith = ring.current(nowMs + offMs).number;
    assert(ring.find(sealedWith, nowMs), `epoch ${sealedWith} at ${nowMs}`);
  }));
});

Deno.test("a clock that lost its time is taken to be at the newest epoch's start", () => {
  const ring = new KeyRing([epoch(1, 0, 0), epoch(2, 2_000, 1_000), epoch(3, 5_000, 1_000)]);
  assert.deepEqual(ring.accepted(0).map(({ number }) => number), [2, 3]);
  assert.equal(ring.current(0).number, 2);
});

Deno.test("a rotation without a grace ends the old epoch at once", () => {
  const ring = new KeyRing([epoch(1, 0, 0), epoch(2, 2_000, 0)]);
  assert.equal(ring.current(2_000).number, 2);
  assert.equal(ring.find(1, 2_000), undefined);
});

Deno.test("an epoch is found by the six bits of it that a datagram has", () => {
  const ring = new KeyRing([epoch(63, 0, 0), epoch(64, 2_000, 1_000)]);
  assert.equal(ring.findByBits(63, 2_500)?.number, 63);
  assert.equal(ring.findByBits(0, 2_500)?.number, 64);
  assert.equal(ring.findByBits(1, 2_500), undefined);
});
