import assert from "node:assert/strict";
import { Election } from "../../../../src/core/election/election.ts";
import type { StoredBallot } from "../../../../src/core/election/ballot.ts";
import type { ElectionOutput } from "../../../../src/core/election/election_io.ts";
import type { Member } from "../../../../src/core/election/electorate.ts";
import type { ElectionMessage, PollVerdict } from "../../../../src/core/election/message.ts";
import { paceOf } from "../../../../src/core/election/pace.ts";
import { LONGEST_LEAP } from "../../../../src/core/election/poll_round.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { PROFILES } from "../../../../src/core/profile.ts";
import { Parliament } from "./parliament.ts";

const PACE = paceOf(PROFILES.tactical);

/** A cell that agreed on its best member, and has been quiet since. */
function agreed(size: number, options: { seed?: number; delayMs?: number } = {}): Parliament {
  const parliament = new Parliament({ size, ...options });
  parliament.startAll();
  assert.ok(parliament.awaitAgreement(20_000) !== undefined, "nobody was elected");
  parliament.runFor(3_000);
  return parliament;
}

function member(nodeId: string): Member {
  return { nodeId, isPresent: true, isReachable: true, isEligible: true };
}

/** One member alone on a bench, with `b` and `c` played by the test. */
class Bench {
  readonly election: Election;
  now = 0;

  constructor(self = "b", stored?: StoredBallot) {
    this.election = new Election({
      self,
      pace: PACE,
      random: new Random(1),
      stored,
      now: 0,
    });
    this.election.handle(0, { kind: "members", members: ["a", "b", "c"].map(member) });
    drain(this.election);
  }

  /** Lets so much time pass that nothing of before the start can bind this member. */
  settle(): this {
    this.advanceTo(PACE.promiseMs + 1);
    return this;
  }

  /** A well-behaved member wakes whenever it is due. */
  advanceTo(at: number): ElectionOutput[] {
    const outputs: ElectionOutput[] = [];
    while (this.election.deadline() <= at) outputs.push(...this.#wake());
    this.now = at;
    return outputs;
  }

  #wake(): ElectionOutput[] {
    this.now = Math.max(this.now, this.election.deadline());
    this.election.handle(this.now, { kind: "due" });
    return drain(this.election);
  }

  /** Its leader is silent, and it has just asked everybody. Answers in which round. */
  settleIntoPoll(): number {
    this.settle().hearDurably("a", heartbeat("a", 1));
    while (this.election.state !== "waiting") this.#wake();
    const poll = sent(this.#wake()).find((message) => message.kind === "poll");
    if (poll?.kind !== "poll") throw new Error(`Cannot poll: it is ${this.election.state}`);
    return poll.round;
  }

  hear(from: string, message: ElectionMessage): ElectionOutput[] {
    this.election.handle(this.now, { kind: "message", from, message });
    return drain(this.election);
  }

  persist(): ElectionOutput[] {
    this.election.handle(this.now, { kind: "persisted" });
    return drain(this.election);
  }

  /** Hears and persists until the disk has all of it. */
  hearDurably(from: string, message: ElectionMessage): ElectionOutput[] {
    return [...this.hear(from, message), ...this.persist()];
  }
}

function heartbeat(nodeId: string, term: number, sequence = 1): ElectionMessage {
  return {
    kind: "heartbeat",
    promiseMs: PACE.promiseMs,
    claim: { term, nodeId },
    sequence,
    authority: "quorum",
    voters: [],
  };
}

function pollAnswer(round: number, verdict: PollVerdict): ElectionMessage {
  return { kind: "pollAnswer", round, verdict, highestTerm: 1, members: ["a", "b", "c"] };
}

/** Who is sent such a message, in this order. */
function asked(outputs: readonly ElectionOutput[], kind: ElectionMessage["kind"]): string[] {
  return outputs.flatMap((output) =>
    output.kind === "send" && output.message.kind === kind ? [output.to] : []
  );
}

function sent(outputs: readonly ElectionOutput[]): ElectionMessage[] {
  return outputs.flatMap((output) => output.kind === "send" ? [output.message] : []);
}

Deno.test("from a cold start the best-ranked member wins, whatever the size of the cell", () => {
  for (const size of [1, 2, 3, 5, 16]) {
    const parliament = new Parliament({ size });
    parliament.startAll();
    parliament.awaitAgreement(20_000);
    assert.equal(parliament.agreed(), "a", `of ${size}`);
    assert.equal(parliament.leading()[0]!.election!.authority(parliament.now), "quorum");
  }
});

Deno.test("a leader that is killed is replaced by the next best, soon after it is missed", () => {
  const parliament = agreed(5);
  parliament.kill("a");
  const tookMs = parliament.awaitAgreement(20_000);
  assert.equal(parliament.agreed(), "b");
  assert.ok(tookMs! <= PACE.promiseMs + PACE.slotMs + 100, `took ${tookMs} ms`);
});

Deno.test("with one message in twenty lost a new leader is there within five heartbeats", () => {
  const rttMs = 20;
  const seeds = 300;
  for (const size of [3, 5]) {
    let late = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const delayOf = () => rttMs / 2;
      const parliament = new Parliament({ size, seed, loss: 0.05, delayOf, isBlind: true });
      parliament.startAll();
      parliament.awaitAgreement(20_000);
      parliament.kill(parliament.agreed()!);
      const tookMs = parliament.awaitAgreement(20_000);
      assert.ok(tookMs !== undefined, `seed ${seed} of ${size}`);
      if (tookMs > 5 * PACE.heartbeatMs + 4 * rttMs) late++;
    }
    assert.ok(late <= seeds / 100, `${late} of ${seeds} are late, of ${size}`);
  }
});

