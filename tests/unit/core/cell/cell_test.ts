import assert from "node:assert/strict";
import { ABSENCE_LIMIT_MS } from "../../../../src/core/cell/chair.ts";
import { formationOf } from "../../../../src/core/cell/formation.ts";
import type { CellOrder } from "../../../../src/core/cell/message.ts";
import type { Assignments } from "../../../../src/core/cell/message.ts";
import { Fleet, type FleetOptions } from "./fleet.ts";

const THREE = ["a", "b", "c"];
const FIVE = ["a", "b", "c", "d", "e"];

/** The first ranks best, and so on. */
function ranked(name: string) {
  const confidence = 1 - (name.charCodeAt(0) - 97) / 20;
  return [{ type: "compute" as const, name: "cpu", confidence }];
}

function fleetOf(names: readonly string[], options: Partial<FleetOptions> = {}) {
  return new Fleet({ names, capabilitiesOf: ranked, ...options });
}

function orderFor(leader: string, number: number): CellOrder {
  return { kind: "order", cellId: "alpha", leader, issuer: "op", number, proof: "" };
}

function assignmentsOf(claim: Assignments["claim"], roles: Assignments["roles"]): Assignments {
  return { kind: "assignments", claim, roles, reliability: {} };
}

Deno.test("members learn of each other through a third that both can hear", () => {
  const fleet = fleetOf(THREE);
  fleet.part(["a", "b"], ["b", "c"]);
  fleet.startAll();
  fleet.runFor(5_000);
  assert.deepEqual(fleet.cell("a").roster.members, THREE);
  assert.deepEqual(fleet.cell("c").roster.members, THREE);
});

Deno.test("a member that says goodbye is none any more, and its next start makes it one again", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.say("c", "a", "alpha", { kind: "leave" });
  fleet.kill("c");
  fleet.runFor(1_000);
  assert.deepEqual(fleet.cell("b").roster.members, ["a", "b"]);
  fleet.start("c");
  fleet.runFor(2_000);
  for (const name of THREE) assert.deepEqual(fleet.cell(name).roster.members, THREE);
});

Deno.test("a member whose beacon names another cell has left this one", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.member("c").cell = "beta";
  fleet.beacon("c");
  // It says otherwise nowhere else, so nobody takes it back.
  fleet.overhear = (from) => from !== "c";
  fleet.runFor(1_000);
  assert.deepEqual(fleet.cell("a").roster.members, ["a", "b"]);
});

Deno.test("an old beacon that names another cell does not undo what its node said since", () => {
  const fleet = fleetOf(THREE);
  fleet.start("a");
  fleet.start("b");
  fleet.awaitLeader("alpha");
  // The beacon of c is of before it came into this cell, and no later one gets through.
  fleet.member("a").heard.set("c", { boot: 1, cell: "beta" });
  fleet.hand("a", { kind: "peer", nodeId: "c" });
  const profile = { capabilities: [] };
  const roster = { joined: { c: 1 }, removed: {} };
  fleet.say("c", "a", "alpha", { kind: "profile", profile, roster });
  assert.deepEqual(fleet.cell("a").roster.members, THREE);
  fleet.hand("a", { kind: "peer", nodeId: "c" });
  assert.deepEqual(fleet.cell("a").roster.members, THREE);
  // A later one counts.
  fleet.member("a").heard.set("c", { boot: 2, cell: "beta" });
  fleet.hand("a", { kind: "peer", nodeId: "c" });
  assert.deepEqual(fleet.cell("a").roster.members, ["a", "b"]);
});

Deno.test("whoever goes on naming another cell is removed, whatever others say of it", () => {
  const fleet = fleetOf(THREE, { cellOf: (name) => name === "c" ? "beta" : "alpha" });
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.runFor(2_000);
  fleet.say("b", "a", "alpha", { kind: "roster", roster: { joined: { c: 3 }, removed: {} } });
  assert.deepEqual(fleet.cell("a").roster.members, THREE);
  fleet.runFor(40_000);
  for (const name of ["a", "b"]) assert.deepEqual(fleet.cell(name).roster.members, ["a", "b"]);
});

