import assert from "node:assert/strict";
import { PathClock } from "../../../src/net/quic/path_clock.ts";

function started() {
  const asked: number[] = [];
  const measured: number[] = [];
  const clock = new PathClock({
    ask: (number) => asked.push(number),
    onMeasured: (_, elapsedMs) => measured.push(elapsedMs),
  });
  return { clock, asked, measured };
}

Deno.test("a question and its answer measure the path", () => {
  const { clock, asked, measured } = started();
  clock.tick(100);
  clock.answered(180, asked[0]!);
  assert.deepEqual(measured, [80]);
});

Deno.test("an answer that nobody asked for, or that came before, measures nothing", () => {
  const { clock, asked, measured } = started();
  clock.tick(0);
  clock.answered(1, 77);
  clock.answered(50, asked[0]!);
  clock.answered(60, asked[0]!);
  assert.deepEqual(measured, [50]);
});

Deno.test("a tick a millisecond asks some times in a round trip, and a bounded number unanswered", () => {
  const { clock, asked } = started();
  clock.tick(0);
  clock.answered(400, asked[0]!);
  for (let now = 400; now < 800; now++) clock.tick(now);
  assert.equal(asked.length, 9);
  for (let now = 800; now < 10_000; now++) clock.tick(now);
  assert.equal(asked.length, 9);
  clock.answered(10_000, asked.at(-1)!);
  clock.tick(10_000);
  assert.equal(asked.length, 10);
});
