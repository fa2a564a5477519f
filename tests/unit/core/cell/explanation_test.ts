import assert from "node:assert/strict";
import type { Capability } from "../../../../src/core/capability/capability.ts";
import type { Choice } from "../../../../src/core/cell/choice.ts";
import { explainElection } from "../../../../src/core/cell/explanation.ts";
import { parseOperator } from "../../../../src/core/cell/operator_spec.ts";
import type { PolicyView } from "../../../../src/core/cell/policy.ts";
import { type MemberProfile, Ranking } from "../../../../src/core/cell/standings.ts";

function computing(confidence: number, more: Partial<MemberProfile> = {}): MemberProfile {
  const capability: Capability = { type: "compute", name: "compute", confidence };
  return { capabilities: [capability], ...more };
}

const TECHNICAL: PolicyView = { policy: "technical-dominant", phase: "cell" };

function standingsOf(profiles: Record<string, MemberProfile>, view = TECHNICAL) {
  return new Ranking().rank({
    members: Object.keys(profiles),
    profileOf: (nodeId) => profiles[nodeId],
    reliabilityOf: () => undefined,
    view,
  });
}

function choiceOf(
  leaderId: string,
  profiles: Record<string, MemberProfile>,
  { absent = [], apart = absent, orderedBy, view = TECHNICAL }: {
    absent?: string[];
    apart?: string[];
    orderedBy?: string;
    view?: PolicyView;
  } = {},
): Choice {
  const operators = Object.entries(profiles).flatMap(([nodeId, { operator }]) =>
    operator === undefined ? [] : [[nodeId, operator] as const]
  );
  return {
    leader: { term: 3, nodeId: leaderId },
    standings: standingsOf(profiles, view),
    present: new Set(Object.keys(profiles).filter((nodeId) => !absent.includes(nodeId))),
    reachable: new Set(Object.keys(profiles).filter((nodeId) => !apart.includes(nodeId))),
    operators: new Map(operators),
    ...(orderedBy === undefined ? {} : { orderedBy }),
  };
}

/** The reasons by node, when nothing changed since the leader was elected. */
function reasonsOf(choice: Choice): Record<string, string> {
  const candidates = explainElection({ now: choice, choice });
  return Object.fromEntries(candidates.map(({ nodeId, reason }) => [nodeId, reason]));
}

Deno.test("the winner is the highest of those who could, and everybody else lost by a margin", () => {
  const choice = choiceOf("n2", {
    n1: computing(0.5),
    n2: computing(0.9),
    n3: computing(0.9, { isObserver: true }),
    n4: computing(1),
  }, { absent: ["n4"] });
  assert.deepEqual(reasonsOf(choice), {
    n4: "absent when the leader was elected",
    n3: "it is an observer",
    // 0.3 * 0.9 + 0.15 + 0.1, and 0.3 * 0.4 less.
    n2: "won: 0.52 is the highest of 2",
    n1: "lost to n2 by 0.12",
  });
});

Deno.test("of equal ones the higher id won, and each of them says so", () => {
  const choice = choiceOf("n3", { n2: computing(0.5), n3: computing(0.5) });
  assert.deepEqual(reasonsOf(choice), {
    n3: "won: 0.40 is the highest of 2, and of 2 equal ones its id is",
    n2: "equal to n3, whose id is higher",
  });
});

Deno.test("a difference that two digits do not show is shown", () => {
  const choice = choiceOf("n1", { n1: computing(0.5), n2: computing(0.499) });
  assert.equal(reasonsOf(choice)["n2"], "lost to n1 by 0.0003");
});

Deno.test("whoever joined later, and a score that changed, do not change why the leader won", () => {
  const choice = choiceOf("n1", { n1: computing(0.9), n2: computing(0.5) });
  const today = standingsOf({ n1: computing(0.1), n2: computing(0.5), n3: computing(1) });
  const candidates = explainElection({ now: { ...choice, standings: today }, choice });
  assert.deepEqual(candidates.map(({ nodeId, reason }) => [nodeId, reason]), [
    ["n1", "won: 0.52 is the highest of 2"],
    ["n2", "lost to n1 by 0.12"],
    ["n3", "the leader was elected before it joined"],
  ]);
  const [winner] = candidates;
  assert.equal(winner!.total.toFixed(2), "0.52");
  assert.equal(winner!.totalNow!.toFixed(2), "0.28");
  assert.equal(candidates[1]!.totalNow, undefined);
});

Deno.test("an order beats every score, and names who gave it", () => {
  const profiles = { n1: computing(0.2), n2: computing(0.9) };
  assert.deepEqual(reasonsOf(choiceOf("n1", profiles, { orderedBy: "base" })), {
    n2: "base ordered that n1 leads",
    n1: "won: base ordered it",
  });
});

Deno.test("whoever is better and was not connected did not lose, and says so", () => {
  const profiles = { n1: computing(0.5), n2: computing(0.9), n3: computing(0.2) };
  assert.deepEqual(reasonsOf(choiceOf("n1", profiles, { apart: ["n2"] })), {
    n2: "not connected when the leader was elected",
    n1: "won: 0.40 is the highest of 2",
    n3: "lost to n1 by 0.09",
  });
});

Deno.test("whoever is worse lost, connected or not", () => {
  const profiles = { n1: computing(0.5), n2: computing(0.9) };
  assert.deepEqual(reasonsOf(choiceOf("n2", profiles, { apart: ["n1"] })), {
    n2: "won: 0.52 is the highest of 2",
    n1: "lost to n2 by 0.12",
  });
});

Deno.test("a leader that was found leading is not said to have won", () => {
  const profiles = { n1: computing(0.2), n2: computing(0.9) };
  assert.deepEqual(reasonsOf(choiceOf("n1", profiles)), {
    n2: "it ranks higher than n1, which led before; a live leader stays",
    n1: "led before better ones were connected, and a live leader stays",
  });
});

Deno.test("an operator counts by its policy, and an unfit one keeps its node from leading", () => {
  const view: PolicyView = { policy: "hybrid", phase: "cell" };
  const operator = parseOperator("rank=O3,authority=commander,load=0.2");
  const private4 = parseOperator("rank=E4");
  const choice = choiceOf("n1", {
    n1: computing(0.5, { operator }),
    n2: computing(1, { operator: private4 }),
  }, { view });
  assert.equal(reasonsOf(choice)["n2"], "its operator's rank E4 is below E5");
  const [first] = explainElection({ now: choice, choice });
  assert.equal(first!.nodeId, "n1");
  // 0.6 * 0.95 + 0.3 * 0.8 + 0.1 * 0.8, and then 0.6 of that with 0.4 of the node's 0.4.
  assert.equal(first!.operatorScore!.toFixed(3), "0.890");
  assert.equal(first!.total.toFixed(3), "0.694");
});

Deno.test("while nobody leads there is no winner, and everybody who could says so", () => {
  const now = choiceOf("n1", { n1: computing(0.5), n2: computing(0.9) }, { absent: ["n1"] });
  const candidates = explainElection({ now, choice: undefined });
  assert.deepEqual(
    candidates.map(({ nodeId, isEligible, reason }) => [nodeId, isEligible, reason]),
    [
      ["n2", true, "nobody is elected yet"],
      ["n1", false, "it is absent"],
    ],
  );
});
