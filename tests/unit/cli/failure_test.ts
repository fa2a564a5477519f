import assert from "node:assert/strict";
import { ExitCode } from "../../../src/cli/exit_code.ts";
import { describeFailure, Failure, toFailure, usageFailure } from "../../../src/cli/failure.ts";

Deno.test("a failure is one line: what, the state, what to do", () => {
  const failure = usageFailure("Cannot use --jsn: there is no such flag", "did you mean --json?");
  assert.equal(
    describeFailure(failure, false),
    "peat: cannot use --jsn: there is no such flag; did you mean --json?",
  );
});

Deno.test("as JSON a failure has a code, and a hint only when there is one", () => {
  assert.equal(
    describeFailure(new Failure("Cannot fly: no wings"), true),
    '{"error":{"code":"failed","message":"Cannot fly: no wings"}}',
  );
});

Deno.test("an error of another folder keeps its code, hint and exit code", () => {
  const error = Object.assign(new Error("Cannot reach a node: none runs"), {
    code: "node-not-running",
    hint: "start one",
    exitCode: 5,
  });
  const failure = toFailure(error);
  assert.deepEqual(
    [failure.exitCode, failure.code, failure.hint],
    [ExitCode.timedOut, "node-not-running", "start one"],
  );
});

Deno.test("an unknown exit code counts as failed", () => {
  const error = Object.assign(new Error("Cannot do it: no"), { exitCode: 77 });
  assert.equal(toFailure(error).exitCode, ExitCode.failed);
});

Deno.test("an error that nobody meant for people says how to learn more", () => {
  const failure = toFailure(new TypeError("x is not a function"));
  assert.deepEqual([failure.exitCode, failure.code], [ExitCode.failed, "internal"]);
  assert.equal(failure.message, "Cannot go on: x is not a function");
  assert.equal(toFailure("a string").message, "Cannot go on: a string");
});

Deno.test("what a remote said cannot break the line", () => {
  const failure = new Failure("Cannot ask: \x1b[2J\nroot");
  assert.equal(describeFailure(failure, false), "peat: cannot ask: \\x1b[2J\\nroot");
});
