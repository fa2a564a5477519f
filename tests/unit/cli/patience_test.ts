import { equal } from "node:assert/strict";
import { Patience } from "../../../src/cli/patience.ts";

function patienceAt(timeoutMs: number, since?: number) {
  const clock = { now: 1_000 };
  return { clock, patience: new Patience(timeoutMs, since, () => clock.now) };
}

Deno.test("patience is over when the looks have taken as long as it lasts", () => {
  const { clock, patience } = patienceAt(150);
  clock.now += 50;
  equal(patience.isOver(), false);
  clock.now += 50;
  equal(patience.isOver(), false);
  clock.now += 50;
  equal(patience.isOver(), true);
});

Deno.test("a look that the machine kept waiting is not counted as longer than a slow one", () => {
  const { clock, patience } = patienceAt(150);
  clock.now += 60_000;
  equal(patience.isOver(), false);
  clock.now += 60_000;
  equal(patience.isOver(), true);
});

Deno.test("time that was spent before counts whole", () => {
  const { clock, patience } = patienceAt(150, 900);
  clock.now += 49;
  equal(patience.isOver(), false);
  clock.now += 1;
  equal(patience.isOver(), true);
});
