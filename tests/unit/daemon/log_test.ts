import assert from "node:assert/strict";
import { openLog } from "../../../src/daemon/log.ts";

async function linesOf(level: "warn" | "info", asJson: boolean): Promise<string[]> {
  const lines: string[] = [];
  {
    await using log = openLog({ level, asJson, write: (line) => lines.push(line) });
    log.debug("too quiet");
    log.info("peerFound", { nodeId: "drone-1" });
    log.warn("odd", { reason: `x=1 level=error\n\u001b[31m${"long ".repeat(400)}` });
  }
  return lines;
}

Deno.test("a text line carries its fields, and a value cannot pass for another field", async () => {
  const [found, odd] = await linesOf("info", false);
  assert.match(found ?? "", /^\d{4}-\S+Z info {2}peerFound nodeId=drone-1\n$/);
  assert.match(odd ?? "", / warn {2}odd reason="x=1 level=error\\n\\u001b\[31mlong /);
  assert.ok((odd ?? "").length < 700);
});

Deno.test("a JSON line stays JSON however long its values are", async () => {
  const lines = await linesOf("warn", true);
  assert.equal(lines.length, 1);
  const { type, level, message, reason } = JSON.parse(lines[0] ?? "");
  assert.deepEqual({ type, level, message }, { type: "log", level: "warn", message: "odd" });
  assert.equal(reason.length, 500);
});
