import { Random } from "../core/kernel/random.ts";
import { type Millis, MINUTE, SECOND } from "../core/kernel/time.ts";
import { PROFILE_NAMES } from "../core/profile.ts";
import { drawDocumentPlan } from "./document_plan.ts";
import { drawElectionPlan } from "./election_plan.ts";
import type { AssignFault, Fault, FaultKind } from "./faults.ts";
import { FAULT_KINDS, STANDING_FAULTS } from "./faults.ts";
import type { NetworkConditions } from "./network.ts";
import { PERFECT_NETWORK } from "./network.ts";
import { CELLS, MOST_BETWEEN, type Plan } from "./plan.ts";
import type { PlanWishes } from "./plan_wishes.ts";
import { drawFault, onward } from "./random_faults.ts";
import { drawPolicies, SMALL_MESH } from "./random_policies.ts";
import { drawWork, type Work } from "./work.ts";

/** Up to this size it may be that all machines of a mesh have too much to do. */
const STARVED_MESH = 8;

/** One more than the nodes in a row that hand something on, so that it is seen where that ends. */
const MOST_JOINTS = MOST_BETWEEN + 1;

/** Up to this size every node is connected with every other, and all are one cell. */
const CONNECTED_MESH = 128;

/** How many assignments a mesh sees that sees any, and how long each may take. */
const MOST_ASSIGNMENTS = 4;
const LONGEST_ASSIGNMENT_MS: Millis = 20 * SECOND;
const AGAIN_WITHIN_MS: Millis = 10 * SECOND;

/** Whoever cannot reach the node until it was assigned by another comes back within this. */
const HELD_UP_MS: Millis = 5 * SECOND;

/** The seed draws the configuration as well as the faults: bugs hide in rare set-ups too. */
export function drawPlan(seed: number, wishes: PlanWishes = {}): Plan {
  if (wishes.focus === "election") return drawElectionPlan(seed, wishes);
  if (wishes.focus === "documents") return drawDocumentPlan(seed, wishes);
  const random = new Random(seed).split("plan");
  const nodes = wishes.nodes ?? drawSize(random);
  const durationMs = wishes.durationMs ?? random.between(20, 90) * SECOND;
  const kinds = wishes.kinds ?? FAULT_KINDS;
  const quiet = kinds.length === 0;
  const profile = nodes > SMALL_MESH ? "standard" : random.split("profile").pick(PROFILE_NAMES);
  const drawn = quiet ? PERFECT_NETWORK : drawNetwork(random.split("network"));
  const discovery = drawDiscovery(random.split("discovery"), nodes, quiet);
  if (!quiet && nodes <= STARVED_MESH && random.split("starved").chance(1 / 16)) {
    return starvedPlan(seed, nodes, wishes);
  }
  const plan: Plan = {
    seed,
    nodes,
    durationMs,
    profile: wishes.profile ?? profile,
    network: { ...drawn, ...wishes.network },
    driftPpm: quiet ? 0 : random.split("drift").pick([0, 50, 500]),
    wallErrorMs: quiet ? 0 : random.split("wall").pick([0, SECOND, 60 * MINUTE]),
    startWithinMs: random.split("start").pick([0, SECOND, 10 * SECOND]),
    connections: nodes <= CONNECTED_MESH,
    cell: nodes <= CONNECTED_MESH,
    scores: random.split("scores").chance(1 / 8) ? "equal" : "different",
    ...drawPolicies(random.split("policies"), nodes, quiet),
    discovery,
    // Who is silent hears nobody but through the group, since it tells nobody that it is there.
    emcon: discovery === "multicast" ? drawEmcon(random.split("emcon"), nodes, quiet) : 0,
    faults: quiet ? [] : [
      ...drawFaults(random.split("faults"), kinds, nodes, durationMs),
      ...drawAssignments(random.split("assignments"), wishes.kinds, nodes, durationMs),
    ],
    ...(quiet ? {} : workOf(random.split("documents"), nodes, durationMs)),
  };
  const islands = drawIslands(random.split("islands"), plan);
  if (islands === undefined) return plan;
  const { work: _, ...rest } = plan; // What is shared goes over connections alone.
  return { ...rest, ...islands };
}

/** Every machine has too much to do, and nothing else is wrong. */
function starvedPlan(seed: number, nodes: number, wishes: PlanWishes): Plan {
  const { durationMs = 60 * SECOND, profile = "fast", network, kinds = FAULT_KINDS } = wishes;
  const atMs = Math.min(10 * SECOND, durationMs);
  const plan = drawPlan(seed, { ...wishes, nodes, durationMs, profile, kinds: [] });
  const faults: Fault[] = kinds.includes("starve")
    ? Array.from({ length: nodes }, (_, node) => (
      { kind: "starve", node, atMs, forMs: durationMs - atMs }
    ))
    : drawFaults(new Random(seed).split("plan").split("faults"), kinds, nodes, durationMs);
  return {
    ...plan,
    network: { ...PERFECT_NETWORK, ...network },
    faults: plan.islands === undefined ? faults : faults.filter(isForIslands),
  };
}

/** One small mesh in three shares documents. */
function workOf(random: Random, nodes: number, durationMs: Millis): { work?: Work[] } {
  if (nodes > SMALL_MESH || !random.chance(1 / 3)) return {};
  return { work: drawWork(random, nodes, durationMs) };
}

/** Most bugs show among few nodes, which run fast; some take more. */
function drawSize(random: Random): number {
  return random.chance(1 / 4) ? random.between(9, 16) : random.between(2, 8);
}

