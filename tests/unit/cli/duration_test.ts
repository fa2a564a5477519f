import assert from "node:assert/strict";
import { formatAgo, formatDuration, parseDuration } from "../../../src/cli/duration.ts";
import { ExitCode } from "../../../src/cli/exit_code.ts";

Deno.test("a duration is read in each of its units", () => {
  assert.equal(parseDuration("250ms"), 250);
  assert.equal(parseDuration("10s"), 10_000);
  assert.equal(parseDuration("1.5h"), 5_400_000);
  assert.equal(parseDuration("1m30s"), 90_000);
  assert.equal(parseDuration("1d2h3m4s5ms"), 93_784_005);
  assert.equal(parseDuration("0s"), 0);
});

Deno.test("what is no duration is refused with an example of one", () => {
  const garbage = ["", "5", "s", "5x", "-5s", "5s1m", "5s5s", " 5s", "5 s", "1e3s", "Infinitys"];
  for (const text of [...garbage, `${"9".repeat(30)}d`]) {
    assert.throws(() => parseDuration(text), {
      exitCode: ExitCode.usage,
      hint: "write it like 500ms, 10s, 1m30s, 2h or 7d",
    }, text);
  }
});

Deno.test("a duration is written with its two largest units", () => {
  assert.equal(formatDuration(0), "0ms");
  assert.equal(formatDuration(999), "999ms");
  assert.equal(formatDuration(1_500), "1.5s");
  assert.equal(formatDuration(10_000), "10s");
  assert.equal(formatDuration(90_000), "1m30s");
  assert.equal(formatDuration(3_600_000), "1h");
  assert.equal(formatDuration(3_601_000), "1h");
  assert.equal(formatDuration(93_784_005), "1d2h");
});

Deno.test("what is written is what is read, for all that fits two units", () => {
  for (const durationMs of [5, 1_000, 12_000, 90_000, 7_200_000, 90_000_000]) {
    assert.equal(parseDuration(formatDuration(durationMs)), durationMs);
  }
});

Deno.test("how long ago something was is said in words", () => {
  assert.equal(formatAgo(400), "now");
  assert.equal(formatAgo(12_900), "12s ago");
  assert.equal(formatAgo(-180_000), "in 3m");
});
