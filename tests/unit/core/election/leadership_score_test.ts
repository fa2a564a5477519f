import assert from "node:assert/strict";
import fc from "fast-check";
import type { Capability, CapabilityType } from "../../../../src/core/capability/capability.ts";
import {
  compareScores,
  leadershipScore,
  SCORE_PARTS,
  SCORE_WEIGHTS,
  weigh,
} from "../../../../src/core/election/ranking/leadership_score.ts";

const can = (type: CapabilityType, confidence = 1): Capability => ({
  type,
  name: type,
  confidence,
});

Deno.test("a score is the weighted sum of its parts", () => {
  const score = leadershipScore([can("compute", 0.8), can("communication", 0.6), can("sensor")]);
  assert.equal(score.compute, 0.8);
  assert.equal(score.communication, 0.6);
  assert.equal(score.sensors, 0.25);
  assert.equal(score.power, 1);
  assert.equal(score.reliability, 1);
  assert.ok(Math.abs(score.total - (0.24 + 0.15 + 0.05 + 0.15 + 0.1)) < 1e-12);
});

Deno.test("the weights add up to one", () => {
  assert.ok(Math.abs(SCORE_PARTS.reduce((sum, part) => sum + SCORE_WEIGHTS[part], 0) - 1) < 1e-12);
});

Deno.test("a node that can do nothing scores a quarter, and one that can do all scores one", () => {
  assert.equal(leadershipScore([]).total, 0.25);
  const all = [can("compute"), can("communication"), ...Array(4).fill(can("sensor"))];
  assert.ok(Math.abs(leadershipScore(all).total - 1) < 1e-12);
});

Deno.test("four sensors are as many as count", () => {
  assert.equal(leadershipScore(Array(4).fill(can("sensor", 0.1))).sensors, 1);
  assert.equal(leadershipScore(Array(9).fill(can("sensor"))).sensors, 1);
});

Deno.test("of several capabilities of one kind the last counts", () => {
  assert.equal(leadershipScore([can("compute", 0.9), can("compute", 0.2)]).compute, 0.2);
});

Deno.test("mobility and payload do not count", () => {
  assert.equal(leadershipScore([can("mobility"), can("payload")]).total, 0.25);
});

Deno.test("power and reliability count where they are known", () => {
  const score = leadershipScore([], { power: 0.2, reliability: 0.5 });
  assert.ok(Math.abs(score.total - (0.2 * 0.15 + 0.5 * 0.1)) < 1e-12);
});

Deno.test("parts that are no numbers from 0 to 1 count as the nearest that is", () => {
  const score = weigh({
    compute: NaN,
    communication: -3,
    sensors: 7,
    power: Infinity,
    reliability: 0,
  });
  assert.deepEqual(score, {
    compute: 0,
    communication: 0,
    sensors: 1,
    power: 1,
    reliability: 0,
    total: 0.2 + 0.15,
  });
});

Deno.test("the higher score wins", () => {
  assert.ok(compareScores({ nodeId: "a", total: 0.75 }, { nodeId: "b", total: 0.65 }) > 0);
  assert.ok(compareScores({ nodeId: "b", total: 0.65 }, { nodeId: "a", total: 0.75 }) < 0);
});

Deno.test("of equal scores the higher node id wins", () => {
  assert.ok(compareScores({ nodeId: "a", total: 0.75 }, { nodeId: "b", total: 0.75 }) < 0);
  assert.ok(compareScores({ nodeId: "b", total: 0.75 }, { nodeId: "a", total: 0.75 }) > 0);
});

Deno.test("where a score is not a number the higher node id wins", () => {
  assert.ok(compareScores({ nodeId: "b", total: NaN }, { nodeId: "a", total: 1 }) > 0);
  assert.ok(compareScores({ nodeId: "a", total: 1 }, { nodeId: "b", total: NaN }) < 0);
});

Deno.test("scores of any capabilities lie between 0 and 1 and order every crowd in one way", () => {
  const capability = fc.record({
    type: fc.constantFrom<CapabilityType>("sensor", "compute", "communication", "mobility"),
    name: fc.constant("x"),
    confidence: fc.oneof(fc.double({ min: 0, max: 1 }), fc.double(), fc.constant(NaN)),
  });
  fc.assert(
    fc.property(fc.array(fc.array(capability, { maxLength: 6 }), { maxLength: 8 }), (all) => {
      const scored = all.map((capabilities, index) => ({
        nodeId: `n${index}`,
        total: leadershipScore(capabilities).total,
      }));
      for (const { total } of scored) assert.ok(total >= 0 && total <= 1 + 1e-12);
      const down = [...scored].sort((left, right) => compareScores(right, left));
      const again = [...scored].reverse().sort((left, right) => compareScores(right, left));
      assert.deepEqual(down, again);
    }),
  );
});
