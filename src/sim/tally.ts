import type { ProfileName } from "../core/profile.ts";
import type { FaultKind } from "./faults.ts";
import type { RunResult } from "./run.ts";

/** What runs were drawn with and what came of it, so that nobody needs to believe that it occurs. */
export interface Tally {
  /** Runs by how many nodes they had, */
  readonly nodes: Record<number, number>;
  readonly profiles: Partial<Record<ProfileName, number>>;
  /** by how many profiles its nodes had, where it was several, */
  readonly mixed: Record<number, number>;
  /** by the loss of every link, in percent, rounded up to the next ten, */
  readonly lossPercent: Record<number, number>;
  /** and those with several cells between which members move. */
  several: number;
  /** Faults by their kind. */
  readonly faults: Partial<Record<FaultKind, number>>;
  /** Writes that were not safe yet when a process or its disk died. */
  lostWrites: number;
  /** How often somebody was elected. */
  elections: number;
}

export function noTally(): Tally {
  return {
    nodes: {},
    profiles: {},
    mixed: {},
    lossPercent: {},
    several: 0,
    faults: {},
    lostWrites: 0,
    elections: 0,
  };
}

/** Adds a run to the tally. */
export function addTo(tally: Tally, { plan, lostWrites, elections }: RunResult): void {
  raise(tally.nodes, plan.nodes);
  raise(tally.profiles, plan.profile);
  if (plan.profiles !== undefined) raise(tally.mixed, new Set(plan.profiles).size);
  raise(tally.lossPercent, 10 * Math.ceil(10 * plan.network.loss));
  for (const { kind } of plan.faults) raise(tally.faults, kind);
  if (plan.cellSize !== undefined) tally.several++;
  tally.lostWrites += lostWrites;
  tally.elections += elections;
}

/** The same whatever order the runs came to their ends in. */
export function inOrder(tally: Tally): Tally {
  return { ...tally, profiles: sorted(tally.profiles), faults: sorted(tally.faults) };
}

function sorted<Counts extends object>(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).sort()) as Counts;
}

function raise<Key extends string | number>(counts: Partial<Record<Key, number>>, key: Key): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
