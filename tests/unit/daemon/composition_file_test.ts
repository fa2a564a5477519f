import assert from "node:assert/strict";
import { OperatingError } from "../../../src/core/kernel/operating_error.ts";
import { parseCompositionRules } from "../../../src/daemon/composition_file.ts";

const FILE = `# How fast a convoy is.
[[rules]]
id = "convoy"
kind = "constraint"
method = "slowest"
type = "mobility"
key = "max_speed"

[[rules]]
id = "watch"
kind = "emergent"
method = "chain"
least_confidence = 0.5
needs = [{ type = "sensor", tags = ["camera"] }, { type = "compute" }]
`;

Deno.test("rules are read from a file as people write it", () => {
  assert.deepEqual(parseCompositionRules(FILE, "rules.toml"), [
    { id: "convoy", kind: "constraint", method: "slowest", type: "mobility", key: "max_speed" },
    {
      id: "watch",
      kind: "emergent",
      method: "chain",
      needs: [{ type: "sensor", tags: ["camera"] }, { type: "compute" }],
      leastConfidence: 0.5,
    },
  ]);
});

const WRONG: readonly (readonly [text: string, message: RegExp, hint: RegExp])[] = [
  [
    FILE.replace("least_confidence", "least_confidenc"),
    /line 13: rules\.2\.least_confidenc: /,
    /did you mean least_confidence/,
  ],
  [FILE.replace('"slowest"', '"slowst"'), /line 5: rules\.1\.method: /, /did you mean slowest/],
  [FILE.replace('"camera"', "7"), /line 14: rules\.2\.needs\.1\.tags\.1: /, /peat help query/],
  [
    FILE.replace("[[rules]]", "[[rule]]"),
    /line 2: rule: there is no such key/,
    /did you mean rules/,
  ],
  ["[[rules]", /line 1, column/, /peat help query/],
];

Deno.test("what is wrong with a file is told with its line and the nearest key", () => {
  for (const [text, message, hint] of WRONG) {
    assert.throws(() => parseCompositionRules(text, "rules.toml"), (error) => {
      assert.ok(error instanceof OperatingError);
      assert.match(error.message, message);
      assert.match(error.hint ?? "", hint);
      assert.equal(error.exitCode, 4);
      return true;
    });
  }
});
