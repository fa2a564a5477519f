import type { NodeId } from "../kernel/ids.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import { TimerTable } from "../kernel/timer_table.ts";
import { Ballot, type StoredBallot } from "./ballot.ts";
import { Bid } from "./bid.ts";
import { type Authority, type Claim, compareClaims, isSameClaim } from "./claim.ts";
import { noCounts } from "./counts.ts";
import type { ElectionOutput, LeaderCause } from "./election_io.ts";
import { Electorate } from "./electorate.ts";
import { Follower } from "./follower.ts";
import { Lateness } from "./lateness.ts";
import { Leadership, type Vote } from "./leadership.ts";
import type { ElectionMessage } from "./message.ts";
import type { Pace } from "./pace.ts";
import { LONGEST_LEAP } from "./poll_round.ts";
import { type ElectionEvent, type ElectionState, TRANSITIONS } from "./transitions.ts";
import { Turn } from "./turn.ts";
import { Voter } from "./voter.ts";

/** How many members are asked whether they hear a leader that is missed. */
const WITNESSES_ASKED = 2;

/** What waits for the disk: an answer, or this member's own vote before it asks for others'. */
export type Held =
  | { readonly kind: "send"; readonly to: NodeId; readonly message: ElectionMessage }
  | { readonly kind: "ask"; readonly term: number };

export interface SeatOptions {
  readonly self: NodeId;
  readonly pace: Pace;
  readonly random: Random;
  readonly stored: StoredBallot | undefined;
  readonly now: Millis;
}

