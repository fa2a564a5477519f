import assert from "node:assert/strict";
import fc from "fast-check";
import { SIMULATION_EPOCH, VirtualClock } from "../../src/sim/virtual_clock.ts";

const clocks = fc.record({
  localAtZero: fc.nat(1_000_000),
  driftPpm: fc.double({ min: -10_000, max: 10_000, noNaN: true }),
  wallOffsetMs: fc.integer({ min: -3_600_000, max: 3_600_000 }),
});
const settings = fc.array(
  fc.record({ afterMs: fc.nat(100_000), driftPpm: fc.integer({ min: -1_000, max: 1_000 }) }),
  { maxLength: 5 },
);

Deno.test("trueTimeOf is the first whole millisecond at which the clock shows a time or more", () => {
  fc.assert(
    fc.property(
      clocks,
      settings,
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      (options, set, ahead) => {
        const clock = new VirtualClock(options);
        const now = driftOften(clock, set);
        const onTheTick = clock.monotonic(now + Math.ceil(ahead));
        // A rounding away from a tick is where a division goes wrong.
        const besideIt = onTheTick * (1 + Number.EPSILON);
        for (const local of [clock.monotonic(now) + ahead, onTheTick, besideIt]) {
          const at = clock.trueTimeOf(local);
          assert.ok(Number.isInteger(at));
          assert.ok(clock.monotonic(at) >= local, `${local} is not there yet at ${at}`);
          assert.ok(clock.monotonic(at - 1) < local, `${local} was there before ${at}`);
        }
      },
    ),
    { seed: 61, numRuns: 2_000 },
  );
});

Deno.test("what never comes never comes", () => {
  const clock = new VirtualClock({ localAtZero: 5, driftPpm: 100, wallOffsetMs: 0 });
  assert.equal(clock.trueTimeOf(Infinity), Infinity);
});

Deno.test("a clock that drifts never jumps and never goes back", () => {
  fc.assert(
    fc.property(clocks, settings, (options, set) => {
      const clock = new VirtualClock(options);
      let now = 0;
      for (const { afterMs, driftPpm } of set) {
        now += afterMs;
        const before = clock.monotonic(now);
        clock.setDrift(now, driftPpm);
        assert.equal(clock.monotonic(now), before);
        assert.ok(clock.monotonic(now + 1) > before);
        const passed = clock.monotonic(now + 1_000) - before;
        assert.ok(Math.abs(passed - 1_000 * (1 + driftPpm / 1e6)) < 1e-6);
      }
    }),
    { seed: 62 },
  );
});

Deno.test("the wall clock begins at the epoch of all simulations and steps when it is set", () => {
  const clock = new VirtualClock({ localAtZero: 777, driftPpm: 0, wallOffsetMs: 500 });
  assert.equal(clock.wall(0), SIMULATION_EPOCH + 500);
  assert.equal(clock.wall(1_000), SIMULATION_EPOCH + 1_500);
  const before = clock.monotonic(1_000);
  clock.stepWall(-3_600_000);
  assert.equal(clock.wall(1_000), SIMULATION_EPOCH + 1_500 - 3_600_000);
  assert.equal(clock.monotonic(1_000), before, "the monotonic clock does not step");
});

/** Sets the drift again and again; answers the true time at the end. */
function driftOften(
  clock: VirtualClock,
  settings: readonly { afterMs: number; driftPpm: number }[],
): number {
  let now = 0;
  for (const { afterMs, driftPpm } of settings) {
    now += afterMs;
    clock.setDrift(now, driftPpm);
  }
  return now;
}
