import assert from "node:assert/strict";
import { PERFECT_NETWORK } from "../../src/sim/network.ts";
import { run } from "../../src/sim/run.ts";
import { smallPlan } from "./plans.ts";

Deno.test("what was promised to a leader that had stepped down already binds nobody when it leads again", () => {
  // n6 hears n5's last heartbeats late, n2 leads meanwhile, and n5 is elected again soon after.
  const elected: string[] = [];
  const { violation } = run(
    smallPlan({
      seed: 50001457,
      nodes: 9,
      durationMs: 24213,
      profile: "tactical",
      network: { ...PERFECT_NETWORK, loss: 0.08468667585402728, delayMs: 5 },
      driftPpm: 500,
      connections: true,
      cell: true,
      crowded: true,
      faults: [
        { kind: "isolate", atMs: 6409, forMs: 1374, node: 0, direction: "both" },
        { kind: "isolate", atMs: 6800, forMs: 68, node: 1, direction: "both" },
        { kind: "pause", atMs: 6847, forMs: 1968, node: 8 },
        { kind: "corruptRead", atMs: 8835, node: 1 },
        { kind: "pause", atMs: 9118, forMs: 28, node: 4 },
        { kind: "restart", atMs: 9192, forMs: 1724, node: 1 },
        { kind: "corruptRead", atMs: 9216, node: 1 },
        { kind: "partition", atMs: 11199, forMs: 804, groups: [[1, 2, 3, 6, 7, 8], [0, 4, 5]] },
        { kind: "pause", atMs: 20983, forMs: 1510, node: 4 },
        { kind: "partition", atMs: 22602, forMs: 1334, groups: [[0, 2, 3, 4, 5, 6, 7, 8], [1]] },
      ],
    }),
    ({ outputs, host }) => {
      for (const output of outputs) {
        if (output.kind !== "notice" || output.notice.type !== "leader") continue;
        if (output.notice.cause === "elected") elected.push(host.name);
      }
    },
  );
  assert.equal(violation, undefined);
  assert.deepEqual(elected.slice(-3), ["n5", "n2", "n5"]);
});