/** One member's place in an election: its state, and what each change of state brings with it. */
export class Seat {
  readonly self: NodeId;
  readonly pace: Pace;
  readonly electorate: Electorate;
  readonly ballot: Ballot<Held>;
  readonly voter: Voter;
  readonly follower = new Follower();
  readonly bid: Bid;
  readonly turn: Turn;
  readonly lateness: Lateness;
  readonly counts = noCounts();
  readonly timers = new TimerTable<
    "beat" | "spared" | "lapse" | "doubt" | "silence" | "turn" | "repeat" | "rewrite"
  >();
  readonly outputs: ElectionOutput[] = [];
  readonly #random: Random;
  #state: ElectionState = "idle";
  #leadership: Leadership | undefined;
  #leaderlessSince: Millis;
  /** When it was looked last who needs a heartbeat of its own. */
  #sparedAt: Millis = -Infinity;
  /** How long the answers to what was asked last are waited for before it is asked again. */
  #repeatMs: Millis;
  /** Whether it may still put off giving its leader up, once a heartbeat, to read what waits. */
  #hasTimeToRead = false;
  /** Before the first leader there is time to wait for whoever is best; after it there is none. */
  #isFirstElection = true;
  #told: { readonly leader: Claim | undefined; readonly authority: Authority | undefined } = {
    leader: undefined,
    authority: undefined,
  };

  constructor({ self, pace, random, stored, now }: SeatOptions) {
    this.self = self;
    this.pace = pace;
    this.#random = random;
    const electorate = this.electorate = new Electorate(self);
    const ballot = this.ballot = new Ballot(stored);
    this.#leaderlessSince = now;
    this.#repeatMs = pace.repeatMs;
    const isFresh = stored === undefined;
    this.voter = new Voter({ self, pace, ballot, electorate, startedAt: now, isFresh });
    this.bid = new Bid(electorate, pace);
    this.lateness = new Lateness(pace.promiseMs);
    this.turn = new Turn(self, electorate, pace, random);
  }

  get state(): ElectionState {
    return this.#state;
  }

  get leadership(): Leadership | undefined {
    return this.#leadership;
  }

  get isFirstElection(): boolean {
    return this.#isFirstElection;
  }

  get leader(): Claim | undefined {
    return this.#leadership?.claim ?? this.follower.followed?.claim;
  }

  authority(now: Millis): Authority | undefined {
    return this.#leadership?.authority(now) ?? this.follower.followed?.authority;
  }

  /** Those in reach have waited long enough for the rest. */
  isOverdue(now: Millis): boolean {
    return now - this.#leaderlessSince >= this.pace.electionTimeoutMs;
  }

  /** Whether a term is further ahead than an honest member could be, which is counted. */
  isLeap(term: number): boolean {
    if (term - this.ballot.term <= LONGEST_LEAP) return false;
    this.counts.leaps++;
    return true;
  }

  /**
   * Whether a leader here gives way to another: to one with quorum first, then by claim (L6). Members
   * are bound to one leader at a time, so who has quorum knows that another's was before (L3, L8).
   */
  givesWay(now: Millis, own: Leadership, claim: Claim, authority: Authority): boolean {
    if (own.authority(now) === "quorum") return false;
    return authority === "quorum" || compareClaims(claim, own.claim) > 0;
  }

  send(to: NodeId, message: ElectionMessage): void {
    this.outputs.push({ kind: "send", to, message });
  }

  sendAll(message: ElectionMessage): void {
    for (const nodeId of this.electorate.reachable) this.send(nodeId, message);
  }

  /** The vote was won; the claim is this member's. */
  win(now: Millis, term: number, votes: readonly Vote[], askedAt: Millis): void {
    const claim = { term, nodeId: this.self };
    this.ballot.accept(claim);
    if (this.#leadership !== undefined) {
      this.#leadership.renew(claim, votes, askedAt);
      this.tell(now, "renewed");
      return this.#announce(now);
    }
    const { electorate, pace } = this;
    this.#leadership = new Leadership({ now, claim, votes, askedAt, electorate, pace });
    this.on(now, "elected");
  }

  /** The first heartbeat of a claim, which is repeated to whoever does not acknowledge it. */
  #announce(now: Millis): void {
    this.beat(now);
    this.repeatSoon(now);
  }

  /** Tells whoever does not acknowledge this leader's signs of life. */
  beat(now: Millis): void {
    this.#leadership?.measure(now);
    this.#beatTo(now, (sparedUntil) => sparedUntil <= now);
    this.timers.set("beat", now + this.pace.heartbeatMs);
    this.tellAuthority(now);
  }

  /** Whoever was spared until now cannot wait for the next heartbeat. */
  beatToSpared(now: Millis): void {
    const since = this.#sparedAt;
    this.#beatTo(now, (sparedUntil) => sparedUntil > since && sparedUntil <= now);
  }

  #beatTo(now: Millis, isDue: (sparedUntil: Millis) => boolean): void {
    const leadership = this.#leadership;
    if (leadership === undefined) return;
    const { reachable } = this.electorate;
    this.beatTo(now, reachable.filter((nodeId) => isDue(leadership.sparedUntil(nodeId))));
    this.#sparedAt = now;
    const ends = reachable.map((nodeId) => leadership.sparedUntil(nodeId));
    this.timers.set("spared", Math.min(NEVER, ...ends.filter((until) => until > now)));
  }

  beatTo(now: Millis, members: readonly NodeId[]): void {
    if (this.#leadership === undefined || members.length === 0) return;
    const heartbeat = { ...this.#leadership.beat(now), ...this.voter.longestPromise };
    for (const nodeId of members) this.send(nodeId, heartbeat);
  }

  /** Says who leads by which right, if that is news. */
  tell(now: Millis, cause: LeaderCause): void {
    const [leader, authority] = [this.leader, this.authority(now)];
    if (isSameClaim(leader, this.#told.leader) && authority === this.#told.authority) return;
    this.#told = { leader, authority };
    this.outputs.push({ kind: "leader", leader, authority, cause });
  }

  /** Watches the right to lead, which runs out by itself. */
  tellAuthority(now: Millis): void {
    if (this.#leadership === undefined) return;
    this.tell(now, "authority");
    const until = this.#leadership.quorumUntil();
    if (until > now) this.timers.set("lapse", until);
    else this.timers.clear("lapse");
  }

  /** What was just asked is asked again of whoever does not answer it. */
  repeatSoon(now: Millis): void {
    this.#repeatMs = this.pace.repeatMs;
    this.timers.set("repeat", now + this.#repeatMs);
  }

  /** It was asked again; the next time takes twice as long, and none begins a second round. */
  repeatLater(now: Millis): void {
    this.#repeatMs *= 2;
    if (2 * this.#repeatMs <= this.pace.roundMs) this.timers.set("repeat", now + this.#repeatMs);
  }

  /** Moves this member's next attempt to lead. */
  armTurn(at: Millis): void {
    if (at === NEVER) this.timers.clear("turn");
    else this.timers.set("turn", at);
  }

  /** The first turn after a leader was lost, or after a newcomer arrived before there was any. */
  armFirstTurn(now: Millis): void {
    this.armTurn(this.#isFirstElection ? this.turn.cold(now) : this.turn.first(now));
  }

  /** This member slept; nobody is silent for that (L9). */
  forgive(now: Millis, stalledMs: Millis): void {
    this.#leaderlessSince += Math.min(stalledMs, now - this.#leaderlessSince);
    if (this.follower.followed === undefined) return;
    this.follower.forgive(now, stalledMs);
    this.#watchLeader(now);
    // What came while it slept waits to be read, and may be the leader's word.
    if (this.timers.at("silence") > now || !this.#hasTimeToRead) return;
    this.#hasTimeToRead = false;
    this.timers.set("silence", now + this.pace.repeatMs);
  }

  /** For how long after its last heartbeat a leader is not given up (L13, L14). */
  patienceMs(now: Millis): Millis {
    const promiseMs = this.follower.followed?.promiseMs ?? this.pace.promiseMs;
    return promiseMs + this.lateness.allowance(now);
  }

  noteLate(now: Millis, lateMs: Millis): void {
    this.lateness.note(now, lateMs);
    if (this.follower.followed === undefined) return;
    // Whoever was given time to read what waits keeps it (L9).
    const silentAt = this.timers.at("silence");
    this.#watchLeader(now);
    if (silentAt < NEVER) this.timers.set("silence", Math.max(silentAt, this.timers.at("silence")));
  }

  on(now: Millis, event: ElectionEvent): void {
    switch (TRANSITIONS[this.#state][event]) {
      case "ignore":
        return;
      case "wait":
        this.#state = "waiting";
        this.bid.end();
        this.timers.clear("repeat");
        return this.armFirstTurn(now);
      case "follow":
        return this.#follow(now);
      case "doubt":
        return this.#doubt(now);
      case "giveUp":
        return this.#giveUp(now, event);
      case "poll":
        this.#state = "polling";
        this.counts.polls++;
        this.repeatSoon(now);
        return this.sendAll({ kind: "poll", round: this.bid.startPoll(now) });
      case "stand":
        this.#state = "standing";
        return;
      case "lead":
        return this.#lead(now);
      case "yield":
        return this.#stopLeading(now, "superseded");
      case "resign":
        this.turn.abstainsUntil = now + this.pace.electionTimeoutMs;
        this.#stopLeading(now, "resigned");
        if (event === "stopped") this.#end();
        return;
      case "end":
        return this.#end();
    }
  }

  #follow(now: Millis): void {
    this.#state = "following";
    this.#isFirstElection = false;
    this.#hasTimeToRead = true;
    this.turn.settle();
    this.bid.end();
    this.timers.clear("turn");
    this.timers.clear("repeat");
    this.#watchLeader(now);
  }

  #watchLeader(now: Millis): void {
    const { followed } = this.follower;
    if (followed === undefined) return;
    const { doubtMs, promiseMs } = this.pace;
    this.timers.set("doubt", followed.heardAt + followed.promiseMs * doubtMs / promiseMs);
    const silentAt = followed.heardAt + this.patienceMs(now);
    this.timers.set("silence", silentAt);
    // Whoever still waits for its leader votes for nobody.
    this.voter.prolong(followed.claim, silentAt);
  }

  /** Before anybody is deposed, others are asked whether they hear it, and so is the leader. */
  #doubt(now: Millis): void {
    const { followed } = this.follower;
    if (followed === undefined) return;
    this.#state = "doubting";
    const leaderId = followed.claim.nodeId;
    const others = this.electorate.reachable.filter((nodeId) => nodeId !== leaderId);
    const asked = this.#random.shuffled(others).slice(0, WITNESSES_ASKED);
    for (const to of [leaderId, ...asked]) {
      this.send(to, { kind: "inquiry", claim: followed.claim });
    }
    this.repeatSoon(now);
  }

  /** The leader alone is asked again, and often: its answer is worth most. */
  askLeaderAgain(now: Millis): void {
    const { followed } = this.follower;
    if (followed === undefined) return;
    this.send(followed.claim.nodeId, { kind: "inquiry", claim: followed.claim });
    // Patience beyond the promise is for machines that have too much to do already.
    if (now < followed.heardAt + followed.promiseMs) this.repeatSoon(now);
    else this.timers.set("repeat", now + this.pace.heartbeatMs);
  }

  #giveUp(now: Millis, event: ElectionEvent): void {
    this.turn.silent = this.follower.followed?.claim.nodeId;
    this.follower.forget();
    this.timers.clear("doubt");
    this.timers.clear("silence");
    this.timers.clear("repeat");
    this.#leaderlessSince = now;
    this.#state = "waiting";
    this.armFirstTurn(now);
    this.tell(now, event === "released" ? "released" : event === "voted" ? "voted" : "silent");
  }

  #lead(now: Millis): void {
    this.#state = "leading";
    this.#isFirstElection = false;
    this.counts.elections++;
    this.turn.settle();
    this.timers.clear("turn");
    this.voter.dropWindow();
    this.tell(now, "elected");
    this.#announce(now);
  }

  /** Lets the followers go, so that they need not wait for this member's claim to run out. */
  #stopLeading(now: Millis, cause: "superseded" | "resigned"): void {
    const claim = this.#leadership!.claim;
    const { successor } = this.turn;
    const release = { kind: "release", claim } as const;
    this.sendAll(successor === undefined ? release : { ...release, successor });
    this.counts.stepDowns++;
    this.#leadership = undefined;
    this.bid.end();
    this.timers.clear("beat");
    this.timers.clear("spared");
    this.timers.clear("lapse");
    this.timers.clear("repeat");
    this.#leaderlessSince = now;
    this.#state = "waiting";
    // Whoever has the better right is about to be heard.
    this.armTurn(this.turn.again(now + this.pace.promiseMs));
    this.tell(now, cause);
  }

  #end(): void {
    this.#state = "idle";
    this.bid.end();
    this.follower.forget();
    for (
      const timer of [
        ...["beat", "spared", "lapse", "doubt", "silence"] as const,
        ...["turn", "repeat", "rewrite"] as const,
      ]
    ) {
      this.timers.clear(timer);
    }
  }
}
