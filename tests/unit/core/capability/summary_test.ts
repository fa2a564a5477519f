import assert from "node:assert/strict";
import type { Capability } from "../../../../src/core/capability/capability.ts";
import {
  type MemberReport,
  summarizeAbove,
  summarizeCell,
} from "../../../../src/core/capability/summary.ts";

const sensor: Capability = { type: "sensor", name: "eye", confidence: 0.8 };
const link: Capability = { type: "communication", name: "radio", confidence: 0.9 };

function member(nodeId: string, report: Partial<MemberReport> = {}): MemberReport {
  return { nodeId, isPresent: true, capabilities: [sensor], ...report };
}

Deno.test("whoever is lost counts as a casualty, whether failed, silent or out of power", () => {
  const cell = summarizeCell("alpha", [
    member("a", { power: 0.5 }),
    member("b", { health: "degraded", power: 0.7 }),
    member("c", { health: "failed" }),
    member("d", { isPresent: false }),
    member("e", { power: 0 }),
  ], ["sensor"]);
  assert.deepEqual([cell.members, cell.operational, cell.casualties], [5, 2, 3]);
  assert.equal(cell.health, "degraded");
  assert.ok(Math.abs(cell.power! - 0.6) < 1e-9);
  assert.equal(cell.capabilities[0]?.contributors, 2);
});

Deno.test("a cell of which nobody is left has failed, and is still counted above", () => {
  const lost = summarizeCell("lost", [member("a", { isPresent: false })], ["sensor"]);
  assert.deepEqual([lost.members, lost.operational, lost.health], [1, 0, "failed"]);
  assert.deepEqual(lost.gaps, [{ type: "sensor", reason: "missing" }]);
  const cohort = summarizeAbove("first", [lost, summarizeCell("b", [member("b")], ["sensor"])]);
  assert.deepEqual([cohort.members, cohort.casualties, cohort.health], [2, 1, "nominal"]);
});

Deno.test("gaps are the required kinds that are missing, too weak, or that nobody may allow", () => {
  const weak = { ...sensor, confidence: 0.3 };
  const members = [member("a", { capabilities: [weak, link] })];
  assert.deepEqual(summarizeCell("a", members, ["sensor", "communication", "compute"]).gaps, [
    { type: "sensor", reason: "unfit" },
    { type: "communication", reason: "unsupervised" },
    { type: "compute", reason: "missing" },
  ]);
  const led = [...members, member("b", { capabilities: [], authority: "commander" })];
  assert.deepEqual(summarizeCell("a", led, ["communication"]).gaps, []);
});

Deno.test("readiness counts a required kind that nobody has as nothing", () => {
  const cell = summarizeCell("a", [member("a", { capabilities: [sensor] })], [
    "sensor",
    "communication",
  ]);
  assert.ok(Math.abs(cell.readiness - 0.25 * 0.8 / 0.55) < 1e-9);
});

Deno.test("the middle of places on both sides of the antimeridian is between them", () => {
  const at = (latitude: number, longitude: number) =>
    member(`at${longitude}`, { position: { latitude, longitude } });
  const { center, bounds, radiusMeters } = summarizeCell("a", [at(10, 179), at(12, -179)], []);
  assert.ok(Math.abs(center!.latitude - 11) < 0.01);
  assert.ok(Math.abs(Math.abs(center!.longitude) - 180) < 0.01, `${center!.longitude}`);
  assert.deepEqual(
    Object.values(bounds!).map((degrees) => Math.round(degrees * 1e6) / 1e6),
    [10, 12, 179, -179],
  );
  assert.ok(radiusMeters! > 100_000 && radiusMeters! < 200_000, `${radiusMeters}`);
});

Deno.test("above a cell members count: a cell of three weighs three times a cell of one", () => {
  const place = (latitude: number) => ({ latitude, longitude: 0 });
  const three = summarizeCell(
    "three",
    ["a", "b", "c"].map((nodeId) => member(nodeId, { power: 1, position: place(0) })),
    ["sensor"],
  );
  const one = summarizeCell(
    "one",
    [member("d", { power: 0.2, position: place(4), capabilities: [] })],
    ["sensor"],
  );
  const cohort = summarizeAbove("cohort", [three, one]);
  assert.ok(Math.abs(cohort.power! - 0.8) < 1e-9);
  assert.ok(Math.abs(cohort.center!.latitude - 1) < 0.01);
  assert.ok(Math.abs(cohort.readiness - 0.75 * three.readiness) < 1e-9);
  assert.equal(cohort.capabilities[0]?.contributors, 3);
  assert.ok(cohort.radiusMeters! > 333_000, "it reaches the cell that is farthest");
  const federation = summarizeAbove("federation", [cohort, cohort]);
  assert.deepEqual([federation.members, federation.operational], [8, 8]);
  assert.ok(Math.abs(federation.power! - 0.8) < 1e-9);
});
