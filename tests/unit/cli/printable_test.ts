import assert from "node:assert/strict";
import { printable, printableJson } from "../../../src/cli/printable.ts";

Deno.test("an escape code from elsewhere is shown, not obeyed", () => {
  assert.equal(printable("\x1b[2Jnode\x07"), "\\x1b[2Jnode\\x07");
  assert.equal(printable("a\r\nb\tc"), "a\\r\\nb\\tc");
  assert.equal(printable("\u009b31m"), "\\x9b31m");
});

Deno.test("marks that reorder or hide text are shown", () => {
  assert.equal(printable("a\u202eb\u200bc"), "a\\u202eb\\u200bc");
});

Deno.test("letters of any language stay as they are", () => {
  const text = "Zürich 東京 Ελλάδα 🚁";
  assert.equal(printable(text), text);
});

Deno.test("JSON text stays the same value without anything that a terminal obeys", () => {
  const value = { name: "\u009b31m\u2028\x7f", list: [1] };
  const json = printableJson(JSON.stringify(value, null, 2));
  assert.deepEqual(JSON.parse(json), value);
  assert.doesNotMatch(json, /[\x7f-\x9f\u2028]/);
});