Deno.test("where messages take as long as a slot a killed leader is replaced at the first attempt", () => {
  for (const size of [3, 5, 9]) {
    for (let seed = 1; seed <= 30; seed++) {
      const delayOf = () => PACE.slotMs;
      const parliament = new Parliament({ size, seed, delayOf, isBlind: true });
      parliament.startAll();
      parliament.awaitAgreement(20_000);
      parliament.kill("a");
      const tookMs = parliament.awaitAgreement(20_000);
      assert.ok(tookMs! <= PACE.promiseMs + 8 * PACE.slotMs, `${tookMs} ms, ${size} at ${seed}`);
    }
  }
});

Deno.test("a leader that stops lets its members go at once", () => {
  const parliament = agreed(5);
  parliament.hand(parliament.seat("a"), { kind: "stop" });
  parliament.kill("a");
  assert.ok(parliament.awaitAgreement(20_000)! < PACE.heartbeatMs);
});

Deno.test("both halves of a partition lead, one with quorum, and one leads both when it heals", () => {
  const parliament = agreed(5);
  parliament.part(["a", "b"], ["c", "d", "e"]);
  parliament.runFor(10_000);
  assert.equal(parliament.agreed(["a", "b"]), "a");
  assert.equal(parliament.agreed(["c", "d", "e"]), "c");
  assert.equal(parliament.seat("a").election!.authority(parliament.now), "autonomous");
  assert.equal(parliament.seat("c").election!.authority(parliament.now), "quorum");
  parliament.heal();
  assert.ok(parliament.awaitAgreement(3 * PACE.heartbeatMs) !== undefined);
  assert.equal(parliament.agreed(), "c");
});

Deno.test("on healing the claim with quorum wins, whatever its term", () => {
  const parliament = agreed(5);
  parliament.part(["a", "b", "c"], ["d"], ["e"]);
  parliament.runFor(10_000);
  // Alone, e goes through terms that the others never heard of.
  for (let round = 0; round < 3; round++) {
    parliament.hand(parliament.seat("e"), { kind: "resign" });
    parliament.runFor(10_000);
  }
  assert.ok(parliament.seat("e").election!.term > parliament.seat("a").election!.term);
  parliament.heal();
  assert.ok(parliament.awaitAgreement(3 * PACE.heartbeatMs) !== undefined);
  assert.equal(parliament.agreed(), "a");
});

