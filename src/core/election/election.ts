import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import { type Millis, SECOND } from "../kernel/time.ts";
import type { Beat, HeardBeat } from "./beat.ts";
import { type Authority, type Claim, compareClaims } from "./claim.ts";
import type { ElectionBounds, ElectionCounts } from "./counts.ts";
import type { ElectionInput, ElectionOutput } from "./election_io.ts";
import type { Electorate, Member } from "./electorate.ts";
import type { Followed } from "./follower.ts";
import { LeaderMessages } from "./leader_messages.ts";
import type { Leadership } from "./leadership.ts";
import type { ElectionMessage } from "./message.ts";
import { Seat, type SeatOptions } from "./seat.ts";
import type { ElectionState } from "./transitions.ts";
import { VoteMessages } from "./vote_messages.ts";

/** How soon a ballot that the disk refused is offered to it again. */
const REWRITE_MS: Millis = 1 * SECOND;

/** By how much of a heartbeat a wake-up is late that was slept through. */
const STALL_SHARE = 1 / 8;

/** Elects one leader of one electorate. SPEC.md has its states and invariants. */
export class Election implements Machine<ElectionInput, ElectionOutput> {
  readonly #seat: Seat;
  readonly #votes: VoteMessages;
  readonly #leaders: LeaderMessages;
  /** When this member was awake last. */
  #awakeAt: Millis = -Infinity;

  constructor(options: SeatOptions) {
    this.#seat = new Seat(options);
    this.#votes = new VoteMessages(this.#seat);
    this.#leaders = new LeaderMessages(this.#seat, this.#votes);
  }

  handle(now: Millis, input: ElectionInput): void {
    const { ballot, timers, turn } = this.#seat;
    this.#noticeStall(now);
    switch (input.kind) {
      case "members":
        this.#learnMembers(now, input.members);
        break;
      case "message":
        this.#receive(now, input.from, input.message);
        break;
      case "beat":
        this.#feel(now, input);
        break;
      case "spoken":
        this.#seat.leadership?.noteSpoken(input.sequence, now);
        break;
      case "persisted":
        ballot.written();
        break;
      case "persistFailed":
        ballot.notWritten();
        timers.set("rewrite", now + REWRITE_MS);
        break;
      case "resign":
        turn.successor = input.successor;
        this.#seat.on(now, "resigned");
        break;
      case "late":
        this.#seat.noteLate(now, input.lateMs);
        break;
      case "due":
        this.#runDue(now);
        break;
      case "stop":
        this.#seat.on(now, "stopped");
        break;
    }
    this.#evaluate(now);
  }

  poll(): ElectionOutput | undefined {
    return this.#seat.outputs.shift();
  }

  deadline(): Millis {
    const { timers, voter, bid } = this.#seat;
    return Math.min(timers.deadline(), voter.deadline, bid.deadline);
  }

  get state(): ElectionState {
    return this.#seat.state;
  }

  get counts(): Readonly<ElectionCounts> {
    return this.#seat.counts;
  }

  /** How often a list was full, and what came of it. */
  get bounds(): ElectionBounds {
    const { ballot, voter } = this.#seat;
    return {
      answersDropped: ballot.dropped,
      candidatesRefused: voter.candidatesRefused,
      promisesEvicted: voter.bondsEvicted,
      witnessesEvicted: this.#leaders.witnessesEvicted,
    };
  }

  /** What this member's signs of life say now, if anybody may count on it. */
  beatAt(now: Millis): Beat | undefined {
    return this.#leaders.beatAt(now);
  }

  /** After how long a silence a leader is given up, as late as this member's own timers are. */
  patienceMs(now: Millis): Millis {
    return this.#seat.patienceMs(now);
  }

  /** The highest term that this member took part in. */
  get term(): number {
    return this.#seat.ballot.term;
  }

  get leader(): Claim | undefined {
    return this.#seat.leader;
  }

  get followed(): Followed | undefined {
    return this.#seat.follower.followed;
  }

  get leadership(): Leadership | undefined {
    return this.#seat.leadership;
  }

  get electorate(): Electorate {
    return this.#seat.electorate;
  }

  authority(now: Millis): Authority | undefined {
    return this.#seat.authority(now);
  }

