import { Random } from "../core/kernel/random.ts";
import { paceOf } from "../core/election/pace.ts";
import { type Millis, SECOND } from "../core/kernel/time.ts";
import { PROBES_PER_SECOND } from "../core/rtt/prober.ts";
import type { Checker } from "./checker.ts";
import { type Broken, CheckerTable } from "./checker_table.ts";
import { CHECKERS } from "./checkers/all.ts";
import type { Step } from "./host.ts";
import type { NetworkCounts } from "./network.ts";
import { hasCells, isQuiet, type Plan, timingsOf } from "./plan.ts";
import { plantersOf } from "./work.ts";
import { World } from "./world.ts";

/** How often a healed world is asked whether it has converged. */
const LOOK_EVERY_MS: Millis = 100;
/** How much virtual time passes between two chances for the caller to look up. */
const SLICE_MS: Millis = 500;
/** How often two members may seek the lead at once, one after the other. */
const COLLISIONS = 4;

/** Until everybody was told by a summary what it lacks, and asked for it once more. */
const DOCUMENTS_MS: Millis = 180 * SECOND;

/** N3: whatever comes in, no node fails at it; the run ends there, and its seed is told. */
const NEVER_THROWS = "never-throws";

/** Runs the world until then. Answers what went wrong, if anything did. */
type RunUntil = (end: Millis) => string | undefined;

export type Phase = "safety" | "liveness";

export interface Violation {
  readonly invariant: string;
  readonly phase: Phase;
  readonly step: number;
  readonly atMs: Millis;
  readonly detail: string;
}

export interface RunResult {
  readonly plan: Plan;
  readonly steps: number;
  readonly counts: Readonly<NetworkCounts>;
  /** How often nodes gave notice of what, by its type. */
  readonly notices: Readonly<Record<string, number>>;
  /** How often somebody was elected to lead. */
  readonly elections: number;
  /** How many writes died with their process before they were safe. */
  readonly lostWrites: number;
  /** What nodes refused before it reached them, by the reason. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly virtualMs: Millis;
  /** How long the core took to converge: from the start of a quiet run, from healing otherwise. */
  readonly convergedMs: Millis | undefined;
  readonly violation: Violation | undefined;
}

/** Sees every step, in order. */
export type Observe = (step: Step) => void;

/** Runs a plan to its end. */
export function run(plan: Plan, observe?: Observe): RunResult {
  return finish(runInSlices(plan, observe));
}

/** What is left of a run, without a pause. */
export function finish<T>(slices: Generator<Millis, T>): T {
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}

/**
 * Runs a plan in two phases. In the first anything may fail, and the invariants are checked after
 * every step. In the second a core of the nodes is healed, and it must converge within a bound.
 * It yields the virtual time now and then, so that a caller can show it, or listen to a signal.
 */
export function* runInSlices(plan: Plan, observe?: Observe): Generator<Millis, RunResult> {
  const world = new World(plan);
  const checkers = CHECKERS.map((make) => make(world));
  const table = new CheckerTable(checkers);
  let broken: Broken | undefined;
  world.watch((step) => {
    observe?.(step);
    broken = table.firstBroken(step);
    return broken?.detail;
  });
  const runUntil: RunUntil = (end) => {
    try {
      return world.runUntil(end);
    } catch (error) {
      broken = { invariant: NEVER_THROWS, detail: String(error) };
      return broken.detail;
    }
  };
  const boundMs = convergenceBound(plan);
  // Whoever plants what it may not keeps it, so all agree only once it is gone.
  const quiet = isQuiet(plan) && plantersOf(plan.work).length === 0;
  const formedMs = quiet
    ? yield* awaitConvergence(world, runUntil, checkers, world.hosts, boundMs)
    : 0;
  while (broken === undefined && world.now < plan.durationMs) {
    runUntil(Math.min(plan.durationMs, world.now + SLICE_MS));
    yield world.now;
  }
  if (broken !== undefined) return resultOf(world, undefined, violationOf(world, "safety", broken));

  const core = chooseCore(plan);
  world.heal(core);
  const hosts = world.hosts.filter((host) => core.has(host.index));
  const healedMs = yield* awaitConvergence(world, runUntil, checkers, hosts, boundMs);
  if (broken !== undefined) {
    return resultOf(world, undefined, violationOf(world, "liveness", broken));
  }
  if (healedMs !== undefined && formedMs !== undefined) {
    return resultOf(world, quiet ? formedMs : healedMs, undefined);
  }
  const pending = firstPending(checkers, hosts) ?? {
    invariant: "all-see-all",
    detail: `the nodes did not find each other within ${boundMs} ms, only later`,
  };
  return resultOf(world, undefined, violationOf(world, "liveness", pending));
}

