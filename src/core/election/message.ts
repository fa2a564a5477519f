import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import type { Authority, Claim } from "./claim.ts";

/**
 * What members of one electorate say to each other. Who says it was proven by the connection that
 * it came over, so no message names its sender.
 */
export type ElectionMessage =
  /** Would you vote for me, if I stood? Changes nothing at either end. */
  | { readonly kind: "poll"; readonly round: number }
  | PollAnswer
  /** Vote for me in this term. */
  | Candidacy
  /** `granted` is a promise, and was on the disk before it was sent. */
  | {
    readonly kind: "vote";
    readonly term: number;
    readonly granted: boolean;
    readonly highestTerm: number;
    /** For how long the member votes for nobody else, from when it gave its vote. */
    readonly holdMs?: Millis;
  }
  | Heartbeat
  | Acknowledgement
  /** The claim is too old here. */
  | Refusal
  /** The leader gives its claim up, to the named member if there is one. */
  | { readonly kind: "release"; readonly claim: Claim; readonly successor?: NodeId }
  /** I do not hear the holder of this claim; do you? */
  | { readonly kind: "inquiry"; readonly claim: Claim }
  /** Yes, just now. */
  | { readonly kind: "witness"; readonly claim: Claim };

/** Why a member would not vote for whoever asks. */
export type PollVerdict =
  | "granted"
  /** It leads itself. */
  | "leading"
  /** It hears its leader. */
  | "bound"
  /** It started so recently that it may be bound and not know it any more. */
  | "starting";

export interface PollAnswer {
  readonly kind: "pollAnswer";
  readonly round: number;
  readonly verdict: PollVerdict;
  /** The highest term that this member knows. */
  readonly highestTerm: number;
  /** Whom it is bound to and for how long yet. */
  readonly bond?: PollBond;
  /** Whom it knows to belong to the electorate. */
  readonly members: readonly NodeId[];
}

export interface PollBond {
  readonly claim: Claim;
  readonly forMs: Millis;
  /** Since when the leader was not heard, absent where it never was. */
  readonly heardMsAgo?: Millis;
}

export interface Candidacy {
  readonly kind: "candidacy";
  readonly term: number;
  /** Everybody who answered the candidate's poll. */
  readonly heardFrom: readonly NodeId[];
  /** How long the candidate waits for votes, so that a slower voter gives its own in time. */
  readonly roundMs: Millis;
  /**
   * The longest that it ever promised a leader to wait, if that is longer than its own profile says.
   * Whoever lost its disk may have promised as much to the same one (L4).
   */
  readonly longestPromiseMs?: Millis;
  /** The leader itself asks, because somebody knows a higher term than its own. */
  readonly renews?: { readonly claim: Claim; readonly authority: Authority };
}

export interface Heartbeat {
  readonly kind: "heartbeat";
  readonly claim: Claim;
  /** Rises by one from heartbeat to heartbeat of a claim. */
  readonly sequence: number;
  readonly authority: Authority;
  /**
   * How long whoever acknowledges it is bound by it. Who leads sets the pace: members that were
   * started with other profiles wait for their leader as long as it counts on them.
   */
  readonly promiseMs: Millis;
  /** As with a candidacy. */
  readonly longestPromiseMs?: Millis;
  /** Who voted for the claim, in its first few heartbeats. */
  readonly voters: readonly NodeId[];
}

export interface Acknowledgement {
  readonly kind: "acknowledgement";
  readonly claim: Claim;
  readonly sequence: number;
  /** Whether the leader may count on this member, or somebody else still does. */
  readonly isBound: boolean;
}

export interface Refusal {
  readonly kind: "refusal";
  readonly claim: Claim;
  readonly highestTerm: number;
  /** The leader that is followed here instead. */
  readonly follows?: { readonly claim: Claim; readonly authority: Authority };
}

/** Bounds that every decoder of an election message enforces. */
export const ELECTION_LIMITS = {
  members: 256,
  /** Longer than any profile's. */
  promiseMs: 15_000,
  roundMs: 15_000,
} as const;
