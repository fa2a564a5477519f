import assert from "node:assert/strict";
import { runPeat } from "./harness.ts";

Deno.test("the demo forms a mesh, refuses a stranger, loses a node, gets it back, and cleans up", async () => {
  const { code, stdout, stderr } = await runPeat(["demo", "--nodes", "3", "--json"], {
    timeoutMs: 60_000,
  });
  assert.equal(code, 0, stderr);
  const { nodes, steps } = JSON.parse(stdout);
  assert.equal(nodes, 3);
  assert.deepEqual(
    steps.map(({ chapter }: { chapter: string }) => chapter),
    ["gather", "refuse", "lose", "return", "leave"],
  );
  assert.ok(steps[0].connectedMs > 0);
  assert.ok(steps[1].refused > 0);
  assert.ok(steps[3].boot > steps[3].bootBefore);
});