Deno.test("absent members are removed by a leader with quorum, after the absence limit", () => {
  const fleet = fleetOf(FIVE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.kill("e");
  fleet.runFor(ABSENCE_LIMIT_MS - 10_000);
  assert.deepEqual(fleet.cell("a").roster.members, FIVE);
  fleet.runFor(20_000);
  for (const name of ["a", "b", "c", "d"]) {
    assert.deepEqual(fleet.cell(name).roster.members, ["a", "b", "c", "d"]);
  }
});

Deno.test("a member that nobody heard since they all started is removed like any that is absent", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  for (const name of THREE) fleet.kill(name);
  fleet.start("a");
  fleet.start("b");
  fleet.runFor(ABSENCE_LIMIT_MS + 30_000);
  assert.deepEqual(fleet.cell("a").roster.members, ["a", "b"]);
  assert.deepEqual(fleet.cell("b").roster.members, ["a", "b"]);
});

Deno.test("a part without quorum removes nobody, however long it is alone", () => {
  const fleet = fleetOf(FIVE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.part(["a", "b"], ["c"], ["d"], ["e"]);
  fleet.runFor(2 * ABSENCE_LIMIT_MS);
  assert.equal(fleet.cell("a").election.leader?.nodeId, "a");
  assert.deepEqual(fleet.cell("a").roster.members, FIVE);
});

Deno.test("a member that was removed while it was cut off is one again when it is back", () => {
  const fleet = fleetOf(FIVE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.part(["a", "b", "c", "d"], ["e"]);
  fleet.runFor(ABSENCE_LIMIT_MS + 30_000);
  assert.deepEqual(fleet.cell("a").roster.members, ["a", "b", "c", "d"]);
  fleet.heal();
  fleet.runFor(5_000);
  for (const name of FIVE) assert.deepEqual(fleet.cell(name).roster.members, FIVE);
  assert.equal(fleet.leaderOf("alpha"), "a");
  // Also its next start, under a number that it used up, makes it no stranger.
  fleet.kill("e");
  fleet.start("e");
  fleet.runFor(5_000);
  for (const name of FIVE) assert.deepEqual(fleet.cell(name).roster.members, FIVE);
});

Deno.test("a member that missed all that was said of its removal is told by its leader", () => {
  const fleet = fleetOf(FIVE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.part(["a", "b", "c", "d"], ["e"]);
  fleet.runFor(ABSENCE_LIMIT_MS + 30_000);
  fleet.overhear = (from, to, _cell, { kind }) =>
    !((from === "e" || to === "e") && (kind === "profile" || kind === "roster"));
  fleet.heal();
  fleet.runFor(5_000);
  assert.deepEqual(fleet.cell("a").roster.members, ["a", "b", "c", "d"]);
  fleet.overhear = () => true;
  fleet.runFor(2_000);
  for (const name of FIVE) assert.deepEqual(fleet.cell(name).roster.members, FIVE);
});

Deno.test("everybody knows the deputy, which is the best that could lead besides the leader", () => {
  const fleet = fleetOf(FIVE, {
    settingsOf: (name) => name === "b" ? { isObserver: true } : {},
  });
  fleet.startAll();
  assert.equal(fleet.awaitLeader("alpha"), "a");
  fleet.runFor(2_000);
  for (const name of FIVE) assert.equal(fleet.cell(name).duties.deputy, "c");
  fleet.kill("a");
  fleet.runFor(10_000);
  assert.equal(fleet.leaderOf("alpha"), "c");
  assert.equal(fleet.cell("e").duties.deputy, "d");
});

Deno.test("a member that misses heartbeats counts as less reliable, and recovers with them", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.runFor(2_000);
  assert.equal(fleet.cell("b").duties.reliabilityOf("c"), 1);
  fleet.overhear = (from, _to, _cell, message) =>
    !(from === "c" && message.kind === "election" && message.message.kind === "acknowledgement");
  fleet.runFor(8_000);
  const fallen = fleet.cell("b").duties.reliabilityOf("c")!;
  assert.ok(fallen < 0.6, `it fell to ${fallen} only`);
  assert.equal(fleet.cell("b").duties.reliabilityOf("b"), 1);
  fleet.overhear = () => true;
  fleet.runFor(20_000);
  assert.ok(fleet.cell("b").duties.reliabilityOf("c")! >= 0.9);
});

Deno.test("assignments of a leader that was replaced are refused, and so are those of others", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  const stale = fleet.cell("a").election.leader!;
  fleet.part(["a"], ["b", "c"]);
  fleet.runFor(10_000);
  assert.equal(fleet.leaderOf("alpha") ?? fleet.cell("c").election.leader?.nodeId, "b");
  const before = fleet.cell("c").duties.assignments;
  const roles = [{ nodeId: "c", role: "strike" as const, fitness: 1 }];
  fleet.say("a", "c", "alpha", assignmentsOf(stale, roles));
  assert.deepEqual(fleet.cell("c").duties.assignments, before);
  const current = fleet.cell("c").election.leader!;
  fleet.say("a", "c", "alpha", assignmentsOf(current, roles));
  assert.deepEqual(fleet.cell("c").duties.assignments, before);
});

Deno.test("roles for strangers make nobody a member", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  const claim = fleet.cell("a").election.leader!;
  const roles = [{ nodeId: "stranger", role: "relay" as const, fitness: 1 }];
  fleet.say("a", "b", "alpha", assignmentsOf(claim, roles));
  assert.deepEqual(fleet.cell("b").roster.members, THREE);
  assert.equal(fleet.cell("b").standings.some(({ nodeId }) => nodeId === "stranger"), false);
});

