import assert from "node:assert/strict";
import { bar, Progress } from "../../../src/cli/progress.ts";

Deno.test("a bar never leaves its width", () => {
  assert.equal(bar(0.5, 4), "██░░");
  assert.equal(bar(-1, 4), "░░░░");
  assert.equal(bar(7, 4), "████");
});

Deno.test("progress is one line on a terminal, and goes without a trace", () => {
  const written: string[] = [];
  const progress = new Progress({
    isTerminal: true,
    columns: 12,
    write: (text) => written.push(text),
  });
  progress.show("working on \x1b it");
  progress.clear();
  assert.deepEqual(written, ["\r\x1b[K⠋ working …", "\r\x1b[K"]);
});

Deno.test("without a terminal progress says nothing", () => {
  const progress = new Progress({
    isTerminal: false,
    columns: 80,
    write: () => assert.fail("it spoke"),
  });
  progress.showShare("half", 0.5);
  progress.clear();
});
