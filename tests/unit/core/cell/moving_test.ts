import assert from "node:assert/strict";
import { MOVES_AFTER_MS } from "../../../../src/core/cell/gathering.ts";
import type { CellSize } from "../../../../src/core/cell/rebalancing.ts";
import { Fleet, type FleetOptions } from "./fleet.ts";

const SIZE: CellSize = { least: 3, most: 6 };

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String.fromCharCode(97 + index));
}

function fleetOf(count: number, options: Partial<FleetOptions> = {}): Fleet {
  return new Fleet({
    names: names(count),
    capabilitiesOf: (name) => [
      { type: "compute", name: "cpu", confidence: 1 - (name.charCodeAt(0) - 97) / 20 },
    ],
    settingsOf: () => ({ size: SIZE }),
    ...options,
  });
}

function sizes(fleet: Fleet): number[] {
  const counts = new Map<string, number>();
  for (const cell of Object.values(fleet.cells)) {
    counts.set(cell ?? "", (counts.get(cell ?? "") ?? 0) + 1);
  }
  return [...counts.values()].sort();
}

/** Everybody's roster is just who is in its cell, and all of a cell follow one leader. */
function isInOrder(fleet: Fleet): boolean {
  const cells = Object.entries(fleet.cells);
  return cells.every(([name, cellId]) => {
    const company = cells.filter(([_, other]) => other === cellId).map(([other]) => other);
    return cellId !== undefined && fleet.leaderOf(cellId) !== undefined &&
      fleet.cell(name).roster.members.join() === company.join();
  });
}

function isWithin(fleet: Fleet, { least, most }: CellSize = SIZE): boolean {
  return isInOrder(fleet) && sizes(fleet).every((count) => count >= least && count <= most);
}

Deno.test("a cell that is too large parts in two, each with a leader of its own, and stays so", () => {
  const fleet = fleetOf(8);
  fleet.startAll();
  assert.ok(fleet.runUntil(30_000, () => isWithin(fleet)), JSON.stringify(fleet.cells));
  assert.deepEqual(sizes(fleet), [4, 4]);
  const settled = fleet.cells;
  fleet.runFor(300_000);
  assert.deepEqual(fleet.cells, settled);
  assert.ok(isWithin(fleet));
});

Deno.test("a cell that is too small goes into another, and nobody is lost", () => {
  const fleet = fleetOf(6, { cellOf: (name) => name < "e" ? "alpha" : "beta" });
  fleet.startAll();
  assert.ok(fleet.runUntil(30_000, () => isWithin(fleet)), JSON.stringify(fleet.cells));
  assert.ok(Object.values(fleet.cells).every((cell) => cell === "alpha"));
  const settled = fleet.cells;
  fleet.runFor(300_000);
  assert.deepEqual(fleet.cells, settled);
});

Deno.test("a cell that is too small and fits nowhere is filled up by the largest", () => {
  const fleet = fleetOf(8, { cellOf: (name) => name < "g" ? "alpha" : "beta" });
  fleet.startAll();
  assert.ok(fleet.runUntil(60_000, () => isWithin(fleet)), JSON.stringify(fleet.cells));
  assert.deepEqual(sizes(fleet), [3, 5]);
});

Deno.test("without limits nobody is moved, and neither is a node whose operator set none", () => {
  const fleet = fleetOf(8, { settingsOf: () => ({}) });
  fleet.startAll();
  fleet.runFor(120_000);
  assert.deepEqual(sizes(fleet), [8]);
  const mixed = fleetOf(8, { settingsOf: (name) => name < "c" ? {} : { size: SIZE } });
  mixed.startAll();
  mixed.runFor(120_000);
  assert.deepEqual([mixed.cells["a"], mixed.cells["b"]], ["alpha", "alpha"]);
});

Deno.test("a part without quorum moves nobody", () => {
  const fleet = fleetOf(5);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  fleet.runFor(5_000);
  fleet.part(["a", "b"], ["c"], ["d"], ["e"]);
  fleet.runFor(120_000);
  assert.deepEqual(sizes(fleet), [5]);
});

Deno.test("a message that moves members is said again until their beacons name the new cell", () => {
  const fleet = fleetOf(8);
  let said = 0;
  fleet.overhear = (_from, _to, _cell, message) => message.kind !== "moved" || ++said > 20;
  fleet.startAll();
  assert.ok(fleet.runUntil(60_000, () => isWithin(fleet)), JSON.stringify(fleet.cells));
  assert.ok(said > 20);
});