Deno.test("what is said of another cell changes nothing here and is counted", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  const roster = { joined: { z: 1 }, removed: { b: 99 } };
  fleet.say("c", "a", "beta", { kind: "profile", profile: { capabilities: [] }, roster });
  assert.deepEqual(fleet.cell("a").roster.members, THREE);
  assert.equal(fleet.member("a").affiliation!.elsewhere, 1);
});

Deno.test("an election's message from somebody who is no member is counted and does nothing", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  const claim = { term: 99, nodeId: "z" };
  const message = {
    kind: "heartbeat" as const,
    promiseMs: 1_500,
    claim,
    sequence: 1,
    authority: "quorum" as const,
    voters: [],
  };
  fleet.say("z", "a", "alpha", { kind: "election", message });
  assert.equal(fleet.cell("a").foreign, 1);
  assert.equal(fleet.cell("a").election.leader?.nodeId, "a");
});

Deno.test("an order is carried out once by everybody, however often it comes", () => {
  const fleet = fleetOf(FIVE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  let told = 0;
  fleet.overhear = (_from, _to, _cell, message) => {
    if (message.kind === "order") told++;
    return true;
  };
  fleet.hand("e", { kind: "order", order: orderFor("c", 7) });
  fleet.runFor(5_000);
  assert.equal(fleet.leaderOf("alpha"), "c");
  assert.ok(told <= FIVE.length * (FIVE.length - 1));
  const term = fleet.cell("c").election.leader!.term;
  for (const number of [7, 6]) fleet.hand("d", { kind: "order", order: orderFor("a", number) });
  fleet.runFor(5_000);
  assert.deepEqual(fleet.cell("d").election.leader, { term, nodeId: "c" });
  const notices = fleet.member("d").notices.filter(({ type }) => type === "leaderOrdered");
  assert.equal(notices.length, 1);
});

Deno.test("an order for a node that is not there expires, and the leader leads on", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.hand("b", { kind: "order", order: orderFor("nobody", 1) });
  fleet.runFor(5_000);
  assert.equal(fleet.leaderOf("alpha"), "a");
  assert.equal(fleet.cell("c").order?.leader, "nobody");
  fleet.runFor(60_000);
  for (const name of THREE) assert.equal(fleet.cell(name).order, undefined);
});

