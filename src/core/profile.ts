import { type Millis, MINUTE, SECOND } from "./kernel/time.ts";

/** How often a node speaks and how soon it gives others up: bandwidth against speed. */
export interface Timing {
  /** Between two beacons of a node that has nothing new to say. */
  readonly beaconIntervalMs: Millis;
  /** How long a beacon holds good without another. */
  readonly beaconTtlMs: Millis;
  /** Between two signs of life, of which beacons are only some. */
  readonly pulseIntervalMs: Millis;
  /** How often each peer's round trip is measured. */
  readonly probeRoundMs: Millis;
  /** Between two heartbeats of a leader. */
  readonly heartbeatMs: Millis;
  /** After so many of them without one, a leader is missed. */
  readonly heartbeatMisses: number;
  /** An election that has no result by then is decided by those who can be reached. */
  readonly electionTimeoutMs: Millis;
}

export const PROFILES = {
  standard: {
    beaconIntervalMs: 5 * SECOND,
    beaconTtlMs: 30 * SECOND,
    pulseIntervalMs: 1 * SECOND,
    probeRoundMs: 120 * SECOND,
    heartbeatMs: 2 * SECOND,
    heartbeatMisses: 3,
    electionTimeoutMs: 5 * SECOND,
  },
  distributed: {
    beaconIntervalMs: 10 * SECOND,
    beaconTtlMs: 60 * SECOND,
    pulseIntervalMs: 2 * SECOND,
    probeRoundMs: 240 * SECOND,
    heartbeatMs: 4 * SECOND,
    heartbeatMisses: 3,
    electionTimeoutMs: 10 * SECOND,
  },
  tactical: {
    beaconIntervalMs: 3 * SECOND,
    beaconTtlMs: 15 * SECOND,
    pulseIntervalMs: 0.5 * SECOND,
    probeRoundMs: 15 * SECOND,
    heartbeatMs: 0.5 * SECOND,
    heartbeatMisses: 3,
    electionTimeoutMs: 2 * SECOND,
  },
  fast: {
    beaconIntervalMs: 2 * SECOND,
    beaconTtlMs: 6 * SECOND,
    pulseIntervalMs: 0.2 * SECOND,
    probeRoundMs: 5 * SECOND,
    heartbeatMs: 0.2 * SECOND,
    heartbeatMisses: 3,
    electionTimeoutMs: 1 * SECOND,
  },
} as const satisfies Record<string, Timing>;

export type ProfileName = keyof typeof PROFILES;

export const PROFILE_NAMES = [
  "standard",
  "distributed",
  "tactical",
  "fast",
] as const satisfies readonly ProfileName[];

/** How long a silent node's numbers are remembered, so that its old beacons stay old. */
export const FORGET_AFTER_MS = 10 * MINUTE;