Deno.test("a leader that ends after half were told leaves nobody without a cell", () => {
  for (const told of [1, 2, 3]) {
    const fleet = fleetOf(9);
    let said = 0;
    let leader: string | undefined;
    fleet.overhear = (from, _to, _cell, message) => {
      if (message.kind !== "moved") return true;
      leader ??= from;
      return from !== leader || ++said <= told;
    };
    fleet.startAll();
    assert.ok(fleet.runUntil(30_000, () => said > told));
    fleet.kill(leader!);
    fleet.overhear = () => true;
    fleet.start(leader!);
    assert.ok(fleet.runUntil(120_000, () => isWithin(fleet)), JSON.stringify(fleet.cells));
    const settled = fleet.cells;
    fleet.runFor(120_000);
    assert.deepEqual(fleet.cells, settled);
  }
});

Deno.test("a leader that is cut off after half were told takes nobody back when it returns", () => {
  const fleet = fleetOf(9);
  let said = 0;
  fleet.overhear = (_from, _to, _cell, message) => message.kind !== "moved" || ++said <= 2;
  fleet.startAll();
  assert.ok(fleet.runUntil(30_000, () => said > 2));
  fleet.overhear = () => true;
  fleet.part(["a"], names(9).slice(1));
  fleet.runFor(60_000);
  fleet.heal();
  assert.ok(fleet.runUntil(120_000, () => isWithin(fleet)), JSON.stringify(fleet.cells));
});

Deno.test("after a restart a node is in the cell that it was moved to", () => {
  const fleet = fleetOf(8);
  fleet.startAll();
  fleet.runUntil(30_000, () => isWithin(fleet));
  const settled = fleet.cells;
  for (const name of names(8)) fleet.kill(name);
  fleet.runFor(5_000);
  fleet.startAll();
  assert.deepEqual(fleet.cells, settled);
  assert.ok(fleet.runUntil(30_000, () => isWithin(fleet)));
});

Deno.test("a node whose operator names another cell than before is in that one", () => {
  let configured = "alpha";
  const fleet = fleetOf(8, { cellOf: () => configured });
  fleet.startAll();
  fleet.runUntil(30_000, () => isWithin(fleet));
  const moved = names(8).find((name) => fleet.cells[name] !== "alpha")!;
  fleet.kill(moved);
  configured = "gamma";
  fleet.start(moved);
  assert.equal(fleet.cells[moved], "gamma");
});

Deno.test("a node that comes back to a cell is a member again, and remembers its vote there", () => {
  const fleet = fleetOf(8);
  fleet.startAll();
  fleet.runUntil(30_000, () => isWithin(fleet));
  const moved = names(8).find((name) => fleet.cells[name] !== "alpha")!;
  const other = fleet.cells[moved]!;
  const term = fleet.cell(moved).election.term;
  // Two of the other half end, so that it is too small and comes back.
  const company = names(8).filter((name) => fleet.cells[name] === other && name !== moved);
  for (const name of company.slice(0, 2)) fleet.say(name, moved, other, { kind: "leave" });
  for (const name of company.slice(0, 2)) {
    for (const peer of company.slice(2)) fleet.say(name, peer, other, { kind: "leave" });
    fleet.kill(name);
  }
  assert.ok(fleet.runUntil(60_000, () => fleet.cells[moved] === "alpha" && isWithin(fleet)));
  assert.ok(fleet.cell("a").roster.has(moved));
  const ballot = fleet.member(moved).stored[`cell ${other} ballot`] as { term: number };
  assert.ok(ballot.term >= term);
});

Deno.test("who was replaced moves nobody any more", () => {
  const fleet = fleetOf(5);
  fleet.startAll();
  fleet.awaitLeader("alpha");
  const stale = fleet.cell("a").election.leader!;
  fleet.part(["a"], ["b", "c", "d", "e"]);
  fleet.runFor(10_000);
  const members = ["c", "d"];
  fleet.say("a", "c", "alpha", { kind: "moved", claim: stale, to: "beta", members });
  const current = fleet.cell("c").election.leader!;
  fleet.say("a", "d", "alpha", { kind: "moved", claim: current, to: "beta", members });
  assert.equal(fleet.cells["c"], "alpha");
  assert.equal(fleet.cells["d"], "alpha");
  fleet.say("b", "c", "alpha", { kind: "moved", claim: current, to: "beta", members });
  assert.equal(fleet.cells["c"], "beta");
  const told = fleet.member("c").notices.filter(({ type }) => type === "cellChanged");
  fleet.say("b", "c", "alpha", { kind: "moved", claim: current, to: "beta", members });
  assert.deepEqual(fleet.member("c").notices.filter(({ type }) => type === "cellChanged"), told);
});

const HERE = { latitude: 52.52, longitude: 13.405 };
const NEAR = { latitude: 52.5201, longitude: 13.4051 };
const AWAY = { latitude: 52.6, longitude: 13.5 };

