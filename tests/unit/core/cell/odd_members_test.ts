import assert from "node:assert/strict";
import type { Capability } from "../../../../src/core/capability/capability.ts";
import { viewOf } from "../../../../src/core/cell/choice.ts";
import { explainElection } from "../../../../src/core/cell/explanation.ts";
import { Fleet } from "./fleet.ts";

const FIVE = ["a", "b", "c", "d", "e"];

function compute(confidence: number): Capability[] {
  return [{ type: "compute", name: "cpu", confidence }];
}

Deno.test("of ten members with equal scores the one with the highest id leads, and nobody else", () => {
  const names = [..."abcdefghij"];
  const fleet = new Fleet({ names, capabilitiesOf: () => compute(0.5) });
  fleet.startAll();
  assert.equal(fleet.awaitLeader("alpha"), "j");
  fleet.runFor(10_000);
  const leading = names.filter((name) => fleet.cell(name).election.leadership !== undefined);
  assert.deepEqual(leading, ["j"]);
});

Deno.test("scores that are no numbers, or beyond all numbers, make no leader and stop no election", () => {
  const odd: Readonly<Record<string, number>> = {
    a: NaN,
    b: -3,
    c: Infinity,
    d: -Infinity,
    e: 0.4,
  };
  const fleet = new Fleet({ names: FIVE, capabilitiesOf: (name) => compute(odd[name]!) });
  fleet.startAll();
  assert.equal(fleet.awaitLeader("alpha"), "c", "what is beyond one counts as one");
  fleet.kill("c");
  assert.ok(fleet.runUntil(10_000, () => fleet.leaderOf("alpha") === "e"));
});

Deno.test("a member that says of itself to some what it does not say to others splits nobody", () => {
  const fleet = new Fleet({
    names: FIVE,
    capabilitiesOf: (name) => compute(1 - (name.charCodeAt(0) - 97) / 20),
  });
  fleet.startAll();
  assert.equal(fleet.awaitLeader("alpha"), "a");
  const lie = (to: string, confidence: number) =>
    fleet.say("e", to, "alpha", {
      kind: "profile",
      profile: { capabilities: compute(confidence) },
      roster: { joined: {}, removed: {} },
    });
  for (const [to, confidence] of [["b", 1], ["c", 0], ["d", 1]] as const) lie(to, confidence);
  const order = (name: string) => fleet.cell(name).standings.map(({ nodeId }) => nodeId).join("");
  assert.notEqual(order("b"), order("c"));
  fleet.kill("a");
  assert.ok(fleet.runUntil(10_000, () => fleet.leaderOf("alpha") !== undefined));
  const leader = fleet.leaderOf("alpha")!;
  assert.equal(fleet.cell(leader).election.authority(fleet.now), "quorum");
  const leading = ["b", "c", "d", "e"].filter((name) =>
    fleet.cell(name).election.leadership !== undefined
  );
  assert.deepEqual(leading, [leader]);
});

Deno.test("whoever is ordered to lead does so in a higher term", () => {
  const fleet = new Fleet({ names: FIVE, capabilitiesOf: () => compute(0.5) });
  fleet.startAll();
  assert.equal(fleet.awaitLeader("alpha"), "e");
  const before = fleet.cell("a").election.leader!.term;
  const order = { cellId: "alpha", leader: "b", issuer: "op", number: 1, proof: "" } as const;
  fleet.hand("d", { kind: "order", order: { kind: "order", ...order } });
  assert.ok(fleet.runUntil(5_000, () => fleet.leaderOf("alpha") === "b"));
  assert.ok(fleet.cell("a").election.leader!.term > before);
  // The one that it replaced has no say any more.
  assert.ok(!fleet.cell("a").election.accepts({ term: before, nodeId: "e" }));
});

Deno.test("what explains a choice is what a person works out by hand from the same numbers", () => {
  const sensor = (name: string): Capability => ({ type: "sensor", name, confidence: 0.1 });
  const fleet = new Fleet({
    names: ["a", "b"],
    capabilitiesOf: (name) =>
      name === "b" ? compute(0.2) : [
        ...compute(0.8),
        { type: "communication", name: "radio", confidence: 0.6 },
        sensor("eye"),
        sensor("ear"),
      ],
    settingsOf: (name) => ({
      policy: "hybrid",
      ...(name === "a"
        ? { operator: { rank: "O3", authority: "commander", cognitiveLoad: 0.2, fatigue: 0.1 } }
        : {}),
    }),
  });
  fleet.startAll();
  for (const name of ["a", "b"]) {
    const batteryPercent = name === "a" ? 50 : 90;
    fleet.hand(name, { kind: "resources", resources: { batteryPercent } });
  }
  assert.equal(fleet.awaitLeader("alpha"), "a");
  fleet.runFor(2_000);
  const { choice } = fleet.member("b").affiliation!;
  const [first, second] = explainElection({ now: viewOf(fleet.cell("b")), choice });
  const close = (actual: number, byHand: number) => assert.ok(Math.abs(actual - byHand) < 1e-12);
  // 0.30 of 0.8, 0.25 of 0.6, 0.20 of two sensors of a quarter each, 0.15 of 50%, 0.10 of all.
  close(first!.score.total, 0.24 + 0.15 + 0.1 + 0.075 + 0.1);
  // Captain, commander, calm by four fifths.
  close(first!.operatorScore!, 0.6 * 0.95 + 0.3 * 0.8 + 0.1 * 0.8);
  close(first!.total, 0.6 * 0.89 + 0.4 * 0.665);
  close(second!.total, 0.4 * (0.3 * 0.2 + 0.15 * 0.9 + 0.1));
  assert.match(first!.reason, /^won: 0\.80 is the highest of 2/);
  assert.equal(second!.reason, "lost to a by 0.68");
});
