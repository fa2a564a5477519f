import assert from "node:assert/strict";
import { run } from "../../src/sim/run.ts";
import { smallPlan } from "./plans.ts";

Deno.test("a member that lost its disk keeps what it promised a leader of a slower profile", () => {
  // n2 is alone at first, leads, and is followed by both others for as long as it is slow. Then n3
  // is cut off and n1 follows it alone, until n1 loses its disk and finds n3 instead of n2.
  const late = { kind: "crash", atMs: 500, forMs: 25_000 } as const;
  const isolated = { kind: "isolate", direction: "both" } as const;
  const elected: string[] = [];
  const { violation } = run(
    smallPlan({
      profile: "tactical",
      profiles: ["tactical", "distributed", "tactical"],
      durationMs: 90_000,
      connections: true,
      cell: true,
      faults: [
        { ...late, node: 0 },
        { ...late, node: 2 },
        { ...isolated, node: 2, atMs: 45_000, forMs: 17_000 },
        { kind: "wipe", node: 0, atMs: 61_000, forMs: 2_000 },
        { ...isolated, node: 1, atMs: 61_000, forMs: 20_000 },
      ],
    }),
    ({ outputs }) => {
      for (const output of outputs) {
        if (output.kind !== "notice" || output.notice.type !== "leader") continue;
        if (output.notice.cause === "elected") elected.push(output.notice.leaderId!);
      }
    },
  );
  assert.equal(violation, undefined);
  assert.deepEqual(elected, ["n2", "n3"]);
});
