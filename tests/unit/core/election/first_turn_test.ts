import assert from "node:assert/strict";
import { Election } from "../../../../src/core/election/election.ts";
import type { ElectionOutput } from "../../../../src/core/election/election_io.ts";
import type { Member } from "../../../../src/core/election/electorate.ts";
import type { Candidacy } from "../../../../src/core/election/message.ts";
import { paceOf } from "../../../../src/core/election/pace.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { PROFILES } from "../../../../src/core/profile.ts";

const PACE = paceOf(PROFILES.tactical);

function electionOf(self: string): Election {
  return new Election({ self, pace: PACE, random: new Random(1), stored: undefined, now: 0 });
}

function members(ids: string, reachable: string): Member[] {
  return [...ids].map((nodeId) => ({
    nodeId,
    isPresent: true,
    isReachable: reachable.includes(nodeId),
    isEligible: true,
  }));
}

/** Wakes the member whenever it is due, until a time, and answers what it wanted. */
function advance(election: Election, until: number): ElectionOutput[] {
  const outputs: ElectionOutput[] = [];
  for (let at = election.deadline(); at <= until; at = election.deadline()) {
    election.handle(at, { kind: "due" });
    outputs.push(...drain(election));
  }
  return outputs;
}

Deno.test("whoever comes into reach before the first poll is waited for", () => {
  const election = electionOf("a");
  election.handle(0, { kind: "members", members: members("abc", "a") });
  const turnAt = election.deadline();
  assert.equal(turnAt, PACE.settleMs);
  election.handle(turnAt - 1, { kind: "members", members: members("abc", "ab") });
  assert.equal(election.deadline(), turnAt - 1 + PACE.settleMs);
  const polled = advance(election, election.deadline());
  assert.deepEqual(polled.map((output) => output.kind === "send" && output.to), ["b"]);
});

Deno.test("a member whose place among the others changes before the first poll takes its new turn", () => {
  const election = electionOf("b");
  election.handle(0, { kind: "members", members: members("bac", "abc") });
  assert.equal(election.deadline(), PACE.settleMs);
  election.handle(10, { kind: "members", members: members("abc", "abc") });
  assert.equal(election.deadline(), 10 + PACE.settleMs + PACE.roundMs);
});

Deno.test("a member that follows a claim votes for none below it", () => {
  const election = electionOf("b");
  election.handle(0, { kind: "members", members: members("abc", "abc") });
  const claim = { term: 5, nodeId: "c" };
  const message = {
    kind: "heartbeat",
    promiseMs: PACE.promiseMs,
    claim,
    sequence: 1,
    authority: "quorum",
    voters: [],
  } as const;
  election.handle(10, { kind: "message", from: "c", message });
  drain(election);
  election.handle(12, { kind: "persisted" });
  advance(election, 2 * PACE.promiseMs);

  function votes(term: number): boolean[] {
    const now = 2 * PACE.promiseMs + term;
    const candidacy: Candidacy = {
      kind: "candidacy",
      term,
      heardFrom: ["b", "c"],
      roundMs: PACE.roundMs,
    };
    election.handle(now, { kind: "message", from: "a", message: candidacy });
    const outputs = drain(election);
    if (outputs.some(({ kind }) => kind === "persist")) {
      election.handle(now, { kind: "persisted" });
      outputs.push(...drain(election));
    }
    return outputs.flatMap((output) =>
      output.kind === "send" && output.message.kind === "vote" ? [output.message.granted] : []
    );
  }

  assert.deepEqual(votes(5), [false], "a's claim to term 5 could have no effect here");
  assert.deepEqual(votes(6), [true]);
});

Deno.test("a member that just started follows, and lets nobody count on it that it did not vote for", () => {
  function isBoundAt(now: number): boolean | undefined {
    const election = electionOf("b");
    election.handle(0, { kind: "members", members: members("abc", "abc") });
    const claim = { term: 5, nodeId: "c" };
    const sequence = 1;
    const message = {
      kind: "heartbeat",
      promiseMs: PACE.promiseMs,
      claim,
      sequence,
      authority: "quorum",
      voters: [],
    } as const;
    advance(election, now);
    election.handle(now, { kind: "message", from: "c", message });
    drain(election);
    election.handle(now, { kind: "persisted" });
    const [said] = drain(election).flatMap((output) =>
      output.kind === "send" && output.message.kind === "acknowledgement" ? [output.message] : []
    );
    return said?.isBound;
  }
  assert.equal(isBoundAt(PACE.promiseMs - 1), false, "it may be bound to another and forgot it");
  assert.equal(isBoundAt(PACE.promiseMs), true);
});