Deno.test("a follower that loses packets deposes nobody", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const parliament = agreed(5, { seed });
    parliament.loss = 0.2;
    parliament.leaders.length = 0;
    parliament.runFor(120_000);
    const others = parliament.leaders.filter(({ output }) =>
      output.leader !== undefined && output.leader.nodeId !== "a"
    );
    assert.deepEqual(others, [], `seed ${seed}`);
    assert.equal(parliament.seat("a").election!.state, "leading");
  }
});

Deno.test("a member that cannot hear the leader follows it through others that can", () => {
  const parliament = agreed(5);
  parliament.cut("a", "e");
  parliament.cut("e", "a");
  parliament.tellMembers();
  parliament.runFor(30_000);
  assert.equal(parliament.seat("a").election!.state, "leading");
  assert.equal(parliament.seat("e").election!.leader?.nodeId, "a");
  assert.equal(parliament.seat("e").election!.followed?.isIndirect, true);
});

Deno.test("a leader that was paused is fenced when it comes back", () => {
  const parliament = agreed(3);
  parliament.pause("a");
  parliament.runFor(10_000);
  assert.equal(parliament.agreed(["b", "c"]), "b");
  const { claim } = parliament.seat("a").election!.leadership!;
  assert.ok(!parliament.seat("c").election!.accepts(claim));
  parliament.resume("a");
  assert.notEqual(parliament.seat("a").election!.authority(parliament.now), "quorum");
  assert.ok(parliament.awaitAgreement(2 * PACE.heartbeatMs) !== undefined);
  assert.equal(parliament.agreed(), "b");
});

Deno.test("a member that slept accuses nobody", () => {
  const parliament = agreed(3);
  parliament.pause("c");
  parliament.runFor(10_000);
  const polls = parliament.seat("c").election!.counts.polls;
  parliament.resume("c");
  parliament.runFor(5_000);
  assert.equal(parliament.seat("c").election!.counts.polls, polls);
  assert.equal(parliament.agreed(), "a");
});

Deno.test("a vote is told only once the disk keeps it", () => {
  const bench = new Bench().settle();
  const candidacy = {
    kind: "candidacy",
    term: 1,
    heardFrom: ["b"],
    roundMs: PACE.roundMs,
  } as const;
  const before = bench.hear("a", candidacy);
  assert.deepEqual(sent(before), []);
  assert.deepEqual(before.filter(({ kind }) => kind === "persist"), [
    { kind: "persist", ballot: { term: 1, votedFor: "a" } },
  ]);
  assert.deepEqual(sent(bench.persist()), [
    { kind: "vote", term: 1, granted: true, highestTerm: 1, holdMs: PACE.voteHoldMs },
  ]);
});

Deno.test("a member votes once a term, also when it was restarted in between", () => {
  const bench = new Bench("b", { term: 3, votedFor: "c" }).settle();
  const [refused] = sent(
    bench.hear("a", { kind: "candidacy", term: 3, heardFrom: [], roundMs: PACE.roundMs }),
  );
  assert.equal(refused?.kind === "vote" && refused.granted, false);
  const again = bench.hearDurably("c", {
    kind: "candidacy",
    term: 3,
    heardFrom: [],
    roundMs: PACE.roundMs,
  });
  const later = bench.advanceTo(bench.now + PACE.windowMs);
  const granted = sent([...again, ...later]).find((message) => message.kind === "vote");
  assert.equal(granted?.kind === "vote" && granted.granted, true);
});

Deno.test("whoever asks a moment before the others miss the leader too asks again a moment later", () => {
  const bench = new Bench();
  const round = bench.settleIntoPoll();
  const bond = { claim: { term: 1, nodeId: "a" }, forMs: 4 };
  bench.hear("c", { ...pollAnswer(round, "bound"), bond } as ElectionMessage);
  assert.deepEqual(asked(bench.advanceTo(bench.now + bond.forMs), "poll"), ["a", "c"]);
});

