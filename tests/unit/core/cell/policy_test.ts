import assert from "node:assert/strict";
import {
  authorityScore,
  effectiveness,
  type Operator,
  type Rank,
  RANK_SCORES,
} from "../../../../src/core/cell/operator.ts";
import {
  ELECTION_POLICIES,
  operatorObstacle,
  standingTotal,
} from "../../../../src/core/cell/policy.ts";
import { Ranking } from "../../../../src/core/cell/standings.ts";
import { leadershipScore } from "../../../../src/core/election/ranking/leadership_score.ts";

const CAPTAIN: Operator = { rank: "O3", authority: "commander", cognitiveLoad: 0.2, fatigue: 0.1 };
const SCORE = leadershipScore([{ type: "compute", name: "gpu", confidence: 0.8 }]);

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
}

Deno.test("a person counts by rank, authority and calm", () => {
  close(authorityScore(CAPTAIN), 0.6 * 0.95 + 0.3 * 0.8 + 0.1 * 0.8);
  assert.equal(authorityScore(undefined), 0);
  close(effectiveness(CAPTAIN), 0.6 * 0.8 + 0.4 * 0.9);
});

Deno.test("ranks compare by their scores, so no warrant officer outranks a general", () => {
  const higher = (left: Rank, right: Rank) => assert.ok(RANK_SCORES[left] > RANK_SCORES[right]);
  higher("O10", "W5");
  higher("O1", "W3");
  higher("W5", "E9");
  higher("E9", "E5");
});

Deno.test("each policy weighs the person and the node as it says", () => {
  const authority = authorityScore(CAPTAIN);
  const total = (
    policy: (typeof ELECTION_POLICIES)[number],
    phase: "discovery" | "cell" | "hierarchy",
  ) => standingTotal(SCORE, CAPTAIN, { policy, phase });
  assert.equal(total("technical-dominant", "cell"), SCORE.total);
  close(total("rank-dominant", "cell"), authority);
  close(total("hybrid", "cell"), 0.6 * authority + 0.4 * SCORE.total);
  close(total("contextual", "discovery"), 0.7 * authority + 0.3 * SCORE.total);
  close(total("contextual", "cell"), 0.6 * authority + 0.4 * SCORE.total);
  close(total("contextual", "hierarchy"), 0.8 * authority + 0.2 * SCORE.total);
});

Deno.test("a person who is too junior, too busy or too tired does not lead where persons count", () => {
  const view = { policy: "hybrid", phase: "cell" } as const;
  assert.equal(operatorObstacle(CAPTAIN, view), undefined);
  assert.match(operatorObstacle({ ...CAPTAIN, rank: "E4" }, view)!, /rank E4 is below E5/);
  assert.match(operatorObstacle({ ...CAPTAIN, cognitiveLoad: 0.9 }, view)!, /cognitive load/);
  assert.match(operatorObstacle({ ...CAPTAIN, fatigue: 0.8 }, view)!, /fatigue/);
  const technical = { policy: "technical-dominant", phase: "cell" } as const;
  assert.equal(operatorObstacle({ ...CAPTAIN, fatigue: 1 }, technical), undefined);
});

Deno.test("standings name every part of a score, and observers last as what they are", () => {
  const standings = new Ranking().rank({
    members: ["a", "b", "c"],
    profileOf: (nodeId) => ({
      capabilities: nodeId === "b" ? [{ type: "compute", name: "gpu", confidence: 1 }] : [],
      ...(nodeId === "c" ? { isObserver: true } : {}),
      ...(nodeId === "a" ? { power: 0.5 } : {}),
    }),
    reliabilityOf: (nodeId) => nodeId === "b" ? 0.5 : undefined,
    view: { policy: "technical-dominant", phase: "cell" },
  });
  assert.deepEqual(standings.map(({ nodeId }) => nodeId), ["b", "c", "a"]);
  assert.deepEqual(standings[0]!.score, {
    compute: 1,
    communication: 0,
    sensors: 0,
    power: 1,
    reliability: 0.5,
    total: 0.3 + 0.15 + 0.05,
  });
  assert.equal(standings[1]!.obstacle, "it is an observer");
  assert.equal(standings[2]!.score.power, 0.5);
});
