import nodeAssert from "node:assert/strict";
import { assert, AssertionError, unreachable } from "../../../../src/core/kernel/assert.ts";

Deno.test("an assertion that holds costs nothing, not even its message", () => {
  assert(true, "fine");
  assert(true, () => {
    throw new Error("the message was built");
  });
});

Deno.test("an assertion that does not hold says what is wrong", () => {
  const named = { name: "AssertionError", message: "Cannot do this" };
  nodeAssert.throws(() => assert(false, "Cannot do this"), named);
  nodeAssert.throws(() => assert(false, () => "Cannot do this"), named);
});

Deno.test("an unreachable place that is reached says what arrived", () => {
  nodeAssert.throws(
    () => unreachable({ kind: "surprise" } as never),
    (error) => error instanceof AssertionError && error.message.includes('{"kind":"surprise"}'),
  );
});
