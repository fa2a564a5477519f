import { deepEqual, equal } from "node:assert/strict";
import { addCounts, printCounts, readCounts } from "../../../scripts/test/counts.ts";

Deno.test("a run is counted by the last summary that it prints, colours aside", () => {
  const output = "ok | 9 passed | 0 failed (1ms)\n" +
    "\x1b[31mFAILED\x1b[0m | 4 passed (2 steps) | 1 failed (1 step) | 2 ignored (67ms)\n";
  deepEqual(readCounts(output, false), { passed: 4, failed: 1, skipped: 2 });
});

Deno.test("a run without ignored tests skips none", () => {
  deepEqual(readCounts("ok | 3 passed | 0 failed | 7 filtered out (2ms)\n", true), {
    passed: 3,
    failed: 0,
    skipped: 0,
  });
});

Deno.test("a run that ends badly before its summary has failed once", () => {
  deepEqual(readCounts("error: Type checking failed.\n", false), {
    passed: 0,
    failed: 1,
    skipped: 0,
  });
});

Deno.test("counts add up and are printed without skips that did not happen", () => {
  const counts = addCounts({ passed: 1, failed: 0, skipped: 0 }, {
    passed: 2,
    failed: 3,
    skipped: 0,
  });
  equal(printCounts(counts), "3 passed, 3 failed");
  equal(printCounts({ ...counts, skipped: 4 }), "3 passed, 3 failed, 4 skipped");
});
