import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import { type Authority, type Claim, compareClaims, isSameClaim } from "./claim.ts";
import type { Heartbeat } from "./message.ts";

/** What a member knows of the leader that it follows. */
export interface Followed {
  readonly claim: Claim;
  readonly authority: Authority;
  readonly sequence: number;
  readonly heardAt: Millis;
  /** How long the leader counts on whoever hears it, which is how long it is waited for. */
  readonly promiseMs: Millis;
  /** Who voted for the claim, as far as that was heard. */
  readonly voters: readonly NodeId[];
  /** The last of its signs of life that this member is bound by, if there was one. */
  readonly spoken?: number;
  /** Others hear it, this member does not. */
  readonly isIndirect: boolean;
}

export type HeartbeatVerdict = "stale" | "replayed" | "fresh";

/** Keeps to one leader, and to none whose claim is older than one that is known. */
export class Follower {
  #followed: Followed | undefined;

  get followed(): Followed | undefined {
    return this.#followed;
  }

  /** `floor` is the highest claim that had an effect here; whatever is below it has none (L5). */
  judge({ claim, sequence }: Heartbeat, floor: Claim): HeartbeatVerdict {
    if (compareClaims(claim, floor) < 0) return "stale";
    const known = this.#followed;
    if (known === undefined || !isSameClaim(known.claim, claim)) return "fresh";
    return !known.isIndirect && sequence <= known.sequence ? "replayed" : "fresh";
  }

  /** `spoken` is the number of the sign of life that it came as, where whoever heard it is bound. */
  accept(now: Millis, heartbeat: Heartbeat, spoken?: number): void {
    const { claim, authority, sequence, promiseMs, voters } = heartbeat;
    const known = this.#followed;
    const isKnown = known !== undefined && isSameClaim(known.claim, claim);
    const heard = spoken ?? (isKnown ? known.spoken : undefined);
    this.#followed = {
      claim,
      authority,
      sequence,
      heardAt: now,
      promiseMs,
      voters: voters.length === 0 && isKnown ? known.voters : voters,
      ...(heard === undefined ? {} : { spoken: heard }),
      isIndirect: false,
    };
  }

  /**
   * Somebody hears the leader. Answers whether that is news or comfort here. How long a leader that
   * was never heard is to be waited for is not known; it is as long as this member's own profile says.
   */
  witness(now: Millis, claim: Claim, floor: Claim, promiseMs: Millis): boolean {
    const known = this.#followed;
    if (compareClaims(claim, floor) < 0) return false;
    if (known !== undefined && !isSameClaim(known.claim, claim)) return false;
    this.#followed = known === undefined
      ? {
        claim,
        authority: "quorum",
        sequence: 0,
        heardAt: now,
        promiseMs,
        voters: [],
        isIndirect: true,
      }
      : { ...known, heardAt: now, isIndirect: true };
    return true;
  }

  /** This member slept; the leader gets the time back that nobody could hear it in. */
  forgive(now: Millis, stalledMs: Millis): void {
    if (this.#followed === undefined) return;
    const heardAt = Math.min(now, this.#followed.heardAt + stalledMs);
    this.#followed = { ...this.#followed, heardAt };
  }

  forget(): void {
    this.#followed = undefined;
  }
}
