import assert from "node:assert/strict";
import { tree } from "../../../src/cli/tree.ts";

Deno.test("a tree is drawn with its branches below it", () => {
  const root = {
    label: "root",
    branches: [{ label: "a", branches: [{ label: "a1" }] }, { label: "b\x1b" }],
  };
  assert.equal(tree(root), "root\n├─ a\n│  └─ a1\n└─ b\\x1b");
});
