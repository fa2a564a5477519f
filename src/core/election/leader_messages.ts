import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import type { Beat, SpokenAcknowledgement, SpokenHeartbeat } from "./beat.ts";
import { type Claim, compareClaims, isSameClaim } from "./claim.ts";
import { noteRivals } from "./counts.ts";
import type { Acknowledgement, Heartbeat, Refusal } from "./message.ts";
import type { Seat } from "./seat.ts";
import type { VoteMessages } from "./vote_messages.ts";
import { Witnesses } from "./witnesses.ts";

/**
 * A sign of life counts for a heartbeat when the one before is so much of a heartbeat's time ago.
 * Signs may come more often, and a leader that is gone is not to be waited for longer for that.
 */
const SPACING = 0.6;

/** What leaders and those who follow them say to each other. */
export class LeaderMessages {
  readonly #seat: Seat;
  readonly #votes: VoteMessages;
  readonly #witnesses = new Witnesses();
  /** When a sign of life last counted for a heartbeat. */
  #feltAt: Millis = -Infinity;

  constructor(seat: Seat, votes: VoteMessages) {
    this.#seat = seat;
    this.#votes = votes;
  }

  get witnessesEvicted(): number {
    return this.#witnesses.evicted;
  }

  hearHeartbeat(now: Millis, from: NodeId, heartbeat: Heartbeat): void {
    const { counts, leadership, follower, ballot } = this.#seat;
    const { claim, authority } = heartbeat;
    if (claim.nodeId !== from) return void counts.forged++;
    if (this.#seat.isLeap(claim.term)) return;
    if (leadership !== undefined) {
      noteRivals(counts, leadership, heartbeat);
      const givesWay = this.#seat.givesWay(now, leadership, claim, authority);
      if (!givesWay) return this.#refuse(from, claim);
      this.#seat.on(now, "superseded");
    }
    if (follower.followed !== undefined) noteRivals(counts, follower.followed, heartbeat);
    if (this.#isHeldByQuorum(now, heartbeat)) return this.#refuse(from, claim);
    switch (follower.judge(heartbeat, ballot.floor)) {
      case "stale":
        counts.stale++;
        return this.#refuse(from, claim);
      case "replayed":
        return void counts.replayed++;
      case "fresh":
        return this.#follow(now, heartbeat);
    }
  }

  #follow(now: Millis, heartbeat: Heartbeat): void {
    const { claim, sequence } = heartbeat;
    const isBound = this.#accept(now, heartbeat);
    const message = { kind: "acknowledgement", claim, sequence, isBound } as const;
    this.#seat.ballot.hold({ kind: "send", to: claim.nodeId, message });
  }

  /** Answers whether the leader may count on this member by it. */
  #accept(now: Millis, heartbeat: Heartbeat, spoken?: number): boolean {
    const { ballot, voter, follower } = this.#seat;
    const { claim } = heartbeat;
    const isSame = isSameClaim(follower.followed?.claim, claim);
    ballot.accept(claim);
    voter.hearPromise(heartbeat.longestPromiseMs ?? heartbeat.promiseMs);
    // Whoever was promised something counts on it until it ends, and no two may count on one (L3).
    const isBound = voter.mayBind(now, claim.nodeId);
    follower.accept(now, heartbeat, isBound ? spoken : undefined);
    if (isBound) {
      ballot.promise(heartbeat.promiseMs);
      voter.bind(claim, now + this.#seat.patienceMs(now));
    }
    this.#seat.on(now, "accepted");
    for (const to of this.#witnesses.heard(claim)) this.#seat.send(to, { kind: "witness", claim });
    this.#seat.tell(now, isSame ? "authority" : "heard");
    return isBound;
  }

  /** What this member's signs of life say. A promise is told only once the disk keeps it (L2). */
  beatAt(now: Millis): Beat | undefined {
    const { leadership, follower: { followed }, ballot, pace: { promiseMs } } = this.#seat;
    if (leadership !== undefined) {
      const { claim: { term } } = leadership;
      return { kind: "heartbeat", term, authority: leadership.authority(now), promiseMs };
    }
    if (followed?.spoken === undefined || followed.isIndirect) return undefined;
    // Whoever votes in a higher term, and be it for its leader, lets nobody count on less (L5).
    if (!ballot.isDurable || compareClaims(followed.claim, ballot.floor) < 0) return undefined;
    return { kind: "acknowledgement", claim: followed.claim, heard: followed.spoken };
  }

  /** A sign of life of the leader that this member follows and was told of. Any other says nothing. */
  feelHeartbeat(
    now: Millis,
    from: NodeId,
    spoken: number,
    { term, authority, promiseMs }: SpokenHeartbeat,
  ): void {
    const { leadership, follower: { followed }, ballot, pace } = this.#seat;
    const claim = { term, nodeId: from };
    if (leadership !== undefined || followed === undefined || followed.isIndirect) return;
    if (!isSameClaim(followed.claim, claim) || compareClaims(claim, ballot.floor) < 0) return;
    const heartbeatMs = promiseMs * pace.heartbeatMs / pace.promiseMs;
    if (now - this.#feltAt < SPACING * heartbeatMs) return;
    this.#feltAt = now;
    const { sequence } = followed;
    this.#accept(now, {
      ...{ kind: "heartbeat", claim, sequence, authority, promiseMs, voters: [] },
    }, spoken);
  }

  feelAcknowledgement(now: Millis, from: NodeId, { claim, heard }: SpokenAcknowledgement): void {
    const { leadership, counts } = this.#seat;
    if (leadership === undefined || !isSameClaim(leadership.claim, claim)) return;
    if (leadership.feel(from, heard)) this.#seat.tellAuthority(now);
    else counts.stray++;
  }

  /** Whoever is bound to a leader with quorum does not leave it for one without (L6). */
  #isHeldByQuorum(now: Millis, { claim, authority }: Heartbeat): boolean {
    const { follower: { followed }, voter } = this.#seat;
    if (followed?.authority !== "quorum" || authority === "quorum") return false;
    return followed.claim.nodeId !== claim.nodeId && voter.bondAt(now, claim.nodeId) !== undefined;
  }