Deno.test("whoever finds the others bound for longer does not hurry", () => {
  const bench = new Bench();
  const round = bench.settleIntoPoll();
  const bond = { claim: { term: 1, nodeId: "a" }, forMs: 2 * PACE.slotMs };
  bench.hear("c", { ...pollAnswer(round, "bound"), bond } as ElectionMessage);
  assert.equal(bench.election.state, "polling");
});

Deno.test("whoever polls leaves it to somebody better who polls as well, once to each", () => {
  const bench = new Bench();
  bench.settleIntoPoll();
  bench.hear("c", { kind: "poll", round: 1 });
  assert.equal(bench.election.state, "polling");
  bench.hear("a", { kind: "poll", round: 1 });
  assert.equal(bench.election.state, "waiting");
  bench.advanceTo(bench.now + 2 * PACE.roundMs);
  assert.equal(bench.election.state, "polling");
  bench.hear("a", { kind: "poll", round: 2 });
  assert.equal(bench.election.state, "polling");
});

Deno.test("of two candidates within a short time the better gets the vote", () => {
  const bench = new Bench("c").settle();
  bench.hear("b", { kind: "candidacy", term: 1, heardFrom: [], roundMs: PACE.roundMs });
  bench.advanceTo(bench.now + PACE.windowMs / 2);
  bench.hear("a", { kind: "candidacy", term: 1, heardFrom: [], roundMs: PACE.roundMs });
  const outputs = [...bench.persist(), ...bench.advanceTo(bench.now + PACE.windowMs)];
  const granted = outputs.flatMap((output) =>
    output.kind === "send" && output.message.kind === "vote" && output.message.granted
      ? [output.to]
      : []
  );
  assert.deepEqual(granted, ["a"]);
});

Deno.test("a vote waits for a better candidate no longer than a candidate of a quicker profile can", () => {
  const bench = new Bench("c").settle();
  const roundMs = PACE.roundMs / 4;
  bench.hear("b", { kind: "candidacy", term: 1, heardFrom: [], roundMs });
  bench.advanceTo(bench.now + roundMs / 8);
  const [granted] = sent(bench.persist());
  assert.equal(granted?.kind === "vote" && granted.granted, true);
});

Deno.test("a member that just started votes for nobody, unless everybody was asked", () => {
  const bench = new Bench();
  const candidacy = {
    kind: "candidacy",
    term: 1,
    heardFrom: ["b"],
    roundMs: PACE.roundMs,
  } as const;
  const [refused] = sent(bench.hearDurably("a", candidacy));
  assert.equal(refused?.kind === "vote" && refused.granted, false);
  const all = { kind: "candidacy", term: 2, heardFrom: ["b", "c"], roundMs: PACE.roundMs } as const;
  const [granted] = sent(bench.hearDurably("a", all));
  assert.equal(granted?.kind === "vote" && granted.granted, true);
});

Deno.test("a member that hears its leader votes for nobody else", () => {
  const bench = new Bench().settle();
  bench.hearDurably("c", heartbeat("c", 4));
  bench.advanceTo(bench.now + PACE.promiseMs - 1);
  const [refused] = sent(
    bench.hear("a", { kind: "candidacy", term: 9, heardFrom: ["b", "c"], roundMs: PACE.roundMs }),
  );
  assert.equal(refused?.kind === "vote" && refused.granted, false);
});

Deno.test("a leader is asked for, and two others about it, before it is given up", () => {
  const bench = new Bench().settle();
  bench.hearDurably("a", heartbeat("a", 1));
  const outputs = bench.advanceTo(bench.now + PACE.doubtMs);
  assert.deepEqual(asked(outputs, "inquiry").sort(), ["a", "c"]);
  bench.hear("c", { kind: "witness", claim: { term: 1, nodeId: "a" } });
  assert.equal(bench.election.state, "following");
});

Deno.test("a leader in doubt is asked again until it is given up", () => {
  const bench = new Bench().settle();
  bench.hearDurably("a", heartbeat("a", 1));
  const heardAt = bench.now;
  bench.advanceTo(heardAt + PACE.doubtMs);
  const outputs = bench.advanceTo(heardAt + PACE.promiseMs - 1);
  const times = Math.floor((PACE.promiseMs - 1 - PACE.doubtMs) / PACE.repeatMs);
  assert.deepEqual(asked(outputs, "inquiry"), Array(times).fill("a"));
  assert.deepEqual(asked(bench.advanceTo(heardAt + 2 * PACE.promiseMs), "inquiry"), []);
});

