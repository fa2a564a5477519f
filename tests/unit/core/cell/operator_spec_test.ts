import assert from "node:assert/strict";
import { OperatorSpecError, parseOperator } from "../../../../src/core/cell/operator_spec.ts";

Deno.test("everything that can be said of an operator is read", () => {
  assert.deepEqual(
    parseOperator("rank=O3,authority=commander,load=0.2,fatigue=0.1,specialty=25U"),
    { rank: "O3", authority: "commander", cognitiveLoad: 0.2, fatigue: 0.1, specialty: "25U" },
  );
});

Deno.test("what is not said of an operator gains it nothing", () => {
  const { rank, ...rest } = parseOperator("rank=e6");
  assert.equal(rank, "E6");
  assert.deepEqual(rest, { authority: "observer", cognitiveLoad: 0, fatigue: 0 });
});

Deno.test("what is wrong in an operator is named with its place", () => {
  const wrong: readonly (readonly [spec: string, position: number, state: RegExp])[] = [
    ["", 1, /"" is not one of rank/],
    ["rnk=O3", 1, /"rnk" is not rank/],
    ["rank=O11", 6, /the rank "O11" is not one of E1/],
    ["rank=O3,rank=O4", 9, /its rank is there twice/],
    ["rank=O3,load=1.2", 14, /"1.2" is not from 0 to 1/],
    ["authority=boss", 11, /the authority "boss" is not one of observer/],
    ["specialty=", 11, /its specialty is not up to 16/],
    ["fatigue", 1, /its fatigue has no value/],
  ];
  for (const [spec, position, state] of wrong) {
    assert.throws(() => parseOperator(spec), (error: OperatorSpecError) => {
      assert.equal(error.position, position, spec);
      assert.match(error.message, state);
      return true;
    });
  }
});
