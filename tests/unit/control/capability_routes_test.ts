import assert from "node:assert/strict";
import { type CapabilityControl } from "../../../src/control/capability_routes.ts";
import type { OperatingError } from "../../../src/core/kernel/operating_error.ts";
import type { Capability } from "../../../src/core/capability/capability.ts";
import { loneDesk } from "./lone_desk.ts";

const thermal: Capability = {
  type: "sensor",
  name: "thermal",
  confidence: 0.9,
  metadata: { range_m: 2_000 },
};

async function ids(desk: CapabilityControl, text: string): Promise<string> {
  const { results } = await desk.query(text, undefined);
  return results.flatMap(({ capabilities }) => capabilities.map(({ id }) => id)).join(" ");
}

async function refusal(wanted: Promise<unknown>): Promise<OperatingError> {
  try {
    await wanted;
  } catch (error) {
    return error as OperatingError;
  }
  return assert.fail("nothing was refused");
}

Deno.test("a query is answered with what it was understood as and how many were heard", async () => {
  const answer = await loneDesk([thermal]).query("type = sensor and confidence>=.8", undefined)
    .catch(() => undefined);
  assert.equal(answer, undefined, "a number has a digit before its point");
  assert.deepEqual(
    await loneDesk([thermal]).query("type = sensor and confidence>=0.8", undefined),
    {
      query: "type:sensor AND confidence>=0.8",
      heardFrom: 1,
      ofNodes: 1,
      total: 1,
      results: [{
        nodeId: "self",
        cell: "alpha",
        score: 0.99,
        capabilities: [{
          id: "sensor:thermal",
          name: "thermal",
          type: "sensor",
          confidence: 0.9,
          metadata: { range_m: 2_000 },
        }],
      }],
    },
  );
});

Deno.test("a live query of a node that is alone is answered by itself, at once", async () => {
  const answer = await loneDesk([thermal]).query("* AGGREGATE count", 10_000);
  assert.deepEqual([answer.live, answer.heardFrom, answer.ofNodes], [true, 1, 1]);
  assert.deepEqual(answer.aggregates, [{ function: "count", value: 1 }]);
});

Deno.test("a change is answered once it is made, and only planned when it is only asked for", async () => {
  const desk = loneDesk([thermal]);
  const planned = await desk.change({ set: "compute:gpu=0.5" }, true);
  assert.deepEqual(planned.changed.map(({ id, effective, origin }) => [id, effective, origin]), [
    ["compute:gpu", 0.5, "set"],
  ]);
  assert.equal(planned.dryRun, true);
  assert.equal(await ids(desk, "*"), "sensor:thermal");
  const done = await desk.change({ set: "compute:gpu=0.5" }, false);
  assert.equal(done.digest, planned.digest);
  assert.equal(await ids(desk, "*"), "sensor:thermal compute:gpu");
  await desk.change({ clear: "sensor" }, false);
  assert.equal(await ids(desk, "*"), "compute:gpu");
  const ill = await desk.change({ health: "degraded" }, false);
  assert.deepEqual(
    ill.changed.map(({ id, confidence, effective }) => [id, confidence, effective]),
    [["sensor:thermal", 0, 0], ["compute:gpu", 0.5, 0.3]],
  );
  assert.equal(desk.list().health, "degraded");
  assert.deepEqual(await desk.holders(1_000), { digest: ill.digest, holders: [], others: [] });
});

Deno.test("what makes no sense is refused with what a person can do about it", async () => {
  const desk = loneDesk([thermal]);
  const unknown = await refusal(desk.change({ clear: "payload:arm" }, false));
  assert.match(unknown.message, /no such capability/);
  assert.match(unknown.hint ?? "", /it has sensor:thermal/);
  for (const wrong of [{ clear: "senser" }, { set: "sensor:" }, { health: "fine" }]) {
    assert.equal((await refusal(desk.change(wrong, false))).exitCode, 4);
  }
  const query = await refusal(desk.query("type:senser", undefined));
  assert.match(query.message, /at character 6: expected one of sensor/);
  assert.equal(query.exitCode, 4);
});

Deno.test("a change that the disk does not keep is refused and not made", async () => {
  let isFull = false;
  const desk = loneDesk([thermal], { isDiskFull: () => isFull });
  isFull = true;
  const error = await refusal(desk.change({ clear: "sensor" }, false));
  assert.match(error.message, /the disk does not keep it: no room/);
  assert.equal(await ids(desk, "*"), "sensor:thermal");
});