Deno.test("whoever does not answer a poll is asked again, and nobody else", () => {
  const bench = new Bench();
  const round = bench.settleIntoPoll();
  bench.hear("c", pollAnswer(round, "starting"));
  const outputs = bench.advanceTo(bench.now + PACE.roundMs - 1);
  assert.deepEqual(asked(outputs, "poll"), ["a", "a", "a"]);
});

Deno.test("whoever does not answer a candidacy is asked again, and nobody else", () => {
  const bench = new Bench();
  bench.hear("c", pollAnswer(bench.settleIntoPoll(), "granted"));
  assert.deepEqual(asked(bench.persist(), "candidacy"), ["a", "c"]);
  bench.hear("c", { kind: "vote", term: 2, granted: false, highestTerm: 2 });
  const outputs = bench.advanceTo(bench.now + PACE.roundMs - 1);
  assert.deepEqual(asked(outputs, "candidacy"), ["a", "a", "a"]);
});

Deno.test("a new claim is announced again to whoever does not acknowledge it", () => {
  const bench = new Bench();
  bench.hear("c", pollAnswer(bench.settleIntoPoll(), "granted"));
  bench.persist();
  const won = bench.hearDurably("c", { kind: "vote", term: 2, granted: true, highestTerm: 2 });
  assert.deepEqual(asked(won, "heartbeat"), ["a", "c"]);
  const claim = { term: 2, nodeId: "b" };
  bench.hear("c", { kind: "acknowledgement", claim, sequence: 1, isBound: true });
  const outputs = bench.advanceTo(bench.now + PACE.heartbeatMs - 1);
  assert.deepEqual(asked(outputs, "heartbeat"), ["a", "a", "a"]);
  bench.advanceTo(bench.now + 1);
  assert.deepEqual(asked(bench.advanceTo(bench.now + PACE.heartbeatMs - 1), "heartbeat"), []);
});

Deno.test("a heartbeat that was sent to others alone is not held against a member", () => {
  const bench = new Bench();
  bench.hear("c", pollAnswer(bench.settleIntoPoll(), "granted"));
  bench.persist();
  bench.hearDurably("c", { kind: "vote", term: 2, granted: true, highestTerm: 2 });
  const claim = { term: 2, nodeId: "b" };
  bench.hear("c", { kind: "acknowledgement", claim, sequence: 1, isBound: true });
  bench.hear("a", { kind: "inquiry", claim });
  bench.advanceTo(bench.now + PACE.heartbeatMs);
  const reliability = bench.election.leadership!.reliability;
  assert.equal(reliability.get("c"), 1);
  assert.ok(reliability.get("a")! < 1);
});

Deno.test("nobody vouches for a leader that it has not just heard", () => {
  const bench = new Bench().settle();
  bench.hearDurably("a", heartbeat("a", 1));
  const inquiry = { kind: "inquiry", claim: { term: 1, nodeId: "a" } } as const;
  assert.deepEqual(sent(bench.hear("c", inquiry)).map(({ kind }) => kind), ["witness"]);
  bench.advanceTo(bench.now + PACE.heartbeatMs);
  assert.deepEqual(sent(bench.hear("c", inquiry)).map(({ kind }) => kind), ["inquiry"]);
  const told = bench.hear("a", heartbeat("a", 1, 2));
  assert.ok(sent(told).some(({ kind }) => kind === "witness"));
});

Deno.test("an older claim has no effect and is told the higher term", () => {
  const bench = new Bench().settle();
  bench.hearDurably("c", heartbeat("c", 4));
  const [refusal] = sent(bench.hear("a", heartbeat("a", 3)));
  assert.equal(refusal?.kind, "refusal");
  assert.equal(refusal?.kind === "refusal" && refusal.highestTerm, 4);
  assert.equal(bench.election.leader?.nodeId, "c");
  assert.deepEqual([bench.election.counts.stale, bench.election.counts.refused], [1, 1]);
});