Deno.test("an order for another cell is nothing here", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.hand("b", { kind: "order", order: { ...orderFor("c", 1), cellId: "beta" } });
  assert.equal(fleet.cell("b").order, undefined);
});

Deno.test("with a challenge a better member takes over after its time, and without one never", () => {
  const leadersWith = (challengeAfterMs: number | undefined) => {
    const fleet = fleetOf(THREE, {
      settingsOf: () => challengeAfterMs === undefined ? {} : { challengeAfterMs },
      capabilitiesOf: (
        name,
      ) => [{ type: "compute", name: "cpu", confidence: name === "a" ? 1 : 0 }],
    });
    fleet.start("b");
    fleet.start("c");
    fleet.awaitLeader("alpha");
    fleet.start("a");
    fleet.runFor(5_000);
    const before = fleet.leaderOf("alpha");
    fleet.runFor(30_000);
    return [before, fleet.leaderOf("alpha")];
  };
  assert.deepEqual(leadersWith(undefined), ["c", "c"]);
  assert.deepEqual(leadersWith(20_000), ["c", "a"]);
});

Deno.test("what was on its way when a connection ended is said again on the next one", () => {
  for (const kind of ["profile", "roster", "assignments", "order"] as const) {
    const fleet = fleetOf(THREE);
    fleet.startAll();
    fleet.awaitLeader("alpha");
    let lost = 0;
    fleet.overhear = (from, to, _cell, message) => {
      const isLost = message.kind === kind && (from === "b" || to === "b");
      if (isLost) lost++;
      return !isLost;
    };
    // Each makes somebody say something of the kind.
    if (kind === "profile") {
      fleet.hand("b", { kind: "resources", resources: { batteryPercent: 50 } });
    }
    if (kind === "roster") fleet.say("c", "a", "alpha", { kind: "leave" });
    if (kind === "assignments") fleet.kill("c");
    if (kind === "order") fleet.hand("a", { kind: "order", order: orderFor("nobody", 1) });
    fleet.runFor(1_000);
    assert.ok(lost > 0, `nobody said ${kind}`);
    fleet.overhear = () => true;
    fleet.part(["a", "c"], ["b"]);
    fleet.heal();
    fleet.runFor(1_000);
    if (kind === "profile") assert.equal(fleet.cell("a").profileOf("b")?.power, 0.5);
    if (kind === "roster") {
      assert.deepEqual(fleet.cell("b").roster.record, fleet.cell("a").roster.record);
    }
    if (kind === "assignments") {
      assert.deepEqual(fleet.cell("b").duties.assignments, fleet.cell("a").duties.assignments);
    }
    if (kind === "order") assert.equal(fleet.cell("b").order?.number, 1);
  }
});

Deno.test("whoever is reached on another way, or in another life, is told all again, and once each", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  let told: string[] = [];
  fleet.overhear = (from, to, _cell, message) => {
    if (from === "a" && message.kind === "profile") told.push(to);
    return true;
  };
  const look = () => {
    told = [];
    for (let times = 0; times < 3; times++) fleet.hand("a", { kind: "peer", nodeId: "b" });
    return told;
  };
  assert.deepEqual(look(), []);
  fleet.vias.set("a b", "c");
  assert.deepEqual(look(), ["b"], "what was lost with the connection may go over c");
  fleet.vias.delete("a b");
  assert.deepEqual(look(), ["b"], "and what c lost, over the connection");
  const { heard } = fleet.member("a");
  heard.set("b", { ...heard.get("b")!, boot: 2 });
  assert.deepEqual(look(), ["b"], "a process that started anew knows nothing");
});

