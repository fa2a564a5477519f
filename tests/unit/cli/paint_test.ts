import assert from "node:assert/strict";
import { paintFor, wantsColour } from "../../../src/cli/paint.ts";

type Setting = "auto" | "always" | "never";

function wants(setting: Setting, isTerminal: boolean, variables: Record<string, string> = {}) {
  return wantsColour({ setting, isTerminal, env: (name) => variables[name] });
}

Deno.test("colour goes to a terminal and not into a pipe", () => {
  assert.equal(wants("auto", true), true);
  assert.equal(wants("auto", false), false);
  assert.equal(wants("auto", true, { TERM: "dumb" }), false);
});

Deno.test("--no-color beats everything", () => {
  assert.equal(wants("never", true, { FORCE_COLOR: "1" }), false);
});

Deno.test("NO_COLOR beats --color and FORCE_COLOR", () => {
  assert.equal(wants("always", true, { NO_COLOR: "1" }), false);
  assert.equal(wants("auto", true, { NO_COLOR: "0", FORCE_COLOR: "1" }), false);
});

Deno.test("an empty NO_COLOR says nothing", () => {
  assert.equal(wants("auto", true, { NO_COLOR: "" }), true);
});

Deno.test("--color and FORCE_COLOR colour a pipe", () => {
  assert.equal(wants("always", false), true);
  assert.equal(wants("auto", false, { FORCE_COLOR: "1" }), true);
  assert.equal(wants("auto", true, { FORCE_COLOR: "0" }), false);
});

Deno.test("paint without colour leaves the text alone", () => {
  assert.equal(paintFor(false).bad("lost"), "lost");
  assert.equal(paintFor(true).bad("lost"), "\x1b[31mlost\x1b[39m");
});
