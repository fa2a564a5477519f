import assert from "node:assert/strict";
import { statusRows } from "../../../commands/election/status_rows.ts";
import type { ElectionView } from "../../../src/control/election_contract.ts";

const SINCE = "2026-01-02T03:04:05.000Z";
const MEMBERS = ["a", "b", "c", "d", "e"].map((nodeId, index) => ({
  nodeId,
  present: index < 2,
  deputy: index === 1,
}));

function viewOf(changed: Partial<ElectionView>): ElectionView {
  return {
    ...{ cell: "alpha", nodeId: "a", leaderId: "a", term: 2, authority: "autonomous" },
    ...{ state: "leader", since: SINCE, leaseMs: 0, members: MEMBERS, transitions: 2 },
    ...{ patienceMs: 1_500, counts: {}, bounds: { answersDropped: 3, membersRefused: 0 } },
    ...changed,
  };
}

function rowsOf(changed: Partial<ElectionView>): Record<string, string> {
  return Object.fromEntries(statusRows(viewOf(changed), Date.parse(SINCE) + 34_000));
}

Deno.test("a leader without quorum says how many quorum takes, and of no quorum how long it lasts", () => {
  assert.deepEqual(rowsOf({}), {
    cell: "alpha",
    leader: "a",
    term: "2",
    authority: "autonomous (quorum takes 3 of 5)",
    since: `${SINCE} (34s ago)`,
    state: "leader",
    members: "5, 2 present",
    changes: "2",
    patience: "1.5s",
    "at bounds": "answersDropped 3",
  });
  const pair = rowsOf({ members: MEMBERS.slice(0, 2) });
  assert.equal(pair.authority, "autonomous (quorum takes 2 of 2)");
});

Deno.test("a leader with quorum says how long it holds, and a member how long its promise does", () => {
  const { authority, ...leader } = rowsOf({ authority: "quorum", leaseMs: 969 });
  assert.equal(authority, "quorum");
  assert.equal(leader["quorum for"], "969ms");
  const member = rowsOf({ state: "follower", leaderId: "b", leaseMs: 1_200 });
  assert.equal(member["promise for"], "1.2s");
  assert.equal(member["quorum for"], undefined);
  const { leaderId: _, since: __, authority: ___, leaseMs: ____, ...nobody } = viewOf({});
  const rows = Object.fromEntries(statusRows({ ...nobody, state: "candidate" }, 0));
  assert.equal(rows.leader, "nobody");
  assert.equal(rows.authority, undefined);
});