Deno.test("a claim without quorum is refused by who is bound to one with it, and counted", () => {
  const bench = new Bench().settle();
  bench.hearDurably("c", heartbeat("c", 4));
  const alone = { ...heartbeat("a", 5), authority: "autonomous" } as ElectionMessage;
  assert.deepEqual(sent(bench.hear("a", alone)).map(({ kind }) => kind), ["refusal"]);
  assert.equal(bench.election.leader?.nodeId, "c");
  assert.equal(bench.election.counts.refused, 1);
});

Deno.test("a claim is believed from its owner alone", () => {
  const bench = new Bench().settle();
  bench.hearDurably("c", heartbeat("a", 4));
  assert.equal(bench.election.leader, undefined);
  assert.equal(bench.election.counts.forged, 1);
});

Deno.test("a replayed heartbeat refreshes nothing and is counted", () => {
  const bench = new Bench().settle();
  bench.hearDurably("a", heartbeat("a", 1, 5));
  bench.advanceTo(bench.now + PACE.heartbeatMs);
  assert.deepEqual(sent(bench.hearDurably("a", heartbeat("a", 1, 5))), []);
  assert.equal(bench.election.counts.replayed, 1);
  assert.equal(bench.election.followed!.heardAt, PACE.promiseMs + 1);
});

Deno.test("a term beyond every honest one changes nothing and is counted", () => {
  const bench = new Bench().settle();
  bench.hearDurably("a", heartbeat("a", LONGEST_LEAP + 1));
  bench.hearDurably("a", {
    kind: "candidacy",
    term: 2 ** 47,
    heardFrom: ["b", "c"],
    roundMs: PACE.roundMs,
  });
  assert.equal(bench.election.term, 0);
  assert.equal(bench.election.counts.leaps, 2);
});

Deno.test("a member that voted for two leaders of one term is counted", () => {
  const bench = new Bench().settle();
  const claimOf = (nodeId: string): ElectionMessage => ({
    kind: "heartbeat",
    promiseMs: PACE.promiseMs,
    claim: { term: 2, nodeId },
    sequence: 1,
    authority: "quorum",
    voters: ["b"],
  });
  bench.hearDurably("a", claimOf("a"));
  bench.hearDurably("c", claimOf("c"));
  assert.equal(bench.election.counts.rivals, 1);
  assert.equal(bench.election.counts.doubleVotes, 1);
  assert.equal(bench.election.leader?.nodeId, "c");
});

Deno.test("whoever is no member is not heard", () => {
  const bench = new Bench().settle();
  bench.hear("z", heartbeat("z", 1));
  assert.equal(bench.election.leader, undefined);
  assert.equal(bench.election.counts.strangers, 1);
});

Deno.test("a member whose disk is full follows, and promises nothing until it can keep it", () => {
  const bench = new Bench().settle();
  bench.hear("a", heartbeat("a", 1));
  bench.election.handle(bench.now, { kind: "persistFailed" });
  assert.deepEqual(sent(drain(bench.election)), []);
  assert.equal(bench.election.leader?.nodeId, "a");
  const outputs = bench.advanceTo(bench.now + 1_000);
  assert.ok(outputs.some(({ kind }) => kind === "persist"));
  assert.ok(sent(bench.persist()).some(({ kind }) => kind === "acknowledgement"));
});

Deno.test("a leader that steps down in favour of another is followed by that one", () => {
  const parliament = agreed(5);
  parliament.hand(parliament.seat("a"), { kind: "resign", successor: "d" });
  assert.ok(parliament.awaitAgreement(5 * PACE.slotMs) !== undefined);
  assert.equal(parliament.agreed(), "d");
});

Deno.test("ten members without any loss of votes elect one leader when all stand at once", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const parliament = new Parliament({ size: 10, seed, delayMs: 60 });
    parliament.startAll();
    assert.ok(parliament.awaitAgreement(20_000) !== undefined, `seed ${seed}`);
    assert.equal(parliament.leading().length, 1);
  }
});

