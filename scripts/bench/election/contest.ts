import type { Millis } from "../../../src/core/kernel/time.ts";

/** Members that have a leader among them, in virtual time, whatever the rules are. */
export interface Contest {
  readonly now: Millis;
  /** Called whenever something may have changed. */
  watch: () => void;
  runTo(at: Millis): void;
  kill(member: number): void;
  /** Those who lead in their own eyes. */
  leading(): readonly number[];
  /** Of those, the ones whose right to lead holds. */
  valid(): readonly number[];
  /** Whether every other member that runs takes this one for its leader. */
  isFollowedByAll(member: number): boolean;
}

/** What both systems are given alike. */
export interface Setting {
  readonly seed: number;
  readonly members: number;
  /** The share of messages that never arrive, each on its own. */
  readonly loss: number;
  /** One way, between two members. */
  readonly delayMs: (from: number, to: number) => Millis;
  /** Where in its first heartbeat interval each member begins. */
  readonly phaseMs: readonly Millis[];
}
