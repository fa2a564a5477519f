import type { NodeId } from "../kernel/ids.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import type { Electorate } from "./electorate.ts";
import type { Pace } from "./pace.ts";

/** The share of a round that a second attempt is spread over, so that two do not go on colliding. */
const RETRY_SPREAD = 0.5;

/**
 * When it is this member's turn to seek the lead. The best ranked goes first, so that as a rule
 * nobody competes; the others follow one slot apart, in case it cannot.
 */
export class Turn {
  readonly #self: NodeId;
  readonly #electorate: Electorate;
  readonly #pace: Pace;
  readonly #random: Random;
  /** Who was given up last. Nobody leaves the first turn to it. */
  silent: NodeId | undefined;
  /** Whom the last leader named. */
  successor: NodeId | undefined;
  abstainsUntil: Millis = -Infinity;
  /** To whom this member left its own poll since there was a leader. Only members are in it. */
  readonly #preferred = new Set<NodeId>();

  constructor(self: NodeId, electorate: Electorate, pace: Pace, random: Random) {
    this.#self = self;
    this.#electorate = electorate;
    this.#pace = pace;
    this.#random = random;
  }

  /** The first attempt from `at` on; never for a member that may not lead. */
  first(at: Millis): Millis {
    return this.#from(at, this.#pace.slotMs);
  }

  /** Before there was any leader, whoever ranks better gets the time that a whole round takes. */
  cold(at: Millis): Millis {
    return this.#from(at + this.#pace.settleMs, this.#pace.roundMs);
  }

  /** Another attempt, after one that failed. */
  again(at: Millis): Millis {
    return this.first(at) + RETRY_SPREAD * this.#pace.roundMs * this.#random.unit();
  }

  /**
   * Whether this member leaves its poll to somebody better. Once each, so that nobody who asks in
   * vain again and again keeps the others from it.
   */
  isLeftTo(better: NodeId): boolean {
    if (this.#preferred.has(better)) return false;
    this.#preferred.add(better);
    return true;
  }

  /** There is a leader, so what was said before counts for nothing. */
  settle(): void {
    this.silent = undefined;
    this.successor = undefined;
    this.#preferred.clear();
  }

  #from(at: Millis, slotMs: Millis): Millis {
    if (this.#electorate.find(this.#self)?.isEligible !== true) return NEVER;
    return Math.max(at, this.abstainsUntil) + this.#place() * slotMs;
  }

  #place(): number {
    if (this.successor === this.#self) return 0;
    const ahead = this.#electorate.turnOf(this.#self, this.silent);
    const isNamed = this.successor !== undefined &&
      this.#electorate.find(this.successor)?.isPresent === true;
    return isNamed ? ahead + 1 : ahead;
  }
}