function gatheringFleet(count: number): Fleet {
  return fleetOf(count, { settingsOf: () => ({ gathers: true }), cellOf: () => undefined });
}

Deno.test("nodes that were told of no cell are in that of the place where they meet, and alone in none", () => {
  const fleet = gatheringFleet(4);
  fleet.positions.set("a", HERE).set("b", NEAR).set("c", AWAY);
  fleet.startAll();
  fleet.runFor(20_000);
  const { a, b, c, d } = fleet.cells;
  assert.match(a!, /^geo-[0-9a-z]{7}$/);
  assert.equal(b, a);
  // One is alone where it is, one does not know where it is.
  assert.deepEqual([c, d], [undefined, undefined]);
  assert.ok(["a", "b"].includes(fleet.awaitLeader(a!)));
});

Deno.test("a node that goes elsewhere changes cells once it has been there in company for a while", () => {
  const fleet = gatheringFleet(4);
  fleet.positions.set("a", HERE).set("b", HERE).set("c", AWAY).set("d", AWAY);
  fleet.startAll();
  fleet.runFor(10_000);
  const { a: here, c: away } = fleet.cells;
  assert.notEqual(here, away);
  fleet.positions.set("b", AWAY);
  fleet.runFor(MOVES_AFTER_MS - 1_000);
  assert.equal(fleet.cells["b"], here);
  fleet.runFor(10_000);
  assert.equal(fleet.cells["b"], away);
  assert.deepEqual(fleet.cell("c").roster.members, ["b", "c", "d"]);
  // Alone here now, a stays; and after a restart everybody is where it was.
  assert.equal(fleet.cells["a"], here);
  fleet.kill("b");
  fleet.start("b");
  assert.equal(fleet.cells["b"], away);
});

Deno.test("a node at an edge that is now here, now there, stays in its cell", () => {
  const fleet = gatheringFleet(4);
  fleet.positions.set("a", HERE).set("b", HERE).set("c", AWAY).set("d", AWAY);
  fleet.startAll();
  fleet.runFor(10_000);
  const { b: before } = fleet.cells;
  for (let turn = 0; turn < 10; turn++) {
    fleet.positions.set("b", turn % 2 === 0 ? AWAY : HERE);
    fleet.runFor(MOVES_AFTER_MS - 5_000);
    assert.equal(fleet.cells["b"], before);
  }
});

Deno.test("a node that an operator put in a cell is not moved by its place, after a restart too", () => {
  const fleet = gatheringFleet(4);
  fleet.positions.set("a", HERE).set("b", HERE).set("c", AWAY).set("d", AWAY);
  fleet.startAll();
  fleet.runFor(10_000);
  const { a: here } = fleet.cells;
  for (const name of ["b", "c"]) fleet.hand(name, { kind: "assign", cellId: "red" });
  assert.ok(["b", "c"].includes(fleet.awaitLeader("red")));
  assert.deepEqual(fleet.cell("b").roster.members, ["b", "c"]);
  assert.equal(fleet.cells["a"], here);
  const causes = fleet.member("b").notices.flatMap((notice) =>
    notice.type === "cellChanged" ? [notice.cause] : []
  );
  assert.deepEqual(causes, ["place", "order"]);
  fleet.positions.set("b", AWAY);
  fleet.runFor(2 * MOVES_AFTER_MS);
  assert.equal(fleet.cells["b"], "red");
  fleet.kill("b");
  fleet.start("b");
  fleet.runFor(2 * MOVES_AFTER_MS);
  assert.equal(fleet.cells["b"], "red");
});

Deno.test("an operator's word puts a node that is in no cell into one, once it may speak", () => {
  const fleet = fleetOf(2, { settingsOf: () => ({}), cellOf: () => undefined });
  fleet.startAll();
  fleet.runFor(5_000);
  assert.deepEqual(Object.values(fleet.cells), [undefined, undefined]);
  for (const name of ["a", "b"]) fleet.hand(name, { kind: "assign", cellId: "red" });
  fleet.awaitLeader("red");
  fleet.kill("a");
  fleet.start("a");
  assert.equal(fleet.cells["a"], "red");
});

Deno.test("a node that is ordered to be where its place put it stays there when it goes elsewhere", () => {
  const fleet = gatheringFleet(4);
  fleet.positions.set("a", HERE).set("b", HERE).set("c", AWAY).set("d", AWAY);
  fleet.startAll();
  fleet.runFor(10_000);
  const { b: here } = fleet.cells;
  fleet.hand("b", { kind: "assign", cellId: here! });
  fleet.runFor(1_000);
  fleet.kill("b");
  fleet.positions.set("b", AWAY);
  fleet.start("b");
  fleet.runFor(2 * MOVES_AFTER_MS);
  assert.equal(fleet.cells["b"], here);
});
