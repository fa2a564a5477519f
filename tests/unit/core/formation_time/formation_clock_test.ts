import assert from "node:assert/strict";
import {
  FormationClock,
  REPORT_LIFE_MS,
  REPORTER_LIMIT,
} from "../../../../src/core/formation_time/formation_clock.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { MINUTE, SECOND } from "../../../../src/core/kernel/time.ts";

const YEAR = 365 * 24 * 60 * MINUTE;
const PRESENT = Date.UTC(2026, 10, 25);

/** Where the monotonic clock stands, which means nothing to anybody else. */
const NOW = 7_000;

interface Setting {
  readonly own: number;
  readonly others?: readonly number[];
  readonly floor?: number;
  readonly ownExpiresAtMs?: number;
}

function clockOf({ own, others = [], floor, ownExpiresAtMs = 0 }: Setting): FormationClock {
  const clock = new FormationClock({ expiresAtMs: ownExpiresAtMs });
  clock.handle(NOW, { kind: "ownClock", wallMs: own });
  if (floor !== undefined) clock.handle(NOW, { kind: "proven", wallMs: floor });
  others.forEach((wallMs, index) => report(clock, `device-${index}`, wallMs));
  return clock;
}

function report(clock: FormationClock, deviceId: string, wallMs: number, expiresAtMs = 0): void {
  clock.handle(NOW, { kind: "report", deviceId, wallMs, expiresAtMs });
}

Deno.test("a node alone goes by its own clock", () => {
  const clock = clockOf({ own: PRESENT, floor: PRESENT - YEAR });
  assert.deepEqual(clock.read(NOW), { timeMs: PRESENT, basis: "own", reporters: 0, wrong: 0 });
  assert.equal(clock.read(NOW + 5 * MINUTE).timeMs, PRESENT + 5 * MINUTE);
  clock.handle(NOW, { kind: "ownClock", wallMs: PRESENT + YEAR });
  assert.equal(clock.read(NOW).timeMs, PRESENT + YEAR, "it was set");
});

Deno.test("a minority of wrong clocks, however wrong, never sets the time", () => {
  const random = new Random("minority");
  for (let round = 0; round < 2_000; round++) {
    const size = 3 + random.below(12);
    const wrong = random.below(Math.ceil(size / 2));
    const clocks = Array.from({ length: size }, (_, index) => {
      const errorMs = index < wrong
        ? (MINUTE + random.unit() * 40 * YEAR) * (random.chance(0.5) ? 1 : -1)
        : random.below(20 * SECOND) - 10 * SECOND;
      return PRESENT + errorMs;
    });
    const [own, ...others] = random.shuffled(clocks);
    const { timeMs, basis, reporters } = clockOf({ own: own!, others }).read(NOW);
    assert.ok(Math.abs(timeMs - PRESENT) <= 10 * SECOND, `round ${round}: ${timeMs - PRESENT}`);
    assert.deepEqual([basis, reporters], ["members", size - 1]);
  }
});

Deno.test("one member that lies never turns the time back", () => {
  const random = new Random("liar");
  for (let round = 0; round < 2_000; round++) {
    const right = Array.from({ length: 1 + random.below(6) }, () => PRESENT + random.below(SECOND));
    const lie = Math.floor(random.unit() * 2 * PRESENT);
    const [own, ...others] = right;
    const { timeMs } = clockOf({ own: own!, others: [...others, lie] }).read(NOW);
    assert.ok(timeMs >= Math.min(...right), `round ${round}: ${timeMs - PRESENT}`);
    if (right.length > 1) assert.ok(timeMs <= Math.max(...right), `round ${round}`);
  }
});

