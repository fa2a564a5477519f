import assert from "node:assert/strict";
import { Cell } from "../../../../src/core/cell/cell.ts";
import { Choices } from "../../../../src/core/cell/choice.ts";
import type { CellOrder } from "../../../../src/core/cell/message.ts";
import type { MemberProfile } from "../../../../src/core/cell/standings.ts";
import { paceOf } from "../../../../src/core/election/pace.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { PROFILES } from "../../../../src/core/profile.ts";

const NOTHING: MemberProfile = { capabilities: [] };

/** A cell of two, of whose other member only the beacon was heard. */
function cellOfTwo(): Cell {
  const cell = new Cell({
    cellId: "red",
    self: "n1",
    boot: 1,
    profile: NOTHING,
    phase: "cell",
    pace: paceOf(PROFILES.fast),
    random: new Random("seed"),
    stored: { roster: undefined, ballot: undefined },
    now: 0,
    others: () => [],
  });
  const peer = { nodeId: "n2", boot: 1, cellId: "red", isPresent: true, via: "n2" };
  cell.handle(0, { kind: "peer", peer: { ...peer, profile: NOTHING } });
  return cell;
}

function introduce(cell: Cell, profile: MemberProfile): void {
  const roster = cell.roster.record;
  cell.handle(1, { kind: "message", from: "n2", message: { kind: "profile", profile, roster } });
}

const ORDER: CellOrder = {
  kind: "order",
  cellId: "red",
  leader: "n2",
  issuer: "n1",
  number: 1,
  proof: "",
};

function standingOf(choices: Choices, nodeId: string) {
  return choices.last?.standings.find((standing) => standing.nodeId === nodeId);
}

Deno.test("what a member says of itself for the first time held when the leader was elected, too", () => {
  const cell = cellOfTwo();
  const choices = new Choices();
  choices.noteLeader(cell, { term: 1, nodeId: "n1" });
  assert.equal(standingOf(choices, "n2")?.obstacle, undefined);
  introduce(cell, { ...NOTHING, isObserver: true });
  choices.hear(cell);
  assert.equal(standingOf(choices, "n2")?.obstacle, "it is an observer");
});

Deno.test("what a member says later does not change why the leader was elected", () => {
  const cell = cellOfTwo();
  const choices = new Choices();
  introduce(cell, NOTHING);
  choices.noteLeader(cell, { term: 1, nodeId: "n1" });
  introduce(cell, { capabilities: [{ type: "compute", name: "compute", confidence: 1 }] });
  choices.hear(cell);
  assert.equal(standingOf(choices, "n2")?.score.compute, 0);
  // A higher term of the same leader is no other choice, and the same after a gap is one.
  choices.noteLeader(cell, { term: 2, nodeId: "n1" });
  assert.deepEqual([choices.last?.leader.term, standingOf(choices, "n2")?.score.compute], [2, 0]);
  choices.noteLeader(cell, undefined);
  choices.noteLeader(cell, { term: 3, nodeId: "n1" });
  assert.equal(standingOf(choices, "n2")?.score.compute, 1);
});

Deno.test("an order explains the leader that it names, until it is over", () => {
  const cell = cellOfTwo();
  const choices = new Choices();
  choices.noteOrder(ORDER);
  choices.noteLeader(cell, { term: 1, nodeId: "n1" });
  assert.equal(choices.last?.orderedBy, undefined);
  choices.noteLeader(cell, { term: 2, nodeId: "n2" });
  assert.equal(choices.last?.orderedBy, "n1");
  choices.noteOrder(undefined);
  choices.noteLeader(cell, { term: 3, nodeId: "n1" });
  choices.noteLeader(cell, { term: 4, nodeId: "n2" });
  assert.equal(choices.last?.orderedBy, undefined);
});
