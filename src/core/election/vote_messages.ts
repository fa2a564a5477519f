import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import { HIGHEST_TERM, isSameClaim } from "./claim.ts";
import type { Candidacy, ElectionMessage, PollAnswer, PollBond } from "./message.ts";
import type { Support } from "./poll_round.ts";
import type { Seat } from "./seat.ts";
import type { Bond, Decision } from "./voter.ts";

/** What candidates and voters say to each other. */
export class VoteMessages {
  readonly #seat: Seat;

  constructor(seat: Seat) {
    this.#seat = seat;
  }

  answerPoll(now: Millis, from: NodeId, round: number): void {
    const { leadership, voter, ballot, electorate, turn, pace, self } = this.#seat;
    const bond = leadership === undefined ? voter.bondAt(now, from) : undefined;
    this.#seat.send(from, {
      kind: "pollAnswer",
      round,
      verdict: leadership === undefined ? voter.verdict(now, from) : "leading",
      highestTerm: ballot.term,
      ...(bond === undefined ? {} : { bond: this.#bondOf(now, bond) }),
      members: electorate.members.map(({ nodeId }) => nodeId),
    });
    if (leadership !== undefined) return this.#seat.beatTo(now, [from]);
    // Somebody better placed is at it; this member's own attempt would only be in its way.
    if (electorate.best([from, self]) !== from) return;
    if (this.#seat.state === "polling" && turn.isLeftTo(from)) this.#seat.on(now, "outranked");
    if (this.#seat.state === "waiting") this.#seat.armTurn(turn.again(now + pace.roundMs));
  }

  /** Whom this member is bound to, and how long ago it heard that one as its leader. */
  #bondOf(now: Millis, { claim, until }: Bond): PollBond {
    const { followed } = this.#seat.follower;
    const bond = { claim, forMs: until - now };
    if (followed === undefined || followed.isIndirect) return bond;
    return isSameClaim(followed.claim, claim)
      ? { ...bond, heardMsAgo: now - followed.heardAt }
      : bond;
  }

  /** Answers the claim of the leader that somebody else hears, if the answer shows one. */
  hearPollAnswer(now: Millis, from: NodeId, answer: PollAnswer): PollAnswer["bond"] {
    const { bid, counts, pace } = this.#seat;
    if (this.#seat.isLeap(answer.highestTerm)) return undefined;
    const note = bid.noteAnswer(from, answer);
    if (note === "stray") counts.stray++;
    if (note !== "noted") return undefined;
    const { bond, verdict } = answer;
    const heardMsAgo = bond?.heardMsAgo ?? Infinity;
    const isWitness = verdict === "bound" && heardMsAgo < pace.heartbeatMs;
    if (!isWitness) this.judge(now);
    return isWitness ? bond : undefined;
  }

  hearCandidacy(now: Millis, from: NodeId, candidacy: Candidacy): void {
    const { leadership, follower, voter, turn } = this.#seat;
    const { term, renews } = candidacy;
    if (this.#seat.isLeap(term)) return;
    voter.hearPromise(candidacy.longestPromiseMs ?? 0);
    if (leadership !== undefined) {
      const givesWay = renews !== undefined &&
        this.#seat.givesWay(now, leadership, { term, nodeId: from }, renews.authority);
      if (!givesWay) {
        this.answer(now, { kind: "refused", to: from, term });
        return this.#seat.beatTo(now, [from]);
      }
      this.#seat.on(now, "superseded");
    }
    const isLeader = renews !== undefined && follower.followed?.claim.nodeId === from;
    const decision = isLeader
      ? voter.renew(now, from, term)
      : voter.hear(now, from, candidacy, turn.silent);
    if (decision !== undefined) this.answer(now, decision);
  }

  answer(now: Millis, { kind, to, term }: Decision): void {
    const { ballot, follower, voter, pace } = this.#seat;
    const granted = kind === "granted";
    const message = { kind: "vote", term, granted, highestTerm: ballot.term } as const;
    if (!granted) return this.#seat.send(to, message);
    const { voteHoldMs: holdMs } = pace;
    if (follower.followed?.claim.nodeId !== to) this.#seat.on(now, "voted");
    voter.bind({ term, nodeId: to }, now + holdMs);
    ballot.hold({ kind: "send", to, message: { ...message, holdMs } });
  }

  hearVote(now: Millis, from: NodeId, vote: Extract<ElectionMessage, { kind: "vote" }>): void {
    const { term, granted, holdMs = 0 } = vote;
    const note = this.#seat.bid.noteVote(from, term, granted ? holdMs : undefined);
    if (note === "stray") this.#seat.counts.stray++;
    if (note === "noted") this.judge(now);
  }

  /** Votes for itself, and asks the others once that vote is on the disk (L2). */
  campaign(now: Millis, aboveTerm: number, support: Support): void {
    const { ballot, bid, counts, self } = this.#seat;
    const term = Math.max(aboveTerm, ballot.term + 1);
    if (term > HIGHEST_TERM) return;
    counts.candidacies++;
    ballot.vote(term, self);
    bid.startCampaign(now, term, support);
    ballot.hold({ kind: "ask", term });
  }

  ask(now: Millis, term: number): void {
    const heardFrom = this.#seat.bid.ask(now, term);
    if (heardFrom === undefined) return;
    this.#ask(now, this.#seat.electorate.reachable, { term, heardFrom });
    this.#seat.repeatSoon(now);
    this.judge(now);
  }

  pollAgain(): void {
    const { bid } = this.#seat;
    const { round, members } = bid.unanswered() ?? { round: 0, members: [] };
    for (const to of members) this.#seat.send(to, { kind: "poll", round });
  }

  askAgain(now: Millis): void {
    const undecided = this.#seat.bid.undecided();
    if (undecided !== undefined) this.#ask(now, undecided.members, undecided);
  }

  #ask(
    now: Millis,
    members: readonly NodeId[],
    { term, heardFrom }: Pick<Candidacy, "term" | "heardFrom">,
  ): void {
    const own = this.#seat.leadership;
    const renews = own && { claim: own.claim, authority: own.authority(now) };
    const { voter: { longestPromise }, pace: { roundMs } } = this.#seat;
    const candidacy = { kind: "candidacy", term, heardFrom, roundMs, ...longestPromise } as const;
    const message = renews === undefined ? candidacy : { ...candidacy, renews };
    for (const to of members) this.#seat.send(to, message);
  }

  /** Looks what has become of this member's own attempt to lead, or to renew its claim. */
  judge(now: Millis): void {
    if (this.#seat.state === "polling") this.#judgePoll(now);
    else this.#judgeCampaign(now);
  }

  #judgePoll(now: Millis): void {
    const { bid, voter, turn, ballot, pace, self } = this.#seat;
    const own = voter.verdict(now, self);
    const isOverdue = this.#seat.isOverdue(now);
    const outcome = bid.judgePoll(now, { own, isOverdue, silent: turn.silent });
    if (outcome.kind === "open") return;
    if (outcome.kind === "carried") {
      const term = bid.nextTerm(ballot.term);
      this.#seat.on(now, "pollCarried");
      return this.campaign(now, term, outcome);
    }
    this.#seat.on(now, "pollFailed");
    // Its place in the order is this member's still, so it comes back as soon as the others can.
    if (outcome.kind === "early") return this.#seat.armTurn(turn.first(now + outcome.retryInMs));
    const waitMs = Math.max(outcome.retryInMs ?? 0, pace.roundMs / 2);
    this.#seat.armTurn(turn.again(now + waitMs));
  }

  #judgeCampaign(now: Millis): void {
    const { bid, leadership } = this.#seat;
    const mayActAlone = leadership !== undefined || this.#seat.isOverdue(now);
    const outcome = bid.judgeCampaign(now, mayActAlone);
    if (outcome.kind === "open") return;
    bid.end();
    if (outcome.kind === "won") {
      return this.#seat.win(now, outcome.term, outcome.votes, outcome.askedAt);
    }
    this.#seat.on(now, "notElected");
    if (leadership === undefined) {
      this.#seat.armTurn(this.#seat.turn.again(now + this.#seat.pace.roundMs / 2));
    }
  }
}