Deno.test("what a node says before it is a member again counts when it is, since it says it once", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.overhear = (from) => from !== "c";
  const [a, said] = [fleet.member("a"), { capabilities: [], policy: "hybrid" } as const];
  // A late beacon puts it out, and its own word that it is here comes before its next number does.
  a.heard.set("c", { boot: 1, cell: "beta" });
  fleet.hand("a", { kind: "peer", nodeId: "c" });
  const roster = { joined: { c: 1 }, removed: {} };
  fleet.say("c", "a", "alpha", { kind: "profile", profile: said, roster });
  assert.deepEqual(fleet.cell("a").roster.members, ["a", "b"]);
  fleet.say("c", "a", "alpha", { kind: "roster", roster: { joined: { c: 2 }, removed: {} } });
  assert.deepEqual(fleet.cell("a").roster.members, THREE);
  assert.deepEqual(fleet.cell("a").profileOf("c"), said);
});

Deno.test("what comes twice has no second effect", () => {
  const fleet = fleetOf(THREE);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  const said: (() => void)[] = [];
  fleet.overhear = (from, to, cellId, message) => {
    if (message.kind !== "election") said.push(() => fleet.say(from, to, cellId, message));
    return true;
  };
  fleet.hand("b", { kind: "resources", resources: { batteryPercent: 50 } });
  fleet.hand("c", { kind: "order", order: orderFor("b", 3) });
  fleet.kill("c");
  fleet.start("c");
  fleet.runFor(10_000);
  const state = () =>
    THREE.map((name) => [
      fleet.cell(name).roster.record,
      fleet.cell(name).duties.assignments,
      fleet.cell(name).standings,
      fleet.cell(name).election.leader,
      fleet.member(name).notices.length,
    ]);
  const before = structuredClone(state());
  const replayed = said.splice(0);
  assert.ok(replayed.length > 10);
  for (const again of replayed) again();
  assert.deepEqual(state(), before);
});

Deno.test("a cell says what it lacks until it is ready, and a person's approval holds for a day", () => {
  const rules = { leastMembers: 3, leastReadiness: 0.7, required: ["communication"] as const };
  const fleet = fleetOf([...THREE, "d"], {
    capabilitiesOf: () => [{ type: "communication", name: "radio", confidence: 0.9 }],
  });
  fleet.start("a");
  fleet.start("b");
  fleet.awaitLeader("alpha");
  fleet.runFor(2_000);
  const at = (name: string) => formationOf(fleet.cell(name), rules);
  assert.equal(at("a").state, "failed");
  assert.deepEqual(at("a").missing, ["1 more member"]);
  fleet.start("c");
  fleet.runFor(3_000);
  assert.equal(at("b").state, "awaiting-approval");
  const approval = { cellId: "alpha", issuer: "op", number: 5, proof: "" };
  fleet.hand("b", { kind: "order", order: { kind: "approval", ...approval } });
  fleet.runFor(1_000);
  for (const name of THREE) assert.equal(at(name).state, "ready");
  // Whoever comes later is told, and an order about the leader leaves it alone.
  fleet.hand("b", { kind: "order", order: orderFor("c", 6) });
  fleet.start("d");
  fleet.runFor(10_000);
  assert.equal(at("d").state, "ready");
  assert.equal(fleet.cell("d").approval?.issuer, "op");
  fleet.kill("c");
  fleet.kill("d");
  fleet.runFor(10_000);
  assert.equal(at("a").state, "failed");
  fleet.start("c");
  fleet.runFor(10_000);
  assert.equal(at("a").state, "ready");
  // The same one again does not make it hold longer.
  fleet.now += 24 * 3_600_000 - 60_000;
  fleet.hand("b", { kind: "order", order: { kind: "approval", ...approval } });
  fleet.now += 60_000;
  fleet.runFor(10_000);
  assert.equal(fleet.cell("b").approval, undefined);
});