/** One small mesh in eight has a node that only listens. */
function drawEmcon(random: Random, nodes: number, quiet: boolean): number {
  return !quiet && nodes > 2 && nodes <= SMALL_MESH && random.chance(1 / 8) ? 1 : 0;
}

/** One small mesh in ten is spread over networks in a row, each joined to the next by one node. */
function drawIslands(
  random: Random,
  { nodes, discovery, emcon, faults }: Plan,
): Partial<Plan> | undefined {
  const isSimple = discovery === "multicast" && emcon === 0;
  if (!isSimple || nodes < 3 || nodes > SMALL_MESH || !random.chance(1 / 10)) return undefined;
  const all = Array.from({ length: nodes }, (_, index) => index);
  const joints = random.shuffled(all.slice(1, -1)).slice(0, random.between(1, MOST_JOINTS));
  const ends = [0, ...joints.sort((left, right) => left - right), nodes - 1];
  const islands = ends.slice(1).map((end, index) => all.slice(ends[index]!, end + 1));
  // Where nobody is connected, what is repeated is all that anybody knows of the other networks.
  const connections = random.chance(0.5);
  return { islands, connections, cell: false, faults: faults.filter(isForIslands) };
}

/** Whose word is handed on is judged by nobody here, and no cell spans several networks. */
function isForIslands({ kind }: Fault): boolean {
  return !STANDING_FAULTS.includes(kind) && kind !== "assign";
}

/** One mesh in six has no multicast, and half of those a name service. */
function drawDiscovery(random: Random, nodes: number, quiet: boolean): Plan["discovery"] {
  if (quiet || nodes > SMALL_MESH || !random.chance(1 / 6)) return "multicast";
  return random.pick(["static", "mdns"] as const);
}

function drawNetwork(random: Random): NetworkConditions {
  const rough = random.chance(0.5);
  return {
    loss: rough ? random.unit() * 0.4 : random.pick([0, 0.01, 0.05]),
    duplicate: random.chance(0.5) ? random.unit() * 0.1 : 0,
    delayMs: random.pick([0, 1, 5, 50, 200]),
    jitterMs: random.pick([0, 1, 20, 150]),
    rateKbps: random.pick([0, 0, 0, 64, 1_000]),
    queueMs: random.pick([100, 1_000]),
  };
}

/** One small mesh in six, and any that is to see assignments, has a few. */
function drawAssignments(
  random: Random,
  kinds: readonly FaultKind[] | undefined,
  nodes: number,
  durationMs: Millis,
): Fault[] {
  const isWanted = kinds === undefined
    ? nodes > 1 && nodes <= SMALL_MESH && random.chance(1 / 6)
    : kinds.includes("assign");
  if (!isWanted) return [];
  const drawn: AssignFault[] = [];
  for (let left = random.between(1, MOST_ASSIGNMENTS); left > 0; left--) {
    drawn.push(drawAssignment(random, drawn.at(-1), nodes, durationMs));
  }
  const mayBeCutOff = kinds === undefined || kinds.includes("isolate");
  return mayBeCutOff ? [...drawn, ...drawHoldUps(random, drawn, durationMs)] : drawn;
}

/** Of two that assign one node, the first is cut off every other time, and heard after the second. */
function drawHoldUps(random: Random, all: readonly AssignFault[], durationMs: Millis): Fault[] {
  return all.flatMap((first, index): Fault[] => {
    const second = all[index + 1];
    const isCrossed = second?.node === first.node && second.by !== first.by &&
      second.atMs < durationMs;
    if (!isCrossed || first.by === first.node || !random.chance(1 / 2)) return [];
    const atMs = Math.max(0, first.atMs - random.below(SECOND));
    const endsAt = Math.min(durationMs, second.atMs + 1 + random.below(HELD_UP_MS));
    return [{ kind: "isolate", atMs, forMs: endsAt - atMs, node: first.by, direction: "both" }];
  });
}

/** Every other time the node of the last one is assigned again soon, maybe by somebody else. */
function drawAssignment(
  random: Random,
  last: AssignFault | undefined,
  nodes: number,
  durationMs: Millis,
): AssignFault {
  const by = random.below(nodes);
  const isAgain = last !== undefined && random.chance(1 / 2);
  return {
    kind: "assign",
    atMs: isAgain ? last.atMs + random.below(AGAIN_WITHIN_MS) : random.below(durationMs),
    forMs: random.between(SECOND, LONGEST_ASSIGNMENT_MS),
    node: isAgain ? last.node : random.below(nodes),
    by,
    cell: random.pick(CELLS.slice(1, 3)),
    ...(random.chance(1 / 3) ? { peer: by } : {}),
  };
}

function drawFaults(
  random: Random,
  wished: readonly FaultKind[],
  nodes: number,
  durationMs: Millis,
): Fault[] {
  // Assignments are drawn apart, since they make many cells of one.
  const kinds = wished.filter((kind) => kind !== "assign");
  if (kinds.length === 0) return [];
  // A run favours some kinds, so that over many runs each kind also meets each other kind alone.
  const favoured = kinds.filter(() => random.chance(0.5));
  const menu = favoured.length > 0 ? favoured : kinds;
  const count = random.between(0, 4 + Math.min(nodes, 20));
  const faults: Fault[] = [];
  for (let index = 0; index < count; index++) {
    faults.push(drawFault(random.split(`fault ${index}`), random.pick(menu), nodes, durationMs));
  }
  return onward(faults).sort((left, right) => left.atMs - right.atMs);
}