/**
 * Half of the nodes or more, at least two where there are two. A quiet run keeps them all. Who was
 * put out of the formation is left out here as well.
 */
function chooseCore(plan: Plan): ReadonlySet<number> {
  const revoked = plan.faults.flatMap((fault) => fault.kind === "revoke" ? [fault.node] : []);
  const planters = plantersOf(plan.work);
  const all = Array.from({ length: plan.nodes }, (_, index) => index)
    .filter((index) => !revoked.includes(index) && !planters.includes(index));
  // Islands are one mesh only with those that are on several.
  if (isQuiet(plan) || plan.islands !== undefined) return new Set(all);
  const random = new Random(plan.seed).split("core");
  const least = Math.min(all.length, Math.max(2, Math.ceil(all.length / 2)));
  return new Set(random.shuffled(all).slice(0, random.between(least, all.length)));
}

/** Long enough for the dead to expire twice over, for every slow start and retry, and to elect. */
function convergenceBound(plan: Plan): Millis {
  const beaconTtlMs = Math.max(...timingsOf(plan).map((timing) => timing.beaconTtlMs));
  const probesMs = 2 * SECOND * plan.nodes / PROBES_PER_SECOND;
  const documentsMs = plan.work === undefined ? 0 : DOCUMENTS_MS;
  const electionMs = hasCells(plan) ? electionBound(plan) : 0;
  return 2 * beaconTtlMs + 30 * SECOND + probesMs + electionMs + documentsMs;
}

/**
 * From when all are connected until one leads them all: every promise that was made before runs
 * out, those in reach wait for the rest, everybody's turn comes, and a few attempts may collide.
 */
export function electionBound(plan: Plan): Millis {
  const bounds = timingsOf(plan).map(paceOf).map((
    { promiseMs, electionTimeoutMs, slotMs, roundMs },
  ) => 2 * promiseMs + electionTimeoutMs + plan.nodes * slotMs + COLLISIONS * 2 * roundMs);
  return Math.max(...bounds);
}

/** Runs until nothing is pending; answers after how long, or undefined when the bound came first. */
function* awaitConvergence(
  world: World,
  runUntil: RunUntil,
  checkers: readonly Checker[],
  core: World["hosts"],
  withinMs: Millis,
): Generator<Millis, Millis | undefined> {
  const from = world.now;
  while (firstPending(checkers, core) !== undefined) {
    if (world.now - from >= withinMs) return undefined;
    if (runUntil(world.now + LOOK_EVERY_MS) !== undefined) return undefined;
    yield world.now;
  }
  return world.now - from;
}

function firstPending(checkers: readonly Checker[], core: World["hosts"]): Broken | undefined {
  for (const checker of checkers) {
    const detail = checker.pending?.(core);
    if (detail !== undefined) return { invariant: checker.name, detail };
  }
  return undefined;
}

function violationOf(world: World, phase: Phase, broken: Broken): Violation {
  return { ...broken, phase, step: world.steps, atMs: world.now };
}

function resultOf(
  world: World,
  convergedMs: Millis | undefined,
  violation: Violation | undefined,
): RunResult {
  return {
    plan: world.plan,
    steps: world.steps,
    counts: world.network.counts,
    notices: world.notices,
    elections: world.elections,
    lostWrites: world.hosts.reduce((sum, { disk }) => sum + disk.lostWrites, 0),
    rejected: world.standings.rejected,
    virtualMs: world.now,
    convergedMs,
    violation,
  };
}
