import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import { type Claim, isSameClaim } from "./claim.ts";
import { noteRivals } from "./counts.ts";
import type { Acknowledgement, Heartbeat, Refusal } from "./message.ts";
import type { Seat } from "./seat.ts";
import type { VoteMessages } from "./vote_messages.ts";
import { Witnesses } from "./witnesses.ts";

/** What leaders and those who follow them say to each other. */
export class LeaderMessages {
  readonly #seat: Seat;
  readonly #votes: VoteMessages;
  readonly #witnesses = new Witnesses();

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
    const { ballot, voter, follower } = this.#seat;
    const { claim, sequence } = heartbeat;
    const isSame = isSameClaim(follower.followed?.claim, claim);
    ballot.accept(claim);
    voter.hearPromise(heartbeat.longestPromiseMs ?? heartbeat.promiseMs);
    // Whoever was promised something counts on it until it ends, and no two may count on one (L3).
    const isBound = voter.mayBind(now, claim.nodeId);
    follower.accept(now, heartbeat);
    if (isBound) {
      ballot.promise(heartbeat.promiseMs);
      voter.bind(claim, now + this.#seat.patienceMs(now));
    }
    this.#seat.on(now, "accepted");
    const message = { kind: "acknowledgement", claim, sequence, isBound } as const;
    ballot.hold({ kind: "send", to: claim.nodeId, message });
    for (const to of this.#witnesses.heard(claim)) this.#seat.send(to, { kind: "witness", claim });
    this.#seat.tell(now, isSame ? "authority" : "heard");
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