Deno.test("a member that lost its disk does not vote a second time while its promise runs", () => {
  const parliament = agreed(3);
  parliament.kill("c", { forgets: true });
  parliament.runFor(100);
  parliament.start("c");
  parliament.part(["b", "c"], ["a"]);
  const bound = parliament.now + PACE.promiseMs - 200;
  while (parliament.now < bound) {
    parliament.runFor(5);
    assert.ok(parliament.leading().length <= 1, `two lead at ${parliament.now}`);
  }
});

Deno.test("a member that is bound for longer than its profile says is so after a restart as well", () => {
  const claim = { term: 4, nodeId: "c" };
  const heartbeat = { kind: "heartbeat", claim, sequence: 1, authority: "quorum" } as const;
  const promiseMs = 4 * PACE.promiseMs;
  const bench = new Bench().settle();
  const outputs = bench.hear("c", { ...heartbeat, promiseMs, voters: [] });
  const [ballot] = outputs.flatMap((output) => output.kind === "persist" ? [output.ballot] : []);
  assert.deepEqual(ballot, { term: 4, followed: "c", promisedMs: promiseMs });
  const restarted = new Bench("b", ballot);
  restarted.advanceTo(promiseMs - 1);
  const candidacy = {
    kind: "candidacy",
    term: 5,
    heardFrom: ["b"],
    roundMs: PACE.roundMs,
  } as const;
  const [refused] = sent(restarted.hearDurably("a", candidacy));
  assert.equal(refused?.kind === "vote" && refused.granted, false);
  restarted.advanceTo(promiseMs + 1);
  const [granted] = sent(restarted.hearDurably("a", { ...candidacy, term: 6 }));
  assert.equal(granted?.kind === "vote" && granted.granted, true);
});

Deno.test("a member that lost its disk may have promised as much as others promised their leader", () => {
  const longestPromiseMs = 8 * PACE.promiseMs;
  const vote = (bench: Bench, term: number) => {
    const heard = { kind: "candidacy", term, heardFrom: [], roundMs: PACE.roundMs } as const;
    const [answer] = sent(bench.hearDurably("a", { ...heard, longestPromiseMs }));
    return answer?.kind === "vote" && answer.granted;
  };
  const lost = new Bench().settle();
  assert.equal(vote(lost, 1), false, "although its own profile's promise would be over");
  lost.advanceTo(longestPromiseMs - 1);
  assert.equal(vote(lost, 2), false);
  lost.advanceTo(longestPromiseMs);
  assert.equal(vote(lost, 3), true);
  const kept = new Bench("b", { term: 0 }).settle();
  assert.equal(vote(kept, 1), true, "whoever remembers knows what it promised");
});

Deno.test("whoever promised a leader more than its own profile says tells those that it leads", () => {
  const bench = new Bench("b", { term: 1, promisedMs: 12_000 }).settle();
  const round = bench.settleIntoPoll();
  bench.hear("a", pollAnswer(round, "granted"));
  bench.hear("c", pollAnswer(round, "granted"));
  const asked = sent(bench.persist());
  assert.equal(asked[0]?.kind === "candidacy" && asked[0].longestPromiseMs, 12_000);
  const vote = { kind: "vote", term: 2, granted: true, highestTerm: 2, holdMs: 1_000 } as const;
  const beats = sent([...bench.hear("a", vote), ...bench.hear("c", vote)]);
  assert.equal(beats[0]?.kind === "heartbeat" && beats[0].longestPromiseMs, 12_000);
});

Deno.test("whoever follows a leader of a slower profile waits for it as long as it counts on that", () => {
  const promiseMs = 4 * PACE.promiseMs;
  const bench = new Bench().settle();
  bench.hearDurably("a", { ...heartbeat("a", 1), promiseMs } as ElectionMessage);
  const heardAt = bench.now;
  bench.advanceTo(heardAt + promiseMs - 1);
  assert.equal(bench.election.leader?.nodeId, "a");
  bench.advanceTo(heardAt + promiseMs);
  assert.equal(bench.election.leader, undefined);
});
