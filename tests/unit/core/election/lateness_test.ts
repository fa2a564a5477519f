import assert from "node:assert/strict";
import { Election } from "../../../../src/core/election/election.ts";
import type { ElectionOutput } from "../../../../src/core/election/election_io.ts";
import { paceOf } from "../../../../src/core/election/pace.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { PROFILES } from "../../../../src/core/profile.ts";
import { Parliament } from "./parliament.ts";

const PACE = paceOf(PROFILES.fast);
const CLAIM = { term: 1, nodeId: "a" };
/** Nothing that was promised before the start binds any more. */
const HEARD_AT = Math.max(PACE.promiseMs, PACE.voteHoldMs) + 1;

/** A member that follows `a` and hears nothing more of it from `HEARD_AT` on. */
function follower(...delaysMs: number[]): Election {
  const election = new Election({
    self: "b",
    pace: PACE,
    random: new Random(1),
    stored: undefined,
    now: 0,
  });
  const members = ["a", "b", "c"].map((nodeId) => ({
    nodeId,
    isPresent: true,
    isReachable: true,
    isEligible: true,
  }));
  election.handle(0, { kind: "members", members });
  advance(election, HEARD_AT);
  for (const lateMs of delaysMs) election.handle(HEARD_AT, { kind: "late", lateMs });
  const heartbeat = {
    kind: "heartbeat",
    promiseMs: PACE.promiseMs,
    claim: CLAIM,
    sequence: 1,
    voters: [],
  } as const;
  const message = { ...heartbeat, authority: "quorum" } as const;
  election.handle(HEARD_AT, { kind: "message", from: "a", message });
  election.handle(HEARD_AT, { kind: "persisted" });
  drain(election);
  return election;
}

function advance(election: Election, to: number): ElectionOutput[] {
  const outputs: ElectionOutput[] = [];
  for (let at = election.deadline(); at <= to; at = election.deadline()) {
    election.handle(at, { kind: "due" });
    outputs.push(...drain(election));
  }
  return outputs;
}

/** After how long without a word the leader is given up. */
function patienceOf(election: Election): number {
  let at = HEARD_AT;
  for (; election.leader !== undefined; at++) advance(election, at);
  return at - 1 - HEARD_AT;
}

Deno.test("whoever's own timers are late again and again waits that much longer for its leader", () => {
  assert.equal(patienceOf(follower()), PACE.promiseMs);
  assert.equal(patienceOf(follower(300, 250)), PACE.promiseMs + 250);
});

Deno.test("one late timer is no reason to be patient", () => {
  assert.equal(patienceOf(follower(400)), PACE.promiseMs);
});

Deno.test("a leader that is gone is given up by the most starved member after twice the time", () => {
  assert.equal(patienceOf(follower(5_000, 5_000, 5_000)), 2 * PACE.promiseMs);
});

Deno.test("delays of a while ago do not count any more", () => {
  const election = follower(300, 300);
  const message = {
    kind: "heartbeat",
    promiseMs: PACE.promiseMs,
    claim: CLAIM,
    sequence: 2,
    voters: [],
  } as const;
  const later = HEARD_AT + 500;
  election.handle(later, {
    kind: "message",
    from: "a",
    message: { ...message, authority: "quorum" },
  });
  assert.equal(election.deadline(), later + PACE.doubtMs);
  let at = later;
  for (let sequence = 3; at < HEARD_AT + 11_000; sequence++) {
    at += PACE.heartbeatMs;
    const heartbeat = { ...message, sequence, authority: "quorum" } as const;
    election.handle(at, { kind: "message", from: "a", message: heartbeat });
  }
  advance(election, at + PACE.promiseMs);
  assert.equal(election.leader, undefined);
});

Deno.test("a member that waits longer than it promised votes for nobody, and vouches for nobody", () => {
  const election = follower(500, 500);
  const now = HEARD_AT + PACE.promiseMs + 100;
  advance(election, now);
  election.handle(now, { kind: "message", from: "c", message: { kind: "poll", round: 1 } });
  const [answer] = drain(election).flatMap((output) =>
    output.kind === "send" && output.message.kind === "pollAnswer" ? [output.message] : []
  );
  assert.equal(answer?.verdict, "bound");
  // Who asks takes a leader that was heard within a heartbeat for one that lives.
  assert.equal(answer.bond!.heardMsAgo, PACE.promiseMs + 100);
});

Deno.test("a leader is asked for less often while it is waited for longer than it was promised", () => {
  const election = follower(5_000, 5_000);
  const inquiries = (to: number) =>
    advance(election, to).filter((output) =>
      output.kind === "send" && output.message.kind === "inquiry" && output.to === "a"
    ).length;
  const before = inquiries(HEARD_AT + PACE.promiseMs);
  const after = inquiries(HEARD_AT + 2 * PACE.promiseMs - 1);
  assert.ok(before >= 3 && after >= 2 && after <= 4, `${before} before, ${after} after`);
});

Deno.test("a member that wakes late reads what waits for it before it gives its leader up", () => {
  const wake = () => {
    const election = follower();
    advance(election, HEARD_AT + PACE.promiseMs - 1);
    assert.equal(election.deadline(), HEARD_AT + PACE.promiseMs);
    election.handle(late, { kind: "due" });
    assert.equal(election.leader?.nodeId, "a");
    return election;
  };
  const late = HEARD_AT + PACE.promiseMs + PACE.heartbeatMs / 4;
  const deserted = wake();
  advance(deserted, late + PACE.repeatMs);
  assert.equal(deserted.leader, undefined);
  const election = wake();
  const heartbeat = {
    kind: "heartbeat",
    promiseMs: PACE.promiseMs,
    claim: CLAIM,
    sequence: 2,
    voters: [],
  } as const;
  const message = { ...heartbeat, authority: "quorum" } as const;
  election.handle(late + 1, { kind: "message", from: "a", message });
  assert.equal(election.state, "following");
});

Deno.test("the best of two that are left leads also where it waits longer for the leader", () => {
  for (let seed = 1; seed <= 80; seed++) {
    const parliament = new Parliament({ size: 3, seed, profile: "fast", isBlind: true });
    parliament.startAll();
    parliament.awaitAgreement(20_000);
    parliament.runFor(3_000);
    const best = parliament.seat("b");
    for (let times = 0; times < 2; times++) {
      parliament.hand(best, { kind: "late", lateMs: 50 + 10 * seed });
    }
    parliament.kill("a");
    const tookMs = parliament.awaitAgreement(20_000);
    assert.equal(parliament.agreed(), "b", `seed ${seed}, after ${tookMs} ms`);
  }
});
