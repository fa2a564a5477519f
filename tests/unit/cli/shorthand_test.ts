import assert from "node:assert/strict";
import { normalise, splitLeadingFlags, strangerAmong } from "../../../src/cli/shorthand.ts";

Deno.test("shorthands become the flags that they stand for", () => {
  assert.deepEqual(normalise(["--json", "--no-color"], {}), ["--output=json", "--color=never"]);
});

Deno.test("of a shared flag that stands there twice the last one counts", () => {
  assert.deepEqual(normalise(["--json", "x", "--output", "text"], {}), ["x", "--output=text"]);
  assert.deepEqual(normalise(["-o", "ndjson", "--json"], {}), ["--output=json"]);
  assert.deepEqual(normalise(["--color", "--no-color", "--color"], {}), ["--color=always"]);
});

Deno.test("nothing behind two dashes is rewritten", () => {
  assert.deepEqual(normalise(["--", "--json"], {}), ["--", "--json"]);
});

Deno.test("a flag whose value may be left out gets the one that it implies", () => {
  assert.deepEqual(normalise(["--wait", "x"], { wait: "leader" }), ["--wait=leader", "x"]);
  assert.deepEqual(normalise(["--wait=peers>=3"], { wait: "leader" }), ["--wait=peers>=3"]);
});

Deno.test("an empty value behind an equals sign is refused", () => {
  assert.throws(() => normalise(["--socket="], {}), {
    message: "Cannot use --socket: its value is empty",
  });
});

Deno.test("shared flags may stand before the command's name", () => {
  assert.deepEqual(splitLeadingFlags(["--json", "-o", "text", "nodes", "--watch"]), [
    ["--json", "-o", "text"],
    ["nodes", "--watch"],
  ]);
  assert.deepEqual(splitLeadingFlags(["--timeout=5s", "-v", "nodes"]), [
    ["--timeout=5s", "-v"],
    ["nodes"],
  ]);
});

Deno.test("the first flag that no command shares is a stranger", () => {
  assert.equal(strangerAmong(["--json", "-vv", "--bogus"]), "--bogus");
  assert.equal(strangerAmong(["--json", "--socket", "x"]), undefined);
});
