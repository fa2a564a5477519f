import type { Claim } from "../election/claim.ts";
import type { Election } from "../election/election.ts";
import type { NodeId } from "../kernel/ids.ts";
import { type Millis, MINUTE } from "../kernel/time.ts";
import { TimerTable } from "../kernel/timer_table.ts";
import type { CellOptions } from "./cell_options.ts";
import { Challenge, type Rivals } from "./challenge.ts";
import type { Duties } from "./duties.ts";
import type { CellMessage } from "./message.ts";
import type { Muster } from "./muster.ts";
import type { Orders } from "./orders.ts";
import { Rebalancer } from "./rebalancer.ts";
import type { Layout, Move } from "./rebalancing.ts";
import type { Standing } from "./standings.ts";

/** A member that was not heard for so long is no member any more, if the many agree. */
export const ABSENCE_LIMIT_MS: Millis = 10 * MINUTE;

/** A cell is too large or too small for so many election timeouts before anybody is moved. */
const SETTLE_ROUNDS = 2;

/** The cell around whoever leads it. */
export interface Floor {
  readonly election: Election;
  readonly duties: Duties;
  readonly muster: Muster;
  readonly orders: Orders;
  readonly standings: readonly Standing[];
  send(to: NodeId, message: CellMessage): void;
  sendAll(message: CellMessage): void;
  /** The leader itself is to be in another cell. */
  goTo(cellId: string): void;
  /** What this member ranks by holds for all. */
  agree(): void;
  /** These are members no more. */
  putOut(now: Millis, nodeIds: readonly NodeId[]): void;
}

/** What falls to a member while it leads: who does what, who is gone, who moves, who takes over. */
export class Chair {
  readonly #options: CellOptions;
  readonly #floor: Floor;
  readonly #challenge: Challenge;
  readonly #rebalancer: Rebalancer;
  readonly #timers = new TimerTable<"review">();
  /** Something that a leader decides by is not what it was. */
  #isStirred = true;

  constructor(options: CellOptions, floor: Floor) {
    this.#options = options;
    this.#floor = floor;
    this.#challenge = new Challenge(options.challengeAfterMs);
    const settleMs = SETTLE_ROUNDS * options.pace.electionTimeoutMs;
    this.#rebalancer = new Rebalancer(options.size, settleMs);
  }

  get deadline(): Millis {
    return Math.min(this.#timers.deadline(), this.#challenge.deadline);
  }

  stir(): void {
    this.#isStirred = true;
  }

  runDue(now: Millis): void {
    if (this.#timers.take("review", now)) this.#review(now);
    if (this.#challenge.deadline <= now) this.#yieldToChallenger(now);
  }

  /** Decides anew what may be other than before. */
  preside(now: Millis): void {
    const { leadership } = this.#floor.election;
    if (leadership === undefined) return this.#leave();
    if (!this.#isStirred) return;
    this.#isStirred = false;
    this.#handOver(now);
    if (this.#floor.election.leadership === undefined) return this.#leave();
    const { duties, standings, muster } = this.#floor;
    const changed = duties.assign(leadership, standings, muster);
    if (changed !== undefined) this.#floor.sendAll(changed);
    // Whoever is alone agrees with nobody, and joins others by what they agreed on.
    const isCompany = muster.roster.members.length > 1;
    if (isCompany && this.#floor.election.authority(now) === "quorum") this.#floor.agree();
    this.#timers.set("review", now + this.#options.pace.heartbeatMs);
    this.#challenge.watch(now, this.#rivals());
  }

  #leave(): void {
    this.#timers.clear("review");
    this.#challenge.end();
    this.#rebalancer.end();
  }

  /** Once per heartbeat: who is mistaken, silent for too long, and how reliable all are by now. */
  #review(now: Millis): void {
    this.#isStirred = true;
    this.#contradict();
    this.#removeAbsent(now);
    this.#rebalance(now);
  }

  /** Signs of life of whoever was removed count for nothing, which it cannot tell from here (C3). */
  #contradict(): void {
    const { muster } = this.#floor;
    for (const nodeId of muster.mistaken) {
      this.#floor.send(nodeId, { kind: "roster", roster: muster.roster.record });
    }
  }

  /** Only the many may put out whoever is silent: a part could put out all the others. */
  #removeAbsent(now: Millis): void {
    const { election, muster } = this.#floor;
    if (election.authority(now) !== "quorum" || election.leadership === undefined) return;
    this.#floor.putOut(now, muster.absentFor(now, ABSENCE_LIMIT_MS));
  }

  /** Tells those that are to move, once per heartbeat until they are gone (C14). */
  #rebalance(now: Millis): void {
    const { leadership } = this.#floor.election;
    if (leadership === undefined) return;
    const { claim } = leadership;
    const hasQuorum = this.#floor.election.authority(now) === "quorum";
    const move = this.#rebalancer.review(now, () => this.#layout(claim.term), hasQuorum);
    if (move !== undefined) this.#moveAway(claim, move);
  }

  #layout(term: number): Layout {
    const { standings, muster } = this.#floor;
    return {
      cellId: this.#options.cellId,
      term,
      ranked: standings.map(({ nodeId }) => nodeId),
      isMovable: (nodeId) => muster.profileOf(nodeId)?.isMovable === true,
      isReachable: (nodeId) => muster.isReachable(nodeId),
      others: this.#options.others?.() ?? [],
    };
  }

  /** The leader is the last to go, so that everybody else was told. */
  #moveAway(claim: Claim, { cellId: to, members }: Move): void {
    const { self } = this.#options;
    const { muster } = this.#floor;
    const others = members.filter((nodeId) => nodeId !== self && muster.isReachable(nodeId));
    for (const nodeId of others) this.#floor.send(nodeId, { kind: "moved", claim, to, members });
    if (others.length === 0 && members.includes(self)) this.#floor.goTo(to);
  }

  /** An operator wants somebody else to lead, and that member is there. */
  #handOver(now: Millis): void {
    const { election, muster, orders } = this.#floor;
    const wanted = orders.order?.leader;
    if (wanted === undefined || wanted === this.#options.self) return;
    if (!muster.isReachable(wanted) || !muster.roster.has(wanted)) return;
    election.handle(now, { kind: "resign", successor: wanted });
  }

  #yieldToChallenger(now: Millis): void {
    const successor = this.#challenge.judge(this.#rivals());
    if (successor === undefined) return;
    this.#floor.election.handle(now, { kind: "resign", successor });
  }

  /** Those who could lead instead, and this member among them. */
  #rivals(): Rivals {
    const { standings, muster } = this.#floor;
    const able = standings.filter(({ nodeId, obstacle }) =>
      obstacle === undefined && muster.isReachable(nodeId)
    );
    return { self: this.#options.self, able };
  }
}
