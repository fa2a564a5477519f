import assert from "node:assert/strict";
import { clipped, padded, textWidth } from "../../../src/cli/text_width.ts";

Deno.test("width counts columns, not characters", () => {
  assert.equal(textWidth("abc…"), 4);
  assert.equal(textWidth("東京"), 4);
  assert.equal(textWidth("👩‍🚀"), 2);
  assert.equal(textWidth("❤️"), 2);
  assert.equal(textWidth("e\u0301"), 1);
  assert.equal(textWidth("\x1b[31mred\x1b[39m"), 3);
});

Deno.test("text is cut between characters, with a mark", () => {
  assert.equal(clipped("abcdef", 4), "abc…");
  assert.equal(clipped("東京都", 4), "東…");
  assert.equal(clipped("abc", 3), "abc");
  assert.equal(clipped("abc", 0), "");
  assert.equal(padded("東", 4), "東  ");
});
