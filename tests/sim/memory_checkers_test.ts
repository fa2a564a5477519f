import assert from "node:assert/strict";
import { Memory, REMEMBERED_PEERS } from "../../src/core/discovery/memory.ts";
import { PERFECT_NETWORK } from "../../src/sim/network.ts";
import type { Plan } from "../../src/sim/plan.ts";
import { run } from "../../src/sim/run.ts";
import { smallPlan } from "./plans.ts";

/** More nodes than one remembers, each of which is stopped once it wrote whom it heard. */
const CROWD: Plan = smallPlan({
  nodes: REMEMBERED_PEERS + 4,
  profile: "standard",
  durationMs: 26_000,
  crowded: true,
  network: { ...PERFECT_NETWORK, loss: 0.2, jitterMs: 20 },
  startWithinMs: 1_000,
  faults: Array.from(
    { length: REMEMBERED_PEERS + 4 },
    (_, node) => ({ kind: "restart", node, atMs: 20_000 + 50 * node, forMs: 1_000 }) as const,
  ),
});

Deno.test("a node that remembers others than before, for want of room, is no violation", () => {
  assert.equal(run(CROWD).violation, undefined);
});

Deno.test("a node that tells of nobody whom its disk kept is a violation", () => {
  const { handle } = Memory.prototype;
  Memory.prototype.handle = function (now, input) {
    return handle.call(this, now, input.kind === "recall" ? { ...input, value: [] } : input);
  };
  try {
    assert.equal(run(CROWD).violation?.invariant, "memory");
  } finally {
    Memory.prototype.handle = handle;
  }
});