  #refuse(to: NodeId, claim: Claim): void {
    const { ballot, leadership, follower, counts } = this.#seat;
    counts.refused++;
    const refusal = { kind: "refusal", claim, highestTerm: ballot.term } as const;
    const followed = leadership === undefined ? follower.followed : undefined;
    const follows = followed && { claim: followed.claim, authority: followed.authority };
    this.#seat.send(to, follows === undefined ? refusal : { ...refusal, follows });
  }

  hearAcknowledgement(now: Millis, from: NodeId, acknowledgement: Acknowledgement): void {
    const { leadership, counts } = this.#seat;
    const { claim, sequence, isBound } = acknowledgement;
    const isOwn = leadership !== undefined && isSameClaim(leadership.claim, claim);
    if (!isOwn || !leadership.acknowledge(from, sequence, isBound)) return void counts.stray++;
    this.#seat.tellAuthority(now);
  }

  /** Somebody knows a higher term than this leader's, so it asks anew in one above that (L6). */
  hearRefusal(now: Millis, { claim, highestTerm, follows }: Refusal): void {
    const { leadership, bid, self } = this.#seat;
    if (leadership === undefined || !isSameClaim(leadership.claim, claim)) return;
    if (this.#seat.isLeap(highestTerm) || bid.isCampaigning) return;
    if (highestTerm < leadership.claim.term) return;
    const isElsewhere = follows !== undefined && follows.claim.nodeId !== self;
    const isBetter = leadership.authority(now) === "quorum" && follows?.authority === "autonomous";
    if (isElsewhere && !isBetter) return; // That leader and this one will meet and settle it.
    this.#seat.counts.renewals++;
    this.#votes.campaign(now, highestTerm + 1, { heardFrom: [], starting: [], isFree: true });
  }

  hearRelease(now: Millis, from: NodeId, claim: Claim, successor: NodeId | undefined): void {
    const { follower, voter, turn, counts } = this.#seat;
    if (claim.nodeId !== from) return void counts.forged++;
    if (!isSameClaim(follower.followed?.claim, claim)) return;
    voter.free(from);
    turn.successor = successor;
    this.#seat.on(now, "released");
  }

  hearInquiry(now: Millis, from: NodeId, claim: Claim): void {
    const { leadership, follower, pace } = this.#seat;
    if (isSameClaim(leadership?.claim, claim) && leadership !== undefined) {
      return this.#seat.beatTo(now, [from]);
    }
    const { followed } = follower;
    if (followed === undefined || followed.isIndirect) return;
    if (!isSameClaim(followed.claim, claim)) return;
    if (now - followed.heardAt < pace.heartbeatMs / 2) {
      return this.#seat.send(from, { kind: "witness", claim });
    }
    // Asked at once, so that nobody vouches for a leader that is gone.
    this.#witnesses.wait(from, claim);
    this.#seat.send(claim.nodeId, { kind: "inquiry", claim });
  }

  hearWitness(now: Millis, claim: Claim): void {
    if (this.#seat.leadership !== undefined || this.#seat.isLeap(claim.term)) return;
    const { follower, ballot, pace } = this.#seat;
    if (!follower.witness(now, claim, ballot.floor, pace.promiseMs)) return;
    this.#seat.on(now, "witnessed");
    this.#seat.tell(now, "witnessed");
  }
}
