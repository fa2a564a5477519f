import type { Millis } from "../../../src/core/kernel/time.ts";
import { elect } from "../../../src/core/election/ranking/nearest.ts";
import { HEARTBEAT_MS } from "./setting.ts";

/** After so many heartbeats without one a leader is silent; the boundary itself counts. */
const MISSES = 3;
const SILENCE_MS = MISSES * HEARTBEAT_MS;

export type NearestRole = "leader" | "replica";

/**
 * One member under the rules of an election by the nearest round trip: whoever misses the leader
 * elects from its own seat and asks nobody, and a leader that hears another of a lower id gives way.
 * Every tail is equal, so the rule that the longer tail wins decides nothing here.
 */
export class NearestReplica {
  readonly id: number;
  readonly #set: readonly number[];
  readonly #rttTo: (peer: number) => Millis;
  readonly #seenAt = new Map<number, Millis>();
  #believed: number | undefined;
  role: NearestRole;

  constructor(
    id: number,
    set: readonly number[],
    rttTo: (peer: number) => Millis,
    role: NearestRole,
  ) {
    this.id = id;
    this.#set = set;
    this.#rttTo = rttTo;
    this.role = role;
  }

  /** Whom it takes for the leader. */
  get leader(): number | undefined {
    return this.role === "leader" ? this.id : this.#believed;
  }

  hear(now: Millis, from: number, role: NearestRole): void {
    this.#seenAt.set(from, now);
    if (role !== "leader") return;
    if (this.#believed === undefined || from < this.#believed) this.#believed = from;
    if (this.role === "leader" && from < this.id) this.role = "replica";
  }

  /** Answers the role that this tick's heartbeats carry: the one from before the tick. */
  tick(now: Millis): NearestRole {
    const { role } = this;
    const isSilent = role === "replica" && this.#believed !== undefined &&
      !this.#isHealthy(now, this.#believed);
    if (isSilent) this.#elect(now);
    return role;
  }

  #elect(now: Millis): void {
    const outcome = elect(this.#set, this.id, {
      rttTo: this.#rttTo,
      healthOf: (peer) => peer === this.id || this.#isHealthy(now, peer),
    });
    this.#believed = undefined;
    if (outcome.kind === "selfWins") this.role = "leader";
  }

  #isHealthy(now: Millis, peer: number): boolean {
    return now - (this.#seenAt.get(peer) ?? -Infinity) < SILENCE_MS;
  }
}
