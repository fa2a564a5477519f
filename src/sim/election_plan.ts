import { paceOf } from "../core/election/pace.ts";
import { Random } from "../core/kernel/random.ts";
import { type Millis, MINUTE, SECOND } from "../core/kernel/time.ts";
import { PROFILE_NAMES, type ProfileName, PROFILES } from "../core/profile.ts";
import { drawInCrisis, drawMenu, MOST_CRISES } from "./crisis.ts";
import type { Fault, FaultKind } from "./faults.ts";
import { type NetworkConditions, PERFECT_NETWORK } from "./network.ts";
import { computeConfidence, type Plan } from "./plan.ts";
import { onward } from "./random_faults.ts";
import type { PlanWishes } from "./plan_wishes.ts";
import { drawPolicies } from "./random_policies.ts";

/** What befalls members of a cell. Who is who, and what belongs to discovery, other plans ask. */
export const ELECTION_FAULTS = [
  "crash",
  "wipe",
  "restart",
  "pause",
  "starve",
  "partition",
  "cut",
  "isolate",
  "storm",
  "clockStep",
  "drift",
  "diskFull",
  "corruptRead",
  "revoke",
] as const satisfies readonly FaultKind[];

/** One plan in so many has a cell of this size, which takes as long as a few hundred others. */
const LARGE_CELL = 100;
const LARGE_CELL_RARITY = 2_000;

/** One plan in so many has several cells, between which members move. */
const MOVES_RARITY = 8;
const LEAST_TO_MOVE = 6;

/** Profiles by how often they are drawn; what they make of time is drawn in their own pace. */
const PROFILE_MENU: readonly ProfileName[] = [
  ...["standard", "standard", "tactical", "tactical", "tactical"] as const,
  ...["fast", "distributed"] as const,
];

/** In one plan of so many members are started with different profiles. */
const MIXED_RARITY = 6;

/** In one plan of so many nothing goes wrong at all, and the best has to be elected. */
const CALM_RARITY = 16;

/** So many speak seldom, which lets twice as many seeds be run in the same time. */
const CROWDED_SHARE = 3 / 4;

/** Up to this size a cell may have the profile that beats five times a second. */
const FAST_CELL = 8;

/** Long enough for a connection that broke to be found out and made again. */
const SHORTEST_MS: Millis = 25 * SECOND;

/** How long a run lasts in the time that it takes to miss a leader. */
const SILENCES = { least: 9, most: 15 } as const;

/**
 * A plan about elections: a few crises at each of which several things go wrong within the time that
 * a promise holds, often to whoever leads, since bugs in elections show where faults overlap.
 */
export function drawElectionPlan(seed: number, wishes: PlanWishes): Plan {
  const random = new Random(seed).split("election plan");
  const nodes = wishes.nodes ?? drawSize(random.split("size"));
  const profile = wishes.profile ?? drawProfile(random.split("profile"), nodes);
  const profiles = wishes.profile === undefined
    ? drawProfiles(random.split("profiles"), profile, nodes)
    : [profile];
  const promiseMs = longestPromise(profiles);
  const network = { ...drawNetwork(random.split("network")), ...wishes.network };
  const silences = random.between(SILENCES.least, SILENCES.most);
  const durationMs = wishes.durationMs ?? Math.max(SHORTEST_MS, silences * promiseMs);
  const plan: Plan = {
    seed,
    nodes,
    durationMs,
    profile,
    ...(profiles.length === 1 ? {} : { profiles }),
    network,
    driftPpm: random.split("drift").pick([0, 50, 500]),
    wallErrorMs: random.split("wall").pick([0, SECOND, 60 * MINUTE]),
    startWithinMs: random.split("start").pick([0, SECOND, 10 * SECOND]),
    connections: true,
    cell: true,
    scores: random.split("scores").chance(1 / 8) ? "equal" : "different",
    ...drawPolicies(random.split("policies"), nodes, false),
    ...(profiles.every((each) => lastsQuorum(network, each))
      ? drawCells(random.split("cells"), nodes)
      : {}),
    ...(random.split("crowd").chance(CROWDED_SHARE) ? { crowded: true } : {}),
    discovery: "multicast",
    emcon: 0,
    faults: [],
  };
  if (random.split("calm").chance(1 / CALM_RARITY)) return calmed(plan);
  return { ...plan, faults: drawCrises(random.split("crises"), plan, wishes.kinds) };
}

function calmed(
  { cells: _cells, cellSize: _cellSize, policies: _policies, profiles: _profiles, ...plan }: Plan,
): Plan {
  return {
    ...plan,
    network: PERFECT_NETWORK,
    driftPpm: 0,
    wallErrorMs: 0,
    scores: plan.seed % 2 === 0 ? "equal" : "different",
  };
}

