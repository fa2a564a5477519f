import assert from "node:assert/strict";
import fc from "fast-check";
import {
  HIGHEST_NUMBER,
  Roster,
  ROSTER_LIMIT,
  type RosterRecord,
} from "../../../../src/core/cell/roster.ts";

const NAMES = ["a", "b", "c", "d"];
const BOOTS = fc.dictionary(fc.constantFrom(...NAMES), fc.integer({ min: 0, max: 5 }));
const RECORD: fc.Arbitrary<RosterRecord> = fc.record({ joined: BOOTS, removed: BOOTS });

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
  assert.deepEqual(new Roster(merged(ahead, behind)).members, ["b"]);
});

Deno.test("a roster is bounded, and whoever finds no room is counted", () => {
  const roster = new Roster();
  for (let index = 0; index < ROSTER_LIMIT + 3; index++) roster.add(`n${index}`, 1);
  assert.equal(roster.members.length, ROSTER_LIMIT);
  assert.equal(roster.refused, 3);
});

Deno.test("a node enters under a number that nobody removed yet, however full the roster is", () => {
  const roster = new Roster({ joined: { a: 7 }, removed: { a: 9 } });
  assert.ok(roster.enter("a", 7));
  assert.deepEqual(roster.record.joined, { a: 10 });
  assert.ok(!roster.enter("a", 8));
  const full = new Roster();
  for (let index = 0; index < ROSTER_LIMIT; index++) full.add(`n${index}`, 1);
  assert.ok(full.enter("self", 1));
});

Deno.test("a number beyond every honest one is refused and counted", () => {
  const roster = new Roster({ joined: { a: 1 }, removed: { a: Number.MAX_SAFE_INTEGER } });
  assert.ok(roster.has("a"));
  roster.merge({ joined: { b: HIGHEST_NUMBER + 1 }, removed: {} });
  assert.ok(!roster.has("b"));
  assert.equal(roster.refused, 2);
});
