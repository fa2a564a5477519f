import type { Millis } from "../../../src/core/kernel/time.ts";
import type { Contest } from "./contest.ts";

const PATIENCE_MS: Millis = 120_000;
const OBSERVED_MS: Millis = 60_000;
const STEP_MS: Millis = 5;

/** What became of a cell whose leader was killed. Times run from the crash, and may be never. */
export interface Failover {
  /** Two at once whose right to lead held, all survivors being connected, */
  readonly hadTwoValid: boolean;
  /** or two who led in their own eyes. */
  readonly hadTwoLeading: boolean;
  /** Somebody led for the first time. */
  readonly firstMs: Millis;
  /** Exactly one led from here to the end of the observation, */
  readonly singleMs: Millis;
  /** and everybody followed it. */
  readonly agreedMs: Millis;
}

/** Kills the leader at `killAt`, or as soon after as one leads and all follow it. */
export function failOver(contest: Contest, killAt: Millis): Failover {
  contest.runTo(killAt);
  while (!isSettled(contest)) {
    if (contest.now - killAt > PATIENCE_MS) {
      throw new Error("Cannot kill the leader: none is agreed");
    }
    contest.runTo(contest.now + STEP_MS);
  }
  const crashedAt = contest.now;
  const observer = new Observer(contest, crashedAt);
  contest.kill(contest.leading()[0]!);
  contest.watch = () => observer.look();
  observer.look();
  contest.runTo(crashedAt + OBSERVED_MS);
  observer.look();
  return observer;
}

function isSettled(contest: Contest): boolean {
  const [leader, second] = contest.leading();
  return leader !== undefined && second === undefined && contest.isFollowedByAll(leader);
}

class Observer implements Failover {
  readonly #contest: Contest;
  readonly #crashedAt: Millis;
  hadTwoValid = false;
  hadTwoLeading = false;
  firstMs = Infinity;
  singleMs = Infinity;
  agreedMs = Infinity;

  constructor(contest: Contest, crashedAt: Millis) {
    this.#contest = contest;
    this.#crashedAt = crashedAt;
  }

  look(): void {
    const contest = this.#contest;
    const sinceMs = contest.now - this.#crashedAt;
    const leading = contest.leading();
    if (leading.length > 0) this.firstMs = Math.min(this.firstMs, sinceMs);
    if (leading.length > 1) {
      this.hadTwoLeading = true;
      this.hadTwoValid ||= contest.valid().length > 1;
    }
    const isSingle = leading.length === 1;
    // What ends begins anew, so that only the last stretch counts.
    this.singleMs = isSingle ? Math.min(this.singleMs, sinceMs) : Infinity;
    const isAgreed = isSingle && contest.isFollowedByAll(leading[0]!);
    this.agreedMs = isAgreed ? Math.min(this.agreedMs, sinceMs) : Infinity;
  }
}
