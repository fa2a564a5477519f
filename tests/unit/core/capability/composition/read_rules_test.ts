import assert from "node:assert/strict";
import {
  readRules,
  RulesError,
} from "../../../../../src/core/capability/composition/read_rules.ts";
import { STANDARD_RULES } from "../../../../../src/core/capability/composition/standard_rules.ts";

function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snake);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      key === "metadata" ? one : snake(one),
    ]),
  );
}

Deno.test("every standard rule can be written in a file and is then the same rule", () => {
  assert.deepEqual(readRules(snake({ rules: STANDARD_RULES })), STANDARD_RULES);
  assert.deepEqual(readRules({}), []);
});

const chain = { id: "a", kind: "emergent", method: "chain" };

const REFUSED: readonly (readonly [value: unknown, path: string, state: RegExp, hint?: RegExp])[] =
  [
    [[], "", /no table/],
    [{ rule: [] }, "rule", /no such key/, /did you mean rules\?/],
    [{ rules: {} }, "rules", /no list/],
    [{ rules: [{}] }, "rules.1.kind", /not one of additive, emergent, redundant, constraint/],
    [{ rules: [{ kind: "emergnt" }] }, "rules.1.kind", /not one of/, /did you mean emergent\?/],
    [
      { rules: [{ kind: "emergent", method: "x" }] },
      "rules.1.method",
      /chain, authorization, domains/,
    ],
    [{ rules: [{ ...chain, needs: [] }] }, "rules.1.needs", /a chain needs something/],
    [{ rules: [{ ...chain, needs: [{}] }] }, "rules.1.needs.1", /says not what/],
    [{ rules: [{ ...chain, needs: [{ type: "senser" }] }] }, "rules.1.needs.1.type", /not one of/],
    [
      { rules: [{ ...chain, least_confidens: 1 }] },
      "rules.1.least_confidens",
      /no such key/,
      /least_confidence/,
    ],
    [
      { rules: [{ ...chain, needs: [{ type: "sensor" }], least_confidence: 2 }] },
      "rules.1.least_confidence",
      /not a number from 0 to 1/,
    ],
    [
      { rules: [{ id: "A b", kind: "constraint", method: "slowest", key: "x" }] },
      "rules.1.id",
      /small letters/,
    ],
    [
      {
        rules: [
          { id: "a", kind: "constraint", method: "slowest", key: "x" },
          { id: "a", kind: "constraint", method: "slowest", key: "y" },
        ],
      },
      "rules.2.id",
      /there is another rule a/,
    ],
  ];

Deno.test("a rule that makes no sense is refused with the path to it and the nearest key", () => {
  for (const [value, path, state, hint] of REFUSED) {
    assert.throws(() => readRules(value), (error) => {
      assert.ok(error instanceof RulesError, `${error}`);
      assert.equal(error.path.join("."), path);
      assert.match(error.state, state);
      if (hint !== undefined) assert.match(error.hint ?? "", hint);
      return true;
    });
  }
});
