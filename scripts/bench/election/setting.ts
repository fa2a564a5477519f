import { Random } from "../../../src/core/kernel/random.ts";
import { PROFILES } from "../../../src/core/profile.ts";
import type { Setting } from "./contest.ts";

export const HEARTBEAT_MS = PROFILES.tactical.heartbeatMs;

const SHORTEST_RTT_MS = 1;
export const LONGEST_RTT_MS = 20;

/** Draws what a seed stands for: each pair's round trip, and each member's phase. */
export function drawSetting(seed: number, members: number, loss: number): Setting {
  const random = new Random(seed).split(`setting of ${members}`);
  const delays = new Map<number, number>();
  for (let from = 0; from < members; from++) {
    for (let to = from + 1; to < members; to++) {
      const rttMs = SHORTEST_RTT_MS + (LONGEST_RTT_MS - SHORTEST_RTT_MS) * random.unit();
      delays.set(from * members + to, rttMs / 2);
    }
  }
  return {
    seed,
    members,
    loss,
    delayMs: (from, to) => delays.get(Math.min(from, to) * members + Math.max(from, to))!,
    phaseMs: Array.from({ length: members }, () => HEARTBEAT_MS * random.unit()),
  };
}
