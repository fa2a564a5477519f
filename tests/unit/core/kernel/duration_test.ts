import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDurationMs } from "../../../../src/core/kernel/duration.ts";

Deno.test("durations are read in every unit and in sums of falling units", () => {
  const known: [string, number][] = [
    ["0s", 0],
    ["250ms", 250],
    ["10s", 10_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["2d", 172_800_000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["1d2h3m4s5ms", 93_784_005],
    ["0.4ms", 0],
    ["1.005s", 1_005],
    ["90m", 5_400_000],
  ];
  for (const [text, ms] of known) assert.equal(parseDurationMs(text), ms, text);
});

Deno.test("what is no duration is not guessed at", () => {
  const wrong = [
    "",
    " ",
    "10",
    "s",
    "10 s",
    " 10s",
    "10s ",
    "-10s",
    "+1s",
    "1e3s",
    ".5s",
    "5.s",
    "1s1s",
    "30s1m",
    "1ms1s",
    "10S",
    "10sec",
    "1,5s",
    "1s,2ms",
    "Infinitys",
    "99999999999999999d",
    "٣s",
  ];
  for (const text of wrong) assert.equal(parseDurationMs(text), undefined, JSON.stringify(text));
});

Deno.test("any sum of falling units is read as what it adds up to", () => {
  const counts = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(999));
  fc.assert(
    fc.property(counts, ([d, h, m, s, ms]) => {
      const total = d * 86_400_000 + h * 3_600_000 + m * 60_000 + s * 1_000 + ms;
      assert.equal(parseDurationMs(`${d}d${h}h${m}m${s}s${ms}ms`), total);
    }),
    { seed: 10 },
  );
});

Deno.test("whatever is handed in, the answer is a whole number of milliseconds or nothing", () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.smhd ]*$/));
  fc.assert(
    fc.property(text, (text) => {
      const ms = parseDurationMs(text);
      assert.ok(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0));
    }),
    { seed: 11, numRuns: 2_000 },
  );
});
