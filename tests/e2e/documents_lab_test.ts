/** Documents on both sides of a partition: see core/state/SPEC.md. */
import { deepEqual, equal } from "node:assert/strict";
import { PeatNode, startNodes } from "../lab/peat_node.ts";
import { testWithLab } from "../lab/test_with_lab.ts";
import { pause, untilAllSee } from "../lab/viewer.ts";
import { SharedDocuments } from "./shared_documents.ts";

/** Within which both sides give each other up. */
const GIVEN_UP_MS = 10_000;

/**
 * How long they are apart after that. Two minutes as they would be in the field:
 * PEAT_PARTITION_S=120 deno task test tests/e2e/documents_lab_test.ts
 */
const PARTED_MS = Number(Deno.env.get("PEAT_PARTITION_S") ?? 0) * 1_000;

testWithLab("what both sides of a partition wrote is on both sides after it", {
  hosts: 4,
}, async (lab) => {
  const nodes = await startNodes(lab.hosts) as PeatNode[];
  const shared = nodes.map(({ control }) => new SharedDocuments(control.socket));
  const [first, second, third, fourth] = shared as [
    SharedDocuments,
    SharedDocuments,
    SharedDocuments,
    SharedDocuments,
  ];
  await first.set("notes/plan", { begun: true }, 3);
  await first.set("notes/doomed", { text: "old" }, 3);

  await lab.partition([[1, 2], [3, 4]]);
  for (const side of [nodes.slice(0, 2), nodes.slice(2)]) {
    await untilAllSee(side, { timeoutMs: GIVEN_UP_MS });
    await untilAllSee(side.map(({ links }) => links), { timeoutMs: GIVEN_UP_MS });
  }
  await pause(PARTED_MS);
  await first.set("notes/plan", { north: { by: "first" } }, 1);
  await third.set("notes/plan", { south: { by: "third" } }, 1);
  await second.set("notes/left", { n: 1 }, 1);
  await fourth.set("notes/right", { n: 2 }, 1);
  const edits = [{ kind: "delete" as const }];
  await first.write({ writes: [{ key: "notes/doomed", edits }] });
  await fourth.set("notes/doomed", { text: "written without knowing" }, 1);
  equal(await second.find("notes/right"), undefined);

  await lab.heal();
  const healedAt = performance.now();
  const plan = { begun: true, north: { by: "first" }, south: { by: "third" } };
  for (const documents of shared) {
    const whole = (value: unknown) => JSON.stringify(value) === JSON.stringify(sorted(plan));
    await documents.until("notes/plan", (view) => whole(view && sorted(view.value)), 60_000);
    deepEqual((await documents.until("notes/left", (view) => view !== undefined))?.value, { n: 1 });
    deepEqual((await documents.until("notes/right", (view) => view !== undefined))?.value, {
      n: 2,
    });
    await documents.until("notes/doomed", (view) => view === undefined);
  }
  if (Deno.env.has("PEAT_PARTITION_S")) {
    console.log(JSON.stringify({ partedMs: PARTED_MS, agreedMs: performance.now() - healedAt }));
  }
});

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => one < other ? -1 : 1));
}