function drawSize(random: Random): number {
  if (random.chance(1 / LARGE_CELL_RARITY)) return LARGE_CELL;
  return random.pick([random.between(3, 5), random.between(5, 8), random.between(8, 16)]);
}

function drawProfile(random: Random, nodes: number): ProfileName {
  const drawn = random.pick(PROFILE_MENU);
  if (nodes > FAST_CELL && drawn === "fast") return "tactical";
  return nodes === LARGE_CELL ? "standard" : drawn;
}

/** Mostly the one that the plan is about; else it and others, of which members have one in turn. */
function drawProfiles(random: Random, profile: ProfileName, nodes: number): ProfileName[] {
  if (!random.chance(1 / MIXED_RARITY)) return [profile];
  const menu = PROFILE_NAMES.filter((name) => name !== profile);
  const others = menu.filter((name) =>
    nodes <= FAST_CELL || (nodes < LARGE_CELL ? name !== "fast" : name === "distributed")
  );
  const [other, third] = random.shuffled(others);
  const all = [profile, other!, ...(third !== undefined && random.chance(1 / 3) ? [third] : [])];
  return random.shuffled(all);
}

function longestPromise(profiles: readonly ProfileName[]): Millis {
  return Math.max(...profiles.map((profile) => paceOf(PROFILES[profile]).promiseMs));
}

/**
 * Whether the answer to a heartbeat is there before the promise of the one before it runs out. On
 * slower links quorum comes and goes with every heartbeat, and who decides by it moves nobody.
 */
function lastsQuorum({ delayMs }: NetworkConditions, profile: ProfileName): boolean {
  const { leaseMs, heartbeatMs } = paceOf(PROFILES[profile]);
  return 2 * delayMs + heartbeatMs < leaseMs;
}

function drawCells(random: Random, nodes: number): Pick<Plan, "cells" | "cellSize"> {
  if (nodes < LEAST_TO_MOVE || nodes === LARGE_CELL || !random.chance(1 / MOVES_RARITY)) return {};
  const least = random.between(2, 3);
  return { cells: random.between(1, 3), cellSize: { least, most: random.between(2 * least, 8) } };
}

function drawNetwork(random: Random): NetworkConditions {
  const rough = random.chance(0.5);
  return {
    loss: rough ? random.unit() * 0.4 : random.pick([0, 0.01, 0.05]),
    duplicate: random.chance(0.25) ? random.unit() * 0.1 : 0,
    delayMs: random.pick([0, 1, 5, 50, 200]),
    jitterMs: random.pick([0, 1, 20, 150]),
    rateKbps: random.chance(1 / 16) ? 1_000 : 0,
    queueMs: 1_000,
  };
}

function drawCrises(
  random: Random,
  plan: Plan,
  wished: readonly FaultKind[] = ELECTION_FAULTS,
): Fault[] {
  const menu = drawMenu(random, ELECTION_FAULTS, wished);
  if (menu.length === 0) return [];
  const promiseMs = longestPromise(plan.profiles ?? [plan.profile]);
  const leaders = likelyLeaders(plan);
  const faults: Fault[] = [];
  for (let crisis = random.between(1, MOST_CRISES); crisis > 0; crisis--) {
    const beginsAt = random.below(plan.durationMs);
    const spreadMs = promiseMs / random.pick([2, 8]);
    for (let count = random.between(1, 3 + Math.floor(plan.nodes / 3)); count > 0; count--) {
      // A promise later whoever misses its leader elects another, which is disturbed as well.
      const at = beginsAt + random.pick([0, 0, promiseMs]) + random.exponential(spreadMs);
      const forMs = Math.ceil(random.exponential(random.pick([promiseMs / 2, 3 * promiseMs])));
      const target = random.chance(1 / 2) ? random.pick(leaders) : undefined;
      const drawn = drawInCrisis(random, random.pick(menu), plan, { at, forMs });
      const isAimed = target !== undefined && "node" in drawn;
      faults.push(isAimed ? { ...drawn, node: target } : drawn);
    }
  }
  return onward(faults).sort((left, right) => left.atMs - right.atMs);
}

/** The two that rank first, of which mostly one leads. */
function likelyLeaders(plan: Plan): number[] {
  const all = Array.from({ length: plan.nodes }, (_, index) => index);
  return all
    .sort((left, right) => computeConfidence(plan, right) - computeConfidence(plan, left))
    .slice(0, 2);
}
