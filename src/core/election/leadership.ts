import { ewma } from "../kernel/ewma.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import type { Authority, Claim } from "./claim.ts";
import type { Electorate } from "./electorate.ts";
import { LeaseBook } from "./lease_book.ts";
import type { Heartbeat } from "./message.ts";
import { leaseOf, type Pace } from "./pace.ts";

/** The first heartbeats of a claim say who voted for it, so that a double vote shows (L11). */
const BEATS_WITH_VOTERS = 3;

/**
 * Whoever acknowledged a sign of life that is no older than so many heartbeats needs no heartbeat of
 * its own. The lease leaves time for one, and its answer, when that is over.
 */
const SPARED_HEARTBEATS = 1.5;

/** How much one heartbeat counts among those before it. */
const RELIABILITY_WEIGHT = 1 / 16;

/** A vote that was given, and for how long its giver holds to it. */
export interface Vote {
  readonly nodeId: NodeId;
  readonly holdMs: Millis;
}

/** What a leader holds: its claim, and the promises that make it more than a claim. */
export class Leadership {
  readonly since: Millis;
  readonly #electorate: Electorate;
  readonly #pace: Pace;
  readonly #leases = new LeaseBook();
  #claim: Claim;
  #votes: readonly Vote[];
  readonly #acknowledged = new Map<NodeId, number>();
  readonly #reliability = new Map<NodeId, number>();
  /** When this leader said the last sign of life that each member acknowledged. */
  readonly #feltAt = new Map<NodeId, Millis>();
  /** When it said its last sign of life, and the one before. */
  #spokeAt: Millis = -Infinity;
  #spokeBefore: Millis = -Infinity;
  #sequence = 0;
  /** The last heartbeat before this claim. */
  #claimedAfter = 0;
  /** The last heartbeat that counts in the reliability. */
  #measuredUntil = 0;
  #beats = 0;

  constructor(options: {
    now: Millis;
    claim: Claim;
    votes: readonly Vote[];
    /** When the vote was asked for, since what was promised with a vote counts from then. */
    askedAt: Millis;
    electorate: Electorate;
    pace: Pace;
  }) {
    this.since = options.now;
    this.#claim = options.claim;
    this.#votes = options.votes;
    this.#electorate = options.electorate;
    this.#pace = options.pace;
    this.#bindVoters(options.votes, options.askedAt);
  }

  get claim(): Claim {
    return this.#claim;
  }

  get voters(): readonly NodeId[] {
    return this.#votes.map(({ nodeId }) => nodeId);
  }

  authority(now: Millis): Authority {
    return now < this.quorumUntil() ? "quorum" : "autonomous";
  }

  quorumUntil(): Millis {
    return this.#leases.quorumUntil(this.#electorate.others);
  }

  beat(now: Millis): Heartbeat {
    this.#sequence++;
    this.#beats++;
    this.#leases.noteSent(this.#sequence, now);
    return {
      kind: "heartbeat",
      claim: this.#claim,
      sequence: this.#sequence,
      authority: this.authority(now),
      promiseMs: this.#pace.promiseMs,
      voters: this.#beats <= BEATS_WITH_VOTERS ? this.voters : [],
    };
  }

  /** Answers false when no such heartbeat was sent. */
  acknowledge(nodeId: NodeId, sequence: number, isBound: boolean): boolean {
    const highest = Math.max(sequence, this.#acknowledged.get(nodeId) ?? 0);
    if (sequence <= this.#sequence) this.#acknowledged.set(nodeId, highest);
    return this.#leases.noteAcknowledged(nodeId, sequence, isBound ? this.#pace.leaseMs : 0);
  }

  noteSpoken(sequence: number, now: Millis): void {
    this.#spokeBefore = this.#spokeAt;
    this.#spokeAt = now;
    this.#leases.noteSpoken(sequence, now);
  }

  /** The member is bound by a sign of life. Answers false when that was never said by this claim. */
  feel(nodeId: NodeId, sequence: number): boolean {
    const spokenAt = this.#leases.spokenAt(sequence);
    if (spokenAt === undefined) return false;
    this.#feltAt.set(nodeId, Math.max(spokenAt, this.#feltAt.get(nodeId) ?? spokenAt));
    this.#leases.bind(nodeId, spokenAt + this.#pace.leaseMs);
    return true;
  }

  /** Until when the member needs no heartbeat, because it acknowledges signs of life. */
  sparedUntil(nodeId: NodeId): Millis {
    if (this.#beats < BEATS_WITH_VOTERS) return -Infinity;
    return (this.#feltAt.get(nodeId) ?? -Infinity) + SPARED_HEARTBEATS * this.#pace.heartbeatMs;
  }

  /** Of these, whoever may not have heard of the claim yet. */
  unaware(members: readonly NodeId[]): NodeId[] {
    return members.filter((nodeId) => !this.#hasAcknowledged(nodeId, this.#claimedAfter));
  }

  /**
   * Of those who are there, whoever acknowledged nothing since the last look missed a heartbeat. One
   * that was meant for others alone says nothing about it.
   */
  measure(now: Millis): void {
    if (this.#beats === 0) return;
    for (const nodeId of this.#electorate.reachable) {
      const isKept = this.#hasAcknowledged(nodeId, this.#measuredUntil) ||
        this.#hasFelt(nodeId, now);
      const sample = isKept ? 1 : 0;
      const smoothed = ewma(this.#reliability.get(nodeId) ?? 1, sample, RELIABILITY_WEIGHT);
      this.#reliability.set(nodeId, smoothed);
    }
    this.#measuredUntil = this.#sequence;
  }

  /** The smoothed share of heartbeats that each member acknowledged before the next. */
  get reliability(): ReadonlyMap<NodeId, number> {
    return this.#reliability;
  }

  /** The same leader in a higher term. What was promised to it before still binds. */
  renew(claim: Claim, votes: readonly Vote[], askedAt: Millis): void {
    this.#claim = claim;
    this.#votes = votes;
    this.#beats = 0;
    this.#claimedAfter = this.#sequence;
    this.#feltAt.clear();
    this.#leases.forgetSpoken();
    this.#bindVoters(votes, askedAt);
  }

  /** Whether it acknowledged the last sign of life that it had a heartbeat's time to answer. */
  #hasFelt(nodeId: NodeId, now: Millis): boolean {
    const feltAt = this.#feltAt.get(nodeId);
    const isOld = now - this.#spokeAt >= this.#pace.heartbeatMs;
    return feltAt !== undefined && feltAt >= (isOld ? this.#spokeAt : this.#spokeBefore);
  }

  #hasAcknowledged(nodeId: NodeId, after: number): boolean {
    return (this.#acknowledged.get(nodeId) ?? 0) > after;
  }

  /** Whoever voted holds to it for a time of its own, and is counted on for no longer. */
  #bindVoters(votes: readonly Vote[], askedAt: Millis): void {
    for (const { nodeId, holdMs } of votes) this.#leases.bind(nodeId, askedAt + leaseOf(holdMs));
  }
}
