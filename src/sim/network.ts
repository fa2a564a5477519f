import type { Random } from "../core/kernel/random.ts";
import type { Millis } from "../core/kernel/time.ts";

/** How the links of a network behave when no fault says otherwise. */
export interface NetworkConditions {
  readonly loss: number;
  readonly duplicate: number;
  /** One way: a floor, and above it an exponential tail. A tail longer than the gap reorders. */
  readonly delayMs: Millis;
  readonly jitterMs: Millis;
  /** Kilobits a second and link, 0 for no limit. */
  readonly rateKbps: number;
  /** What a link holds back before it drops. */
  readonly queueMs: Millis;
}

export const PERFECT_NETWORK: NetworkConditions = {
  loss: 0,
  duplicate: 0,
  delayMs: 1,
  jitterMs: 0,
  rateKbps: 0,
  queueMs: 1_000,
};

/** No packet is late by more than this, so that healing has an end. */
const LONGEST_DELAY_MS: Millis = 2_000;

export interface NetworkCounts {
  sent: number;
  delivered: number;
  lost: number;
  cut: number;
  duplicated: number;
  overflowed: number;
  bytes: number;
}

/** Packets between nodes that are known by number. It decides whether and when each arrives. */
export class PacketNetwork {
  readonly counts: NetworkCounts = {
    sent: 0,
    delivered: 0,
    lost: 0,
    cut: 0,
    duplicated: 0,
    overflowed: 0,
    bytes: 0,
  };
  readonly #nodes: number;
  readonly #random: Random;
  readonly #isApart: ((from: number, to: number) => boolean) | undefined;
  #conditions: NetworkConditions;
  #extraLoss = 0;
  /** How many faults cut each directed link at the moment. Made when the first fault needs it. */
  #cuts: Uint8Array | undefined;
  #busyUntil: Float64Array | undefined;

  /** `isApart` says which nodes no link is between, whatever fails or heals. */
  constructor(
    nodes: number,
    conditions: NetworkConditions,
    random: Random,
    isApart?: (from: number, to: number) => boolean,
  ) {
    this.#nodes = nodes;
    this.#isApart = isApart;
    this.#conditions = conditions;
    this.#random = random;
  }

  get conditions(): NetworkConditions {
    return this.#conditions;
  }

  set conditions(conditions: NetworkConditions) {
    this.#conditions = conditions;
  }

  /** A storm: loss on every link, on top of what the conditions say. */
  set extraLoss(probability: number) {
    this.#extraLoss = probability;
  }

  cut(from: number, to: number): void {
    this.#cuts ??= new Uint8Array(this.#nodes * this.#nodes);
    this.#cuts[from * this.#nodes + to]!++;
  }

  mend(from: number, to: number): void {
    const index = from * this.#nodes + to;
    if (this.#cuts !== undefined && this.#cuts[index]! > 0) this.#cuts[index]!--;
  }

  /** Ends every cut and storm at once. */
  heal(conditions: NetworkConditions): void {
    this.#cuts = undefined;
    this.#extraLoss = 0;
    this.#conditions = conditions;
  }

  isCut(from: number, to: number): boolean {
    return this.#isApart?.(from, to) === true ||
      (this.#cuts !== undefined && this.#cuts[from * this.#nodes + to]! > 0);
  }

  /** Hands every arrival of one packet to `arrive`: none if it is lost, two if it is duplicated. */
  transmit(
    now: Millis,
    from: number,
    to: number,
    bytes: number,
    arrive: (at: Millis) => void,
  ): void {
    if (this.isCut(from, to)) {
      this.counts.cut++;
      return;
    }
    const { loss, duplicate } = this.#conditions;
    if (this.#isLost(loss)) {
      this.counts.lost++;
      return;
    }
    const queuedMs = from === to ? 0 : this.#queue(now, from, to, bytes);
    if (queuedMs === undefined) return;
    arrive(this.#arrival(now + queuedMs, from === to));
    this.counts.delivered++;
    if (duplicate > 0 && this.#random.chance(duplicate)) {
      this.counts.duplicated++;
      arrive(this.#arrival(now + queuedMs, from === to));
    }
  }

  #isLost(loss: number): boolean {
    const total = loss + this.#extraLoss;
    return total > 0 && this.#random.chance(total);
  }

  #arrival(leftAt: Millis, loopback: boolean): Millis {
    if (loopback) return Math.ceil(leftAt);
    const { delayMs, jitterMs } = this.#conditions;
    const extraMs = jitterMs > 0 ? this.#random.exponential(jitterMs) : 0;
    return Math.ceil(leftAt + Math.min(LONGEST_DELAY_MS, delayMs + extraMs));
  }

  /** How long the packet waits for the link to be free, undefined if the link's queue is full. */
  #queue(now: Millis, from: number, to: number, bytes: number): Millis | undefined {
    const { rateKbps, queueMs } = this.#conditions;
    if (rateKbps === 0) return 0;
    this.#busyUntil ??= new Float64Array(this.#nodes * this.#nodes);
    const index = from * this.#nodes + to;
    const startAt = Math.max(now, this.#busyUntil[index]!);
    if (startAt - now > queueMs) {
      this.counts.overflowed++;
      return undefined;
    }
    const transmitMs = bytes * 8 / rateKbps;
    this.#busyUntil[index] = startAt + transmitMs;
    return startAt + transmitMs - now;
  }
}