Deno.test("of two that disagree the later is right, unless its certificate would be over", () => {
  assert.equal(clockOf({ own: PRESENT - YEAR, others: [PRESENT] }).read(NOW).timeMs, PRESENT);
  assert.equal(clockOf({ own: PRESENT, others: [PRESENT - YEAR] }).read(NOW).timeMs, PRESENT);
  const ahead = { own: PRESENT + 10 * YEAR, others: [PRESENT] };
  assert.equal(clockOf(ahead).read(NOW).timeMs, PRESENT + 10 * YEAR);
  const { timeMs, wrong } = clockOf({ ...ahead, ownExpiresAtMs: PRESENT + YEAR }).read(NOW);
  assert.deepEqual([timeMs, wrong], [PRESENT, 1]);
});

Deno.test("the time is never before what the authority has signed, and goes on from there", () => {
  const clock = clockOf({ own: 0, others: [1, 2, 3], floor: PRESENT });
  assert.deepEqual(clock.read(NOW), { timeMs: PRESENT, basis: "proven", reporters: 0, wrong: 4 });
  assert.equal(clock.read(NOW + YEAR / 2).timeMs, PRESENT + YEAR / 2);
  // An authority whose clock is a little ahead makes nobody else's wrong.
  const nearly = clockOf({ own: PRESENT - 5 * MINUTE, floor: PRESENT }).read(NOW);
  assert.deepEqual([nearly.timeMs, nearly.basis], [PRESENT, "own"]);
  clock.handle(NOW, { kind: "proven", wallMs: PRESENT - YEAR });
  assert.equal(clock.read(NOW).timeMs, PRESENT, "an older word takes nothing back");
});

Deno.test("one right clock brings a formation that woke up in 1970 to the present", () => {
  const fleet = Array.from({ length: 8 }, (_, index) => index * SECOND);
  const clock = clockOf({ own: 0, others: fleet, floor: PRESENT - YEAR });
  assert.equal(clock.read(NOW).timeMs, PRESENT - YEAR);
  report(clock, "with-a-battery", PRESENT);
  const { timeMs, basis, reporters } = clock.read(NOW);
  assert.deepEqual([timeMs, basis, reporters], [PRESENT, "members", 1]);
});

Deno.test("a clock that shows a time after its owner's certificate has no say", () => {
  const clock = clockOf({ own: PRESENT, floor: PRESENT - YEAR });
  report(clock, "a", PRESENT + 3 * YEAR, PRESENT + 2 * YEAR);
  report(clock, "b", PRESENT + 3 * YEAR, PRESENT + 2 * YEAR);
  const { timeMs, reporters, wrong } = clock.read(NOW);
  assert.deepEqual([timeMs, reporters, wrong], [PRESENT, 0, 2]);
});

Deno.test("a device that reports twice is counted once, and one that was put out not at all", () => {
  const clock = clockOf({ own: PRESENT });
  for (let count = 0; count < 5; count++) report(clock, "liar", PRESENT + count * YEAR);
  report(clock, "right", PRESENT);
  assert.deepEqual([clock.read(NOW).timeMs, clock.read(NOW).reporters], [PRESENT, 2]);
  report(clock, "right", PRESENT + 4 * YEAR);
  assert.equal(clock.read(NOW).timeMs, PRESENT + 4 * YEAR);
  clock.handle(NOW, { kind: "revoked", deviceId: "liar" });
  clock.handle(NOW, { kind: "revoked", deviceId: "right" });
  assert.deepEqual(clock.read(NOW), { timeMs: PRESENT, basis: "own", reporters: 0, wrong: 0 });
});

Deno.test("reports are bounded and counted, and forgotten when they are old", () => {
  const clock = clockOf({ own: PRESENT });
  for (let index = 0; index < REPORTER_LIMIT + 5; index++) report(clock, `d${index}`, PRESENT);
  assert.equal(clock.read(NOW).reporters, REPORTER_LIMIT);
  assert.equal(clock.evicted, 5);
  // One of them, heard in between, outlives the others.
  const later = NOW + REPORT_LIFE_MS / 2;
  const wallMs = PRESENT + REPORT_LIFE_MS / 2;
  clock.handle(later, { kind: "report", deviceId: "d100", wallMs, expiresAtMs: 0 });
  assert.equal(clock.read(NOW + REPORT_LIFE_MS).reporters, 1);
});
