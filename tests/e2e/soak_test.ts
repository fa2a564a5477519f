import { equal } from "node:assert/strict";
import { runPeat } from "./harness.ts";

const SEEDS = ["sim", "soak", "--seed", "11", "--nodes", "4", "--focus", "election", "--json"];

Deno.test("a soak says the same however many seeds are run at a time", async () => {
  const alone = await runPeat([...SEEDS, "--seeds", "6", "--jobs", "1"]);
  const together = await runPeat([...SEEDS, "--seeds", "6", "--jobs", "3"]);
  equal(alone.code, 0, alone.stderr);
  equal(JSON.parse(alone.stdout).seeds, 6);
  equal(together.stdout, alone.stdout);
});
