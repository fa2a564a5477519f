import assert from "node:assert/strict";
import { collectionOf } from "../../src/core/state/collection.ts";
import { DOCUMENT_FAULTS } from "../../src/sim/document_plan.ts";
import { nodeName } from "../../src/sim/node_name.ts";
import type { PlanWishes } from "../../src/sim/plan_wishes.ts";
import { drawPlan } from "../../src/sim/random_plan.ts";
import { run } from "../../src/sim/run.ts";
import { soaked } from "./soaked.ts";

const DOCUMENTS = { focus: "documents" } as const satisfies PlanWishes;

const PLANS = Array.from({ length: 200 }, (_, seed) => drawPlan(seed + 1, DOCUMENTS));
const WORK = PLANS.flatMap(({ work = [] }) => work);

Deno.test("two hundred plans about documents draw each kind of trouble, many times", () => {
  const kinds = PLANS.flatMap(({ faults }) => faults.map(({ kind }) => kind));
  for (const kind of DOCUMENT_FAULTS) {
    const count = kinds.filter((drawn) => drawn === kind).length;
    assert.ok(count >= 20, `${kind} was drawn ${count} times`);
  }
});

Deno.test("plans about documents write, delete and forge, in every direction, and what is refused", () => {
  for (const kind of ["write", "delete", "plant"] as const) {
    assert.ok(WORK.filter((work) => work.kind === kind).length >= 20, kind);
  }
  const keys = WORK.flatMap((work) => "key" in work ? [work.key] : []);
  for (const direction of ["everywhere", "up", "down", "lateral"] as const) {
    assert.ok(keys.some((key) => collectionOf(key).direction === direction), direction);
  }
  const refused = WORK.filter((work) =>
    work.kind !== "plant" && "key" in work && work.key.startsWith("nodes/") &&
    work.key !== `nodes/${nodeName(work.node)}`
  );
  assert.ok(refused.length >= 20, `${refused.length} writes to another's document`);
});

Deno.test("most of what is done in a plan about documents is done to what another does something to", () => {
  let [shared, all] = [0, 0];
  for (const { work = [] } of PLANS) {
    for (const one of work) {
      if (one.kind !== "write" && one.kind !== "delete") continue;
      all++;
      if (work.some((other) => "key" in other && other.key === one.key && other !== one)) shared++;
    }
  }
  assert.ok(shared > all / 2, `${shared} of ${all}`);
});

Deno.test("who lost its disk so shortly that nobody noticed is brought what goes beside as well", () => {
  const { violation } = run(drawPlan(80_000_455, DOCUMENTS));
  assert.equal(violation, undefined);
});

Deno.test("thirty seeds about documents break nothing", () => {
  soaked(30, DOCUMENTS);
});
