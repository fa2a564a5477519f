import assert from "node:assert/strict";
import { toJsonLine, toJsonText } from "../../../src/cli/json.ts";

Deno.test("a 64-bit integer becomes a string, and bytes become base64", () => {
  const value = { large: 2n ** 63n, bytes: new Uint8Array([1, 2, 255]) };
  assert.equal(toJsonLine(value), '{"large":"9223372036854775808","bytes":"AQL/"}');
});

Deno.test("absent things are left out and times are RFC 3339", () => {
  const value = { absent: undefined, at: new Date(0) };
  assert.equal(toJsonLine(value), '{"at":"1970-01-01T00:00:00.000Z"}');
});

Deno.test("JSON for people is indented by two spaces", () => {
  assert.equal(toJsonText({ a: [1] }), '{\n  "a": [\n    1\n  ]\n}');
});