  /** The fence: whether what was done by this claim may still have an effect here (L5). */
  accepts(claim: Claim): boolean {
    return compareClaims(claim, this.#seat.ballot.floor) >= 0;
  }

  /** Whoever wakes too late slept, and could hear nobody meanwhile (L9). */
  #noticeStall(now: Millis): void {
    const lateMs = now - Math.max(this.deadline(), this.#awakeAt);
    this.#awakeAt = now;
    if (lateMs >= STALL_SHARE * this.#seat.pace.heartbeatMs) this.#seat.forgive(now, lateMs);
  }

  #runDue(now: Millis): void {
    const { timers, voter, bid } = this.#seat;
    timers.take("rewrite", now);
    if (timers.take("doubt", now)) this.#seat.on(now, "doubtDue");
    if (timers.take("silence", now)) this.#seat.on(now, "silenceDue");
    for (const decision of voter.closeWindow(now)) this.#votes.answer(now, decision);
    if (timers.take("turn", now)) this.#takeTurn(now);
    if (bid.deadline <= now) this.#votes.judge(now);
    if (timers.take("repeat", now)) this.#repeat(now);
    if (timers.take("beat", now)) this.#seat.beat(now);
    if (timers.take("spared", now)) this.#seat.beatToSpared(now);
    if (timers.take("lapse", now)) this.#seat.tellAuthority(now);
  }

  #takeTurn(now: Millis): void {
    this.#seat.on(now, "turnDue");
    if (this.#seat.state === "polling") this.#votes.judge(now);
  }

  /** One message that was lost costs a moment and not a round. */
  #repeat(now: Millis): void {
    const { state, bid, leadership, electorate } = this.#seat;
    if (state === "doubting") return this.#seat.askLeaderAgain(now);
    if (state === "polling") this.#votes.pollAgain();
    if (bid.isCampaigning) this.#votes.askAgain(now);
    else if (leadership !== undefined) {
      this.#seat.beatTo(now, leadership.unaware(electorate.reachable));
    }
    this.#seat.repeatLater(now);
  }

  /** What was promised goes to the disk, and what depends on it waits until it is there (L2). */
  #evaluate(now: Millis): void {
    const { ballot, timers, outputs } = this.#seat;
    const write = timers.has("rewrite") ? undefined : ballot.takeWrite();
    if (write !== undefined) outputs.push({ kind: "persist", ballot: write });
    for (const held of ballot.takeReady()) {
      if (held.kind === "send") outputs.push(held);
      else this.#votes.ask(now, held.term);
    }
  }

  #learnMembers(now: Millis, members: readonly Member[]): void {
    const { electorate } = this.#seat;
    const before = new Set(electorate.reachable);
    const isMoved = members.length > electorate.size || !isSameOrder(members, electorate.members);
    electorate.members = members;
    // There is time before the first leader, and whoever comes into reach may be the best.
    const isNews = isMoved || electorate.reachable.some((nodeId) => !before.has(nodeId));
    switch (this.#seat.state) {
      case "idle":
        return members.length > 0 ? this.#seat.on(now, "joined") : undefined;
      case "waiting":
        return isNews && this.#seat.isFirstElection ? this.#seat.armFirstTurn(now) : undefined;
      case "polling":
        return this.#votes.judge(now);
      case "leading":
        this.#seat.beatTo(now, electorate.reachable.filter((nodeId) => !before.has(nodeId)));
        return this.#seat.tellAuthority(now);
    }
  }

  #feel(now: Millis, { from, sequence, beat }: HeardBeat): void {
    if (this.#seat.state === "idle" || !this.electorate.has(from)) return;
    if (beat.kind === "heartbeat") this.#leaders.feelHeartbeat(now, from, sequence, beat);
    else this.#leaders.feelAcknowledgement(now, from, beat);
  }

  #receive(now: Millis, from: NodeId, message: ElectionMessage): void {
    if (this.#seat.state === "idle" || from === this.#seat.self) return;
    if (!this.electorate.has(from)) return void this.#seat.counts.strangers++;
    switch (message.kind) {
      case "heartbeat":
        return this.#leaders.hearHeartbeat(now, from, message);
      case "acknowledgement":
        return this.#leaders.hearAcknowledgement(now, from, message);
      case "refusal":
        return this.#leaders.hearRefusal(now, message);
      case "release":
        return this.#leaders.hearRelease(now, from, message.claim, message.successor);
      case "inquiry":
        return this.#leaders.hearInquiry(now, from, message.claim);
      case "witness":
        return this.#leaders.hearWitness(now, message.claim);
      case "poll":
        return this.#votes.answerPoll(now, from, message.round);
      case "pollAnswer": {
        const bond = this.#votes.hearPollAnswer(now, from, message);
        return bond && this.#leaders.hearWitness(now, bond.claim);
      }
      case "candidacy":
        return this.#votes.hearCandidacy(now, from, message);
      case "vote":
        return this.#votes.hearVote(now, from, message);
    }
  }
}

function isSameOrder(left: readonly Member[], right: readonly Member[]): boolean {
  return left.every(({ nodeId }, place) => nodeId === right[place]?.nodeId);
}
