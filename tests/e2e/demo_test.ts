import assert from "node:assert/strict";
import { runPeat } from "./harness.ts";

Deno.test("the demo forms a mesh, cuts it and heals it, replaces its leader, refuses a stranger, loses a node, gets it back, and cleans up", async () => {
  const { code, stdout, stderr } = await runPeat(["demo", "--nodes", "3", "--json"], {
    timeoutMs: 60_000,
  });
  assert.equal(code, 0, stderr);
  const { nodes, steps } = JSON.parse(stdout);
  assert.equal(nodes, 3);
  assert.deepEqual(
    steps.map(({ chapter }: { chapter: string }) => chapter),
    ["gather", "find", "share", "lead", "refuse", "lose", "return", "leave"],
  );
  const [gather, find, share, lead, refuse, , comeBack] = steps;
  assert.ok(gather.connectedMs > 0);
  assert.deepEqual([find.node, find.heardFrom, find.ofNodes], ["node-3", 3, 3]);
  assert.ok(find.ms >= find.firstMs && find.firstMs > 0);
  assert.deepEqual(share.value, { begun: "node-1", north: "node-1", south: "node-3" });
  assert.ok(share.ms >= share.firstMs && share.missedMs > 0);
  assert.notEqual(lead.nextLeader, lead.leader);
  assert.ok(lead.nextTerm > lead.term);
  assert.equal(lead.authority, "quorum");
  assert.ok(refuse.refused > 0);
  assert.ok(comeBack.boot > comeBack.bootBefore);
});
