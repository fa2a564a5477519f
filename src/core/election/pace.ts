import type { Millis } from "../kernel/time.ts";
import type { Timing } from "../profile.ts";

/** Every duration of an election, from the few that a profile sets. */
export interface Pace {
  readonly heartbeatMs: Millis;
  /** How long a member that heard its leader grants its vote to nobody else. */
  readonly promiseMs: Millis;
  /**
   * How long the leader counts on that promise. It counts from when it sent, the member from when
   * it received, and the rest of the difference covers clocks of different speed.
   */
  readonly leaseMs: Millis;
  /** Silence after which the leader is asked for, before it is given up. */
  readonly doubtMs: Millis;
  /** A vote binds its giver for so long without a heartbeat, and is counted on for less. */
  readonly voteHoldMs: Millis;
  /** Between the turns of two members of neighbouring rank. */
  readonly slotMs: Millis;
  /** How long a vote waits for a better candidate, if the one that asks waits long enough. */
  readonly windowMs: Millis;
  /** How long answers to one round of questions are waited for. */
  readonly roundMs: Millis;
  /** What is not answered by then is asked again, and then after twice as long. */
  readonly repeatMs: Millis;
  /**
   * How long a new member's arrival is waited out before the first leader is elected. Nobody misses
   * a leader then, and machines that are switched on together take a while to find each other.
   */
  readonly settleMs: Millis;
  /** An election that reached no quorum in this time is decided by those who can be reached. */
  readonly electionTimeoutMs: Millis;
}

/** Clocks differ by a few hundred parts per million; a tenth is far beyond that. */
const DRIFT_SHARE = 0.1;

const SHORTEST_ROUND_MS: Millis = 500;
const SHORTEST_SETTLE_MS: Millis = 1_000;

/** A question is asked again after one, three and seven eighths of a round. */
const REPEAT_SHARE = 8;

/** No vote waits for more than an eighth of the candidate's round, so that it is there in time. */
const WINDOW_SHARE = 8;

/** How long whoever was promised something for so long counts on it. */
export function leaseOf(promiseMs: Millis): Millis {
  return promiseMs * (1 - DRIFT_SHARE);
}

/** How long a vote may wait for a better candidate than one that waits so long for votes. */
export function windowOf(roundMs: Millis): Millis {
  return roundMs / WINDOW_SHARE;
}

export function paceOf(timing: Timing): Pace {
  const { heartbeatMs, heartbeatMisses, electionTimeoutMs } = timing;
  const promiseMs = heartbeatMs * heartbeatMisses;
  const roundMs = Math.max(SHORTEST_ROUND_MS, heartbeatMs);
  return {
    heartbeatMs,
    promiseMs,
    leaseMs: leaseOf(promiseMs),
    doubtMs: promiseMs - heartbeatMs,
    voteHoldMs: 2 * roundMs,
    slotMs: heartbeatMs / 4,
    windowMs: heartbeatMs / 8,
    roundMs,
    repeatMs: roundMs / REPEAT_SHARE,
    settleMs: Math.max(SHORTEST_SETTLE_MS, heartbeatMs),
    electionTimeoutMs,
  };
}
