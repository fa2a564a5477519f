import { Random } from "../core/kernel/random.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Fault } from "./faults.ts";

type Starvation = Extract<Fault, { kind: "starve" }>;
type Pause = Extract<Fault, { kind: "pause" }>;

/** For how long others may have the processor, */
const SHORTEST_PAUSE_MS: Millis = 50;
export const LONGEST_PAUSE_MS: Millis = 500;
/** and for how long the process has it then. */
const SHORTEST_RUN_MS: Millis = 100;
const LONGEST_RUN_MS: Millis = 1_500;

/** The pauses of a process that shares its machine with too many others; the seed draws them. */
export function pausesOf({ node, atMs, forMs }: Starvation, seed: number): Pause[] {
  const random = new Random(seed).split(`starvation ${node} ${atMs}`);
  const pauses: Pause[] = [];
  const endsAt = atMs + forMs;
  let at = atMs + random.between(0, LONGEST_RUN_MS);
  while (at < endsAt) {
    const pauseMs = Math.min(endsAt - at, random.between(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS));
    pauses.push({ kind: "pause", node, atMs: at, forMs: pauseMs });
    at += pauseMs + random.between(SHORTEST_RUN_MS, LONGEST_RUN_MS);
  }
  return pauses;
}
