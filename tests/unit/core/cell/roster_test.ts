import assert from "node:assert/strict";
import fc from "fast-check";
import {
  FORGOTTEN_LIMIT,
  HIGHEST_NUMBER,
  REMOVAL_TOLD_MS,
  Roster,
  ROSTER_LIMIT,
  type RosterRecord,
} from "../../../../src/core/cell/roster.ts";

const NAMES = ["a", "b", "c", "d"];
const BOOTS = fc.dictionary(fc.constantFrom(...NAMES), fc.integer({ min: 0, max: 5 }));
const RECORD: fc.Arbitrary<RosterRecord> = fc.record({ joined: BOOTS, removed: BOOTS });

function rosterOf(record: RosterRecord): Roster {
  return new Roster({ ...record, forgotten: {} });
}

function merged(...records: RosterRecord[]): RosterRecord {
  const roster = new Roster();
  for (const record of records) roster.merge(record);
  return roster.record;
}

Deno.test("rosters merge to the same one in any order, and merging twice changes nothing", () => {
  fc.assert(fc.property(RECORD, RECORD, RECORD, (left, middle, right) => {
    assert.deepEqual(merged(left, middle, right), merged(right, left, middle));
    assert.deepEqual(merged(merged(left, middle), right), merged(left, merged(middle, right)));
    assert.deepEqual(merged(left, left), merged(left));
  }));
});

Deno.test("whoever was removed is a member again only after another start", () => {
  const roster = new Roster();
  roster.add("a", 7);
  assert.ok(roster.remove("a"));
  assert.ok(!roster.add("a", 7));
  assert.deepEqual(roster.members, []);
  assert.ok(roster.add("a", 8));
  assert.deepEqual(roster.members, ["a"]);
});

Deno.test("a removal is not undone by somebody who did not hear of it", () => {
  const behind = { joined: { a: 3, b: 1 }, removed: {} };
  const ahead = merged(behind, { joined: {}, removed: { a: 3 } });
  assert.deepEqual(rosterOf(merged(ahead, behind)).members, ["b"]);
});

Deno.test("a roster is bounded, and whoever finds no room is counted", () => {
  const roster = new Roster();
  for (let index = 0; index < ROSTER_LIMIT + 3; index++) roster.add(`n${index}`, 1);
  assert.equal(roster.members.length, ROSTER_LIMIT);
  assert.equal(roster.refused, 3);
});

Deno.test("a node enters under a number that nobody removed yet, however full the roster is", () => {
  const roster = rosterOf({ joined: { a: 7 }, removed: { a: 9 } });
  assert.ok(roster.enter("a", 7));
  assert.deepEqual(roster.record.joined, { a: 10 });
  assert.ok(!roster.enter("a", 8));
  const full = new Roster();
  for (let index = 0; index < ROSTER_LIMIT; index++) full.add(`n${index}`, 1);
  assert.ok(full.enter("self", 1));
});

Deno.test("a number beyond every honest one is refused and counted", () => {
  const roster = rosterOf({ joined: { a: 1 }, removed: { a: Number.MAX_SAFE_INTEGER } });
  assert.ok(roster.has("a"));
  roster.merge({ joined: { b: HIGHEST_NUMBER + 1 }, removed: {} });
  assert.ok(!roster.has("b"));
  assert.equal(roster.refused, 2);
});

/** Knew `a` and `b`, and that `a` was removed, for longer than it tells of that. */
function forgetful(): Roster {
  const roster = rosterOf({ joined: { a: 7, b: 1 }, removed: { a: 7 } });
  assert.ok(!roster.forget(0));
  assert.ok(!roster.forget(REMOVAL_TOLD_MS - 1));
  assert.deepEqual(roster.record.removed, { a: 7 });
  assert.ok(roster.forget(REMOVAL_TOLD_MS));
  assert.deepEqual(roster.record, { joined: { b: 1 }, removed: {} });
  return roster;
}

Deno.test("a removal is told for a day, and no old roster brings the member back after it", () => {
  const old: RosterRecord = { joined: { a: 7, b: 1 }, removed: {} };
  const roster = forgetful();
  assert.ok(roster.merge(old), "whoever said so is to be told");
  assert.deepEqual(roster.members, ["b"]);
  assert.deepEqual(roster.record.removed, { a: 7 });
  // Also not after a restart.
  const restarted = new Roster(forgetful().stored);
  assert.ok(restarted.merge(old));
  assert.deepEqual(restarted.members, ["b"]);
});

Deno.test("whoever remembers a removal longer than others does not remind them of it for ever", () => {
  const roster = forgetful();
  assert.ok(!roster.merge({ joined: { a: 7, b: 1 }, removed: { a: 7 } }));
  assert.deepEqual(roster.record, { joined: { b: 1 }, removed: {} });
});

Deno.test("a node that was forgotten enters under a number that it never had", () => {
  const roster = forgetful();
  assert.ok(roster.enter("a", 7));
  assert.deepEqual(roster.record.joined, { a: 8, b: 1 });
  const later = forgetful();
  assert.ok(later.add("a", 9));
  assert.deepEqual(later.members, ["a", "b"]);
});

Deno.test("a member that was removed twice is forgotten a day after the second time", () => {
  const roster = rosterOf({ joined: { a: 1 }, removed: { a: 1 } });
  roster.forget(0);
  roster.enter("a", 1);
  roster.remove("a");
  roster.forget(1_000);
  assert.ok(!roster.forget(REMOVAL_TOLD_MS));
  assert.ok(roster.forget(REMOVAL_TOLD_MS + 1_000));
});

Deno.test("a full roster forgets whoever was removed first, to make room, and counts it", () => {
  const roster = new Roster();
  for (let index = 0; index < ROSTER_LIMIT; index++) roster.add(`n${index}`, 1);
  roster.remove("n5");
  roster.remove("n2");
  assert.ok(roster.add("late", 1));
  assert.ok(!("n5" in roster.record.joined) && "n2" in roster.record.removed);
  assert.deepEqual([roster.hurried, roster.refused, roster.forgotten], [1, 0, 1]);
  assert.ok(!roster.merge({ joined: { n5: 1 }, removed: { n5: 1 } }));
  assert.ok(roster.add("later", 1));
  assert.ok(!roster.add("last", 1));
  assert.deepEqual([roster.hurried, roster.refused], [2, 1]);
});

Deno.test("how many forgotten removals are remembered is bounded, and what is lost is counted", () => {
  const roster = new Roster();
  for (let index = 0; index < FORGOTTEN_LIMIT + 4; index++) {
    roster.add(`n${index}`, 1);
    roster.remove(`n${index}`);
    roster.forget(index * 2 * REMOVAL_TOLD_MS);
    roster.forget((index * 2 + 1) * REMOVAL_TOLD_MS);
  }
  assert.deepEqual([roster.forgotten, roster.lost], [FORGOTTEN_LIMIT, 4]);
});
