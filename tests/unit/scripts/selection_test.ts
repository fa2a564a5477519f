import { deepEqual } from "node:assert/strict";
import { selectTests } from "../../../scripts/test/selection.ts";

Deno.test("without arguments every folder is selected, and what measures time runs alone", () => {
  const { isWhole, together, alone, flags } = selectTests([]);
  deepEqual(isWhole, true);
  deepEqual(together.includes("tests/unit"), true);
  deepEqual(together.includes("tests/e2e"), false);
  deepEqual(alone, ["tests/e2e", "tests/lab"]);
  deepEqual(flags, []);
});

Deno.test("arguments that exist choose tests, and the others go to the runner", () => {
  deepEqual(selectTests(["./tests/unit/scripts/", "--filter", "no such file", "tests/e2e"]), {
    isWhole: false,
    together: ["tests/unit/scripts"],
    alone: ["tests/e2e"],
    flags: ["--filter", "no such file"],
  });
});
