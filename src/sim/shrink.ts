import type { Fault } from "./faults.ts";
import { PERFECT_NETWORK } from "./network.ts";
import type { Plan } from "./plan.ts";
import { run, type RunResult } from "./run.ts";

/** How many times a failing plan is run again at the most. */
const ATTEMPTS = 400;

export interface Shrunk {
  readonly plan: Plan;
  readonly result: RunResult;
  /** How many runs it took. */
  readonly attempts: number;
}

/**
 * Looks for the smallest plan that still breaks the same invariant: fewest faults first, then a
 * perfect network and perfect clocks, then the shortest time. It never trades one bug for another.
 */
export function shrink(failed: RunResult): Shrunk {
  const invariant = failed.violation?.invariant;
  let best = failed;
  let attempts = 0;

  /** Keeps the plan if it still fails the same way. */
  function attempt(plan: Plan): boolean {
    if (attempts === ATTEMPTS) return false;
    attempts++;
    const result = run(plan);
    if (result.violation?.invariant !== invariant) return false;
    best = result;
    return true;
  }

  dropFaults(() => best.plan, attempt);
  dropWork(() => best.plan, attempt);
  for (const simpler of simplerSettings) attempt({ ...best.plan, ...simpler(best.plan) });
  dropFaults(() => best.plan, attempt);
  shortenFaults(() => best.plan, attempt);
  if (best.violation?.phase === "safety") {
    attempt({ ...best.plan, durationMs: best.violation.atMs });
  }
  return { plan: best.plan, result: best, attempts };
}

const simplerSettings: readonly ((plan: Plan) => Partial<Plan>)[] = [
  () => ({ network: PERFECT_NETWORK }),
  ({ network }) => ({ network: { ...network, duplicate: 0 } }),
  ({ network }) => ({ network: { ...network, rateKbps: 0 } }),
  ({ network }) => ({ network: { ...network, jitterMs: 0 } }),
  ({ network }) => ({ network: { ...network, loss: 0 } }),
  () => ({ driftPpm: 0 }),
  () => ({ wallErrorMs: 0 }),
  () => ({ startWithinMs: 0 }),
];

/** Leaves out halves, then quarters, and so on to single faults, as long as it still fails. */
function dropFaults(current: () => Plan, attempt: (plan: Plan) => boolean): void {
  for (let size = Math.ceil(current().faults.length / 2); size >= 1;) {
    let dropped = false;
    for (let start = 0; start < current().faults.length;) {
      const { faults } = current();
      const rest = [...faults.slice(0, start), ...faults.slice(start + size)];
      if (attempt({ ...current(), faults: rest })) dropped = true;
      else start += size;
    }
    if (size === 1 && !dropped) return;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
}

/** Leaves out what is done with documents, half of it at a time. A run without any shares none. */
function dropWork(current: () => Plan, attempt: (plan: Plan) => boolean): void {
  const without = ({ work: _, ...plan }: Plan): Plan => plan;
  if (current().work !== undefined && attempt(without(current()))) return;
  for (
    let size = Math.ceil((current().work?.length ?? 0) / 2);
    size >= 1;
    size = Math.floor(size / 2)
  ) {
    for (let start = 0; start < (current().work?.length ?? 0);) {
      const { work = [] } = current();
      const rest = [...work.slice(0, start), ...work.slice(start + size)];
      if (!attempt({ ...current(), work: rest })) start += size;
    }
  }
}

function shortenFaults(current: () => Plan, attempt: (plan: Plan) => boolean): void {
  for (let index = 0; index < current().faults.length; index++) {
    for (let halved = 0; halved < 6; halved++) {
      const fault = current().faults[index]!;
      if (!("forMs" in fault) || fault.forMs < 2) break;
      const shorter: Fault = { ...fault, forMs: Math.floor(fault.forMs / 2) };
      const faults = current().faults.with(index, shorter);
      if (!attempt({ ...current(), faults })) break;
    }
  }
}
