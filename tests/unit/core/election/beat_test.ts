import assert from "node:assert/strict";
import type { Beat } from "../../../../src/core/election/beat.ts";
import { Election } from "../../../../src/core/election/election.ts";
import type { ElectionOutput } from "../../../../src/core/election/election_io.ts";
import type { ElectionMessage } from "../../../../src/core/election/message.ts";
import { paceOf } from "../../../../src/core/election/pace.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { PROFILES } from "../../../../src/core/profile.ts";

const PACE = paceOf(PROFILES.fast);
const { heartbeatMs, leaseMs, promiseMs } = PACE;
/** Signs of life of a member come a little more often than heartbeats. */
const PULSE_MS = 0.95 * heartbeatMs;

/** One member of three, with the other two played by the test. */
class Seated {
  readonly election: Election;
  now = 0;

  constructor(self: "a" | "b") {
    this.election = new Election({
      ...{ self, pace: PACE, random: new Random(1), stored: undefined, now: 0 },
    });
    const members = ["a", "b", "c"].map((nodeId) => ({
      ...{ nodeId, isPresent: true, isReachable: true, isEligible: true },
    }));
    this.#hand({ kind: "members", members });
  }

  advanceTo(at: number): ElectionOutput[] {
    const outputs: ElectionOutput[] = [];
    while (this.election.deadline() <= at) {
      this.now = Math.max(this.now, this.election.deadline());
      outputs.push(...this.#hand({ kind: "due" }));
    }
    this.now = at;
    return outputs;
  }

  hear(from: string, message: ElectionMessage): ElectionOutput[] {
    const outputs = this.#hand({ kind: "message", from, message });
    return [...outputs, ...this.#hand({ kind: "persisted" })];
  }

  feel(from: string, sequence: number, beat: Beat): ElectionOutput[] {
    return this.#hand({ kind: "beat", from, sequence, beat });
  }

  speak(sequence: number): void {
    this.#hand({ kind: "spoken", sequence });
  }

  beat(): Beat | undefined {
    return this.election.beatAt(this.now);
  }

  #hand(input: Parameters<Election["handle"]>[1]): ElectionOutput[] {
    this.election.handle(this.now, input);
    return drain(this.election);
  }
}

/** Member `a` leads in term 1, and its first heartbeats are over. */
function leader(): Seated {
  const seated = new Seated("a");
  const outputs = seated.advanceTo(PACE.settleMs + 1);
  const poll = messages(outputs).find(({ kind }) => kind === "poll");
  assert.ok(poll?.kind === "poll");
  const members = ["a", "b", "c"];
  for (const from of ["b", "c"]) {
    const { round } = poll;
    seated.hear(from, {
      ...{ kind: "pollAnswer", round, verdict: "granted", highestTerm: 0, members },
    });
  }
  for (const from of ["b", "c"]) {
    const holdMs = PACE.voteHoldMs;
    seated.hear(from, { kind: "vote", term: 1, granted: true, highestTerm: 1, holdMs });
  }
  assert.equal(seated.election.state, "leading");
  for (let count = 0; count < 3; count++) {
    for (const from of ["b", "c"]) acknowledge(seated, from);
    seated.advanceTo(seated.now + heartbeatMs);
  }
  return seated;
}

function acknowledge(seated: Seated, from: string): void {
  const { leadership } = seated.election;
  for (let sequence = 1; sequence <= 8; sequence++) {
    const claim = leadership!.claim;
    seated.hear(from, { kind: "acknowledgement", claim, sequence, isBound: true });
  }
}

/** Member `b` follows `a`, as it was told. */
function follower(): Seated {
  const seated = new Seated("b");
  seated.advanceTo(PACE.voteHoldMs + 1); // Nothing of before the start binds it any more.
  seated.hear("a", heartbeat(1));
  assert.equal(seated.election.state, "following");
  return seated;
}

function heartbeat(term: number, sequence = 1): ElectionMessage {
  const claim = { term, nodeId: "a" };
  return { kind: "heartbeat", claim, sequence, authority: "quorum", promiseMs, voters: [] };
}

function said(term = 1): Beat {
  return { kind: "heartbeat", term, authority: "quorum", promiseMs };
}

function heard(sequence: number, term = 1): Beat {
  return { kind: "acknowledgement", claim: { term, nodeId: "a" }, heard: sequence };
}

function messages(outputs: readonly ElectionOutput[]): ElectionMessage[] {
  return outputs.flatMap((output) => output.kind === "send" ? [output.message] : []);
}

/** Who is sent a heartbeat of its own. */
function told(outputs: readonly ElectionOutput[]): string[] {
  return outputs.flatMap((output) =>
    output.kind === "send" && output.message.kind === "heartbeat" ? [output.to] : []
  );
}

Deno.test("whoever acknowledges its leader's signs of life is sent nothing else", () => {
  const seated = leader();
  const outputs: ElectionOutput[] = [];
  for (let sequence = 10; sequence < 110; sequence++) {
    seated.speak(sequence);
    for (const from of ["b", "c"]) outputs.push(...seated.feel(from, sequence, heard(sequence)));
    outputs.push(...seated.advanceTo(seated.now + PULSE_MS));
    assert.equal(seated.election.authority(seated.now), "quorum");
  }
  assert.deepEqual(outputs, []);
  for (const share of seated.election.leadership!.reliability.values()) assert.ok(share > 0.99);
});

Deno.test("whoever does not acknowledge a sign of life is sent a heartbeat before its lease runs out", () => {
  const seated = leader();
  for (let sequence = 10; sequence < 20; sequence++) {
    seated.speak(sequence);
    for (const from of ["b", "c"]) seated.feel(from, sequence, heard(sequence));
    seated.advanceTo(seated.now + PULSE_MS);
  }
  seated.speak(20);
  seated.feel("b", 20, heard(20));
  const spokenAt = seated.now - PULSE_MS;
  assert.deepEqual(told(seated.advanceTo(spokenAt + 1.4 * heartbeatMs)), []);
  assert.deepEqual(told(seated.advanceTo(spokenAt + 1.5 * heartbeatMs)), ["c"]);
  assert.deepEqual(
    told(seated.advanceTo(spokenAt + leaseMs)).filter((nodeId) => nodeId === "b"),
    ["b"],
  );
});

Deno.test("a promise that a sign of life brought counts from when the leader said it", () => {
  const seated = leader();
  for (const from of ["b", "c"]) {
    seated.hear(from, { kind: "witness", claim: { term: 1, nodeId: "a" } });
  }
  seated.advanceTo(seated.now + promiseMs); // What was promised before is over.
  assert.equal(seated.election.authority(seated.now), "autonomous");
  seated.speak(30);
  const spokenAt = seated.now;
  seated.advanceTo(spokenAt + leaseMs / 2);
  seated.feel("b", 30, heard(30));
  assert.equal(seated.election.authority(seated.now), "quorum");
  assert.equal(seated.election.leadership!.quorumUntil(), spokenAt + leaseMs);
});

Deno.test("what was never said, or under another claim, is acknowledged in vain", () => {
  const seated = leader();
  seated.advanceTo(seated.now + promiseMs);
  seated.speak(40);
  const { stray } = seated.election.counts;
  seated.feel("b", 41, heard(41));
  assert.equal(seated.election.counts.stray, stray + 1);
  seated.feel("b", 40, heard(40, 2));
  seated.feel("stranger", 40, heard(40));
  assert.equal(seated.election.authority(seated.now), "autonomous");
});

Deno.test("a leader's sign of life keeps whoever follows it, and says who heard it", () => {
  const seated = follower();
  for (let sequence = 5; sequence < 50; sequence++) {
    seated.advanceTo(seated.now + PULSE_MS);
    assert.deepEqual(seated.feel("a", sequence, said()), []);
    assert.deepEqual(seated.beat(), heard(sequence));
  }
  assert.equal(seated.election.state, "following");
  const lastAt = seated.now;
  seated.advanceTo(lastAt + promiseMs - 1);
  assert.notEqual(seated.election.leader, undefined);
  seated.advanceTo(lastAt + promiseMs + 1);
  assert.equal(seated.election.leader, undefined);
  assert.equal(seated.beat(), undefined);
});

Deno.test("a sign of life that its hearer was told nothing of says nothing to it", () => {
  const seated = follower();
  const { heardAt } = seated.election.followed!;
  seated.advanceTo(seated.now + PULSE_MS);
  seated.feel("a", 5, said(2));
  seated.feel("c", 5, said(1));
  seated.feel("stranger", 5, said(1));
  assert.equal(seated.election.followed!.heardAt, heardAt);
  assert.equal(seated.beat(), undefined);
  // Whoever follows by another's word has not been told either.
  seated.hear("c", { kind: "witness", claim: { term: 1, nodeId: "a" } });
  seated.feel("a", 6, said());
  assert.equal(seated.beat(), undefined);
});

Deno.test("signs of life that come more often than heartbeats put no leader's end off", () => {
  const seated = follower();
  const felt: number[] = [];
  for (let sequence = 5; sequence < 45; sequence++) {
    seated.advanceTo(seated.now + heartbeatMs / 4);
    seated.feel("a", sequence, said());
    if (seated.election.followed!.heardAt === seated.now) felt.push(seated.now);
  }
  for (const [place, at] of felt.entries()) {
    if (place > 0) assert.ok(at - felt[place - 1]! >= 0.6 * heartbeatMs);
  }
  assert.ok(felt.length >= 12);
});

Deno.test("whoever votes in a higher term acknowledges no lower one by its signs of life", () => {
  const seated = follower();
  seated.advanceTo(seated.now + PULSE_MS);
  seated.feel("a", 5, said());
  assert.deepEqual(seated.beat(), heard(5));
  const renews = { claim: { term: 1, nodeId: "a" }, authority: "quorum" } as const;
  const { roundMs } = PACE;
  const outputs = seated.hear("a", {
    ...{ kind: "candidacy", term: 2, heardFrom: [], roundMs, renews },
  });
  assert.deepEqual(messages(outputs).map(({ kind }) => kind), ["vote"]);
  assert.equal(seated.beat(), undefined);
  seated.advanceTo(seated.now + PULSE_MS);
  seated.feel("a", 6, said());
  assert.equal(seated.beat(), undefined);
});
