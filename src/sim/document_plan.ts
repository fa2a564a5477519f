import { Random } from "../core/kernel/random.ts";
import { type Millis, MINUTE, SECOND } from "../core/kernel/time.ts";
import type { ProfileName } from "../core/profile.ts";
import { drawInCrisis, drawMenu, MOST_CRISES } from "./crisis.ts";
import type { Fault, FaultKind } from "./faults.ts";
import { type NetworkConditions, PERFECT_NETWORK } from "./network.ts";
import { nodeName } from "./node_name.ts";
import { isQuiet, type Plan } from "./plan.ts";
import { onward } from "./random_faults.ts";
import type { PlanWishes } from "./plan_wishes.ts";
import { drawPlant, type Work } from "./work.ts";

/** What befalls those who share documents, and the disks that these are on. */
export const DOCUMENT_FAULTS = [
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
  "expire",
] as const satisfies readonly FaultKind[];

/** Few documents, so that whatever is done at once is done to the same; a star is the writer. */
const SHARED_KEYS = ["notes/a", "notes/a", "notes/b", "alerts/a", "rollouts/a", "cells/alpha"];
const OWN_KEYS = ["nodes/*", "nodes/*", "outcomes/*", "tracks/*:1", "capability_history/*"];
const DIRECTED_KEYS = ["contact_reports/a", "contact_reports/*", "notices/a", "commands/a"];

/** Whose documents are written, by how often; what goes up and down is most of it in some plans. */
const KEY_MENU = [SHARED_KEYS, SHARED_KEYS, OWN_KEYS, DIRECTED_KEYS];
const DIRECTED_MENU = [SHARED_KEYS, DIRECTED_KEYS, DIRECTED_KEYS];
const DIRECTED_RARITY = 4;

/** What only another may write, so that it has to be refused. */
const REFUSED_KEYS = ["nodes/*", "outcomes/*", "tracks/*:1"];

/** Profiles by how often they are drawn. */
const PROFILE_MENU: readonly ProfileName[] = [
  ...["tactical", "tactical", "tactical", "fast", "standard"] as const,
];

/** Long enough for connections to be made, to break and to be made again. */
const SHORTEST_MS: Millis = 20 * SECOND;
const LONGEST_MS: Millis = 45 * SECOND;

/** Within this time of a crisis most of it happens. */
const CRISIS_MS: Millis = 3 * SECOND;

/** In one plan of so many nothing goes wrong at all. */
const CALM_RARITY = 16;

/**
 * A plan about documents: a few crises, in which several things go wrong while several nodes write,
 * delete and begin anew the same few documents, since bugs in merging show where these overlap.
 */
export function drawDocumentPlan(seed: number, wishes: PlanWishes): Plan {
  const random = new Random(seed).split("document plan");
  const nodes = wishes.nodes ?? drawSize(random.split("size"));
  const durationMs = wishes.durationMs ??
    random.split("duration").between(SHORTEST_MS, LONGEST_MS);
  const isCalm = random.split("calm").chance(1 / CALM_RARITY);
  const network = isCalm ? PERFECT_NETWORK : drawNetwork(random.split("network"));
  const plan: Plan = {
    seed,
    nodes,
    durationMs,
    profile: wishes.profile ?? random.split("profile").pick(PROFILE_MENU),
    network: { ...network, ...wishes.network },
    driftPpm: isCalm ? 0 : random.split("drift").pick([0, 50, 500]),
    wallErrorMs: isCalm ? 0 : random.split("wall").pick([0, SECOND, 60 * MINUTE]),
    startWithinMs: random.split("start").pick([0, SECOND, 10 * SECOND]),
    connections: true,
    cell: random.split("cell").chance(2 / 3),
    scores: "different",
    ...(random.split("crowd").chance(3 / 4) ? { crowded: true } : {}),
    discovery: "multicast",
    emcon: 0,
    faults: [],
  };
  const beginnings = drawBeginnings(random.split("crises"), durationMs);
  const kinds = isCalm ? [] : wishes.kinds ?? DOCUMENT_FAULTS;
  const faults = drawFaults(random.split("faults"), plan, beginnings, kinds);
  return {
    ...plan,
    faults,
    work: drawWorks(random.split("work"), { ...plan, faults }, beginnings),
  };
}

function drawSize(random: Random): number {
  return random.pick([random.between(2, 3), random.between(3, 5), random.between(4, 8)]);
}

function drawBeginnings(random: Random, durationMs: Millis): Millis[] {
  return Array.from({ length: random.between(1, MOST_CRISES) }, () => random.below(durationMs));
}

function drawNetwork(random: Random): NetworkConditions {
  return {
    loss: random.chance(0.3) ? random.unit() * 0.4 : random.pick([0, 0.01, 0.05]),
    duplicate: random.chance(0.25) ? random.unit() * 0.1 : 0,
    delayMs: random.pick([0, 1, 5, 50, 200]),
    jitterMs: random.pick([0, 1, 20, 150]),
    rateKbps: random.chance(1 / 8) ? random.pick([64, 1_000]) : 0,
    queueMs: 1_000,
  };
}

function drawFaults(
  random: Random,
  plan: Plan,
  beginnings: readonly Millis[],
  wished: readonly FaultKind[],
): Fault[] {
  const menu = drawMenu(random, DOCUMENT_FAULTS, wished);
  if (menu.length === 0) return [];
  const faults: Fault[] = [];
  for (const beginsAt of beginnings) {
    for (let count = random.between(1, 2 + plan.nodes); count > 0; count--) {
      const at = beginsAt + random.exponential(CRISIS_MS);
      const forMs = Math.ceil(random.exponential(random.pick([SECOND, 3 * SECOND, 15 * SECOND])));
      faults.push(drawInCrisis(random, random.pick(menu), plan, { at, forMs }));
    }
  }
  return onward(faults).sort((left, right) => left.atMs - right.atMs);
}

function drawWorks(random: Random, plan: Plan, beginnings: readonly Millis[]): Work[] {
  const { nodes, durationMs } = plan;
  const menu = random.split("keys").chance(1 / DIRECTED_RARITY) ? DIRECTED_MENU : KEY_MENU;
  const work = Array.from({ length: random.between(6, 60) }, (_, index): Work => {
    const own = random.split(`work ${index}`);
    const at = own.chance(1 / 3)
      ? own.below(durationMs)
      : own.pick(beginnings) + own.exponential(CRISIS_MS) - CRISIS_MS / 3;
    const atMs = Math.floor(Math.max(0, Math.min(durationMs - 1, at)));
    return drawOne(own, nodes, atMs, menu);
  });
  // Who forges something has other documents than the rest, which nobody may where nothing is wrong.
  const honest = work.filter(({ kind }) => !isQuiet(plan) || kind !== "plant");
  return honest.sort((left, right) => left.atMs - right.atMs);
}

function drawOne(
  random: Random,
  nodes: number,
  atMs: Millis,
  menu: readonly (readonly string[])[],
): Work {
  const node = random.below(nodes);
  const other = nodeName((node + 1 + random.below(Math.max(1, nodes - 1))) % nodes);
  if (nodes > 2 && random.chance(1 / 60)) return drawPlant(random, nodes, { atMs, node });
  if (nodes > 1 && random.chance(1 / 12)) {
    const kind = random.pick(["write", "write", "delete"] as const);
    return { kind, atMs, node, key: random.pick(REFUSED_KEYS).replace("*", other) };
  }
  const key = random.pick(random.pick(menu)).replace("*", nodeName(node));
  return { kind: random.chance(1 / 6) ? "delete" : "write", atMs, node, key };
}
