import assert from "node:assert/strict";
import {
  aggregate,
  type Contribution,
  readinessOf,
} from "../../../../src/core/capability/aggregate.ts";
import type { CapabilityType } from "../../../../src/core/capability/capability.ts";
import { judgeFormation } from "../../../../src/core/cell/formation_gate.ts";

function brings(
  types: Partial<Record<CapabilityType, number>>,
  rest: Partial<Contribution> = {},
): Contribution {
  const capabilities = Object.entries(types).map(([type, confidence]) => ({
    type: type as CapabilityType,
    name: type,
    confidence,
  }));
  return { capabilities, ...rest };
}

function close(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs(actual! - expected) < 1e-12, `${actual} is not ${expected}`);
}

const SUPERVISOR = { authority: "supervisor" } as const;
const FORMED = { hasLeader: true, hasRoles: true, isApproved: false };
const ABLE = [
  brings({ communication: 0.9 }, SUPERVISOR),
  brings({ sensor: 0.9 }),
  brings({ sensor: 0.8, compute: 0.7 }),
];

Deno.test("more contributors and a person with authority make a cell surer of what it can do", () => {
  const sensors = (count: number, rest: Partial<Contribution> = {}) =>
    aggregate([
      ...Array.from({ length: count }, () => brings({ sensor: 0.6 })),
      brings({}, rest),
    ])[0];
  close(sensors(1)?.confidence, 0.6);
  close(sensors(2)?.confidence, 0.65);
  close(sensors(3)?.confidence, 0.7);
  close(sensors(4)?.confidence, 0.7);
  close(sensors(5)?.confidence, 0.75);
  close(sensors(1, { authority: "commander" })?.confidence, 0.7);
  close(sensors(1, { authority: "supervisor" })?.confidence, 0.65);
  close(sensors(1, { authority: "advisor" })?.confidence, 0.63);
  close(sensors(1, { authority: "observer" })?.confidence, 0.6);
});

Deno.test("payloads need a commander, communication needs somebody who may advise", () => {
  const [payload] = aggregate([brings({ payload: 1 }, SUPERVISOR)]);
  assert.equal(payload?.requiresOversight, true);
  close(payload?.effective, 0.85);
  assert.equal(
    aggregate([brings({ payload: 1 }, { authority: "commander" })])[0]?.requiresOversight,
    false,
  );
  const [silent] = aggregate([brings({ communication: 1 })]);
  assert.equal(silent?.requiresOversight, true);
  assert.equal(silent?.isMissionReady, false);
  close(silent?.effective, 0.5);
  assert.equal(
    aggregate([brings({ communication: 1 }, { authority: "advisor" })])[0]?.requiresOversight,
    false,
  );
});

Deno.test("a kind that is asked for and that nobody has makes a cell less ready", () => {
  const one = aggregate([brings({ communication: 1 }, SUPERVISOR)]);
  close(readinessOf(one, ["communication"]), 1);
  close(readinessOf(one, ["communication", "sensor"]), 0.3 / 0.55);
});

Deno.test("a cell is ready once it has members, a leader, roles and what is asked of it", () => {
  const view = judgeFormation({ members: ABLE, ...FORMED });
  assert.equal(view.state, "ready");
  assert.deepEqual(view.missing, []);
});

Deno.test("a cell says what it lacks, the first thing first", () => {
  const judged = (input: Partial<Parameters<typeof judgeFormation>[0]>) => {
    const { state, missing } = judgeFormation({ members: ABLE, ...FORMED, ...input });
    return [state, missing[0]];
  };
  assert.deepEqual(judged({ members: ABLE.slice(1) }), ["failed", "1 more member"]);
  assert.deepEqual(judged({ hasLeader: false }), ["forming", "a leader"]);
  assert.deepEqual(judged({ hasRoles: false }), ["forming", "a role for every member"]);
  const deaf = [...ABLE.slice(0, 1), brings({}), brings({})];
  assert.deepEqual(judged({ members: deaf }), ["failed", "somebody with sensor"]);
  const weak = ABLE.map(() => brings({ communication: 0.4, sensor: 0.3 }, SUPERVISOR));
  assert.match(judged({ members: weak })[1]!, /^readiness 0.7, it is 0.5/);
});

Deno.test("a cell whose means need a person's consent waits for it", () => {
  const armed = [...ABLE, brings({ payload: 0.9 })];
  assert.equal(judgeFormation({ members: armed, ...FORMED }).state, "awaiting-approval");
  assert.equal(judgeFormation({ members: armed, ...FORMED, isApproved: true }).state, "ready");
});
