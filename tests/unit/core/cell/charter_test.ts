import assert from "node:assert/strict";
import type { ElectionPolicy } from "../../../../src/core/cell/policy.ts";
import { Fleet } from "./fleet.ts";

const WISHES: Readonly<Record<string, ElectionPolicy>> = {
  a: "technical-dominant",
  b: "rank-dominant",
  c: "technical-dominant",
  d: "hybrid",
};

/** The first computes best; the others have the higher ranks. */
function fleetOf(names: readonly string[]) {
  return new Fleet({
    names,
    capabilitiesOf: (name) => [
      { type: "compute", name: "cpu", confidence: 1 - (name.charCodeAt(0) - 97) / 20 },
    ],
    settingsOf: (name) => ({
      policy: WISHES[name]!,
      operator: {
        rank: name === "a" ? "E5" : "O5",
        authority: "commander",
        cognitiveLoad: 0,
        fatigue: 0,
      },
    }),
  });
}

function policiesOf(fleet: Fleet, names: readonly string[]): Set<string> {
  return new Set(names.map((name) => fleet.cell(name).charter.policy));
}

function orderOf(fleet: Fleet, name: string): string {
  return fleet.cell(name).standings.map(({ nodeId }) => nodeId).join(" ");
}

Deno.test("members that were started with different policies rank each other by one of them", () => {
  const fleet = fleetOf(["a", "b", "c"]);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.runFor(2_000);
  assert.deepEqual(policiesOf(fleet, ["a", "b", "c"]), new Set(["technical-dominant"]));
  assert.equal(new Set(["a", "b", "c"].map((name) => orderOf(fleet, name))).size, 1);
  for (const name of ["a", "b", "c"]) assert.equal(fleet.cell(name).charter.version, 1, name);
});

Deno.test("whoever joins adopts the policy that was agreed on, and tells its operator once", () => {
  const fleet = fleetOf(["a", "b", "c", "d"]);
  for (const name of ["a", "b", "c"]) fleet.start(name);
  fleet.awaitLeader("alpha");
  fleet.runFor(2_000);
  fleet.start("d");
  fleet.runFor(5_000);
  fleet.part(["a", "b", "c"], ["d"]);
  fleet.runFor(20_000);
  fleet.heal();
  fleet.runFor(5_000);
  assert.deepEqual(policiesOf(fleet, ["a", "b", "c", "d"]), new Set(["technical-dominant"]));
  const { setBy } = fleet.cell("a").charter;
  const told = fleet.member("d").notices.filter(({ type }) => type === "policyAdopted");
  assert.deepEqual(told, [{
    type: "policyAdopted",
    cell: "alpha",
    policy: "technical-dominant",
    startedWith: "hybrid",
    setBy,
  }]);
  assert.deepEqual(fleet.cell("a").profileOf("d")?.policy, "hybrid");
  assert.ok(!fleet.member("a").notices.some(({ type }) => type === "policyAdopted"));
});

Deno.test("whoever was alone agreed with nobody, and takes what the others agreed on", () => {
  const fleet = fleetOf(["a", "b", "c", "d"]);
  fleet.part(["a", "b", "c"], ["d"]);
  fleet.startAll();
  fleet.runFor(20_000);
  assert.equal(fleet.cell("d").election.leadership?.claim.nodeId, "d");
  assert.equal(fleet.cell("d").charter.version, 0);
  fleet.heal();
  fleet.runFor(10_000);
  assert.deepEqual(policiesOf(fleet, ["a", "b", "c", "d"]), new Set(["technical-dominant"]));
});

Deno.test("of two policies that were agreed on apart from each other one holds when both meet", () => {
  const fleet = fleetOf(["a", "b", "c", "d"]);
  fleet.part(["a", "c"], ["b", "d"]);
  fleet.startAll();
  fleet.runFor(20_000);
  assert.deepEqual(policiesOf(fleet, ["a", "c"]), new Set(["technical-dominant"]));
  assert.deepEqual(policiesOf(fleet, ["b", "d"]), new Set(["hybrid"]));
  for (const name of ["a", "b"]) assert.equal(fleet.cell(name).charter.version, 1);
  fleet.heal();
  fleet.runFor(10_000);
  assert.equal(policiesOf(fleet, ["a", "b", "c", "d"]).size, 1);
  assert.equal(new Set(["a", "b", "c", "d"].map((name) => orderOf(fleet, name))).size, 1);
});

Deno.test("a cell that was stopped as a whole takes the policies that it is started with then", () => {
  const fleet = fleetOf(["a", "b"]);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.runFor(2_000);
  assert.deepEqual(policiesOf(fleet, ["a", "b"]), new Set(["rank-dominant"]));
  for (const name of ["a", "b"]) fleet.kill(name);
  fleet.start("a");
  fleet.runFor(2_000);
  assert.deepEqual(policiesOf(fleet, ["a"]), new Set(["technical-dominant"]));
});

Deno.test("an operator orders another policy, and everybody ranks by it, also who joins later", () => {
  const fleet = fleetOf(["a", "b", "c", "d"]);
  for (const name of ["a", "b", "c"]) fleet.start(name);
  fleet.awaitLeader("alpha");
  fleet.runFor(2_000);
  const leader = fleet.leaderOf("alpha");
  let told = 0;
  fleet.overhear = (_from, _to, _cell, message) => {
    if (message.kind === "policy") told++;
    return true;
  };
  const order = { kind: "policy", cellId: "alpha", policy: "contextual", issuer: "op" } as const;
  fleet.hand("b", { kind: "order", order: { ...order, number: 5, proof: "" } });
  fleet.runFor(2_000);
  fleet.start("d");
  fleet.runFor(5_000);
  for (const name of ["a", "b", "c", "d"]) {
    const charter = { policy: "contextual", version: 2, setBy: "op" };
    assert.deepEqual(fleet.cell(name).charter, charter, name);
  }
  assert.equal(fleet.leaderOf("alpha"), leader, "a live leader stays");
  assert.ok(told <= 6, `told ${told} times`);
  const notices = fleet.member("c").notices.filter(({ type }) => type === "policyOrdered");
  assert.equal(notices.length, 1);
  // An older order, or the same one again, changes nothing.
  for (const number of [5, 4]) {
    fleet.hand("c", { kind: "order", order: { ...order, policy: "hybrid", number, proof: "" } });
  }
  fleet.runFor(1_000);
  assert.deepEqual(policiesOf(fleet, ["a", "b", "c", "d"]), new Set(["contextual"]));
});
