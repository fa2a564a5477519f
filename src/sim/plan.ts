import type { ElectionPolicy } from "../core/cell/policy.ts";
import type { CellSize } from "../core/cell/rebalancing.ts";
import { type Millis, SECOND } from "../core/kernel/time.ts";
import { PEER_MESSAGE_LIMITS } from "../core/peer_message.ts";
import { type ProfileName, PROFILES, type Timing } from "../core/profile.ts";
import type { AssignFault, Fault } from "./faults.ts";
import type { NetworkConditions } from "./network.ts";
import type { Work } from "./work.ts";

/** Larger meshes than this are not for one process. */
export const NODE_LIMIT = 5_000;

/** Everything that decides a simulation. Two runs of one plan are equal to the last byte. */
export interface Plan {
  readonly seed: number;
  readonly nodes: number;
  readonly durationMs: Millis;
  readonly profile: ProfileName;
  /** By which profiles nodes are started, in turn, where it is not the same one for all. */
  readonly profiles?: readonly ProfileName[];
  readonly network: NetworkConditions;
  /** How far the nodes' clocks may be off: rate and wall time. */
  readonly driftPpm: number;
  readonly wallErrorMs: Millis;
  /** Nodes start at a time of their own within this. */
  readonly startWithinMs: Millis;
  /** Whether nodes hold connections. A mesh of a thousand has too many for one process. */
  readonly connections: boolean;
  /** Whether all nodes are members of one cell, which elects a leader. */
  readonly cell: boolean;
  /** Whether the members of the cell differ in how well they could lead it. */
  readonly scores: "different" | "equal";
  /** By which policies they are started, in turn; the usual one where it is not said. */
  readonly policies?: readonly ElectionPolicy[];
  /** How many cells they begin in, in turn; one where it is not said. */
  readonly cells?: number;
  /** Above and below which size members are moved between cells; nobody is where it is not said. */
  readonly cellSize?: CellSize;
  /**
   * Whether the group reaches everybody, or nodes were told of each other's addresses instead, or a
   * name service tells them.
   */
  readonly discovery: "multicast" | "static" | "mdns";
  /**
   * Networks that are apart, each by the nodes that are on it. Nodes hear those alone that they share
   * one with; whoever is on several says the beacons of each again on the others. Absent: one for all.
   */
  readonly islands?: readonly (readonly number[])[];
  /** Whether nodes speak as seldom as in a crowd, with no pulses between beacons. */
  readonly crowded?: boolean;
  /** How many nodes, the last ones, send nothing and only listen. */
  readonly emcon: number;
  readonly faults: readonly Fault[];
  /** What is done with documents. Absent: the nodes share none. */
  readonly work?: readonly Work[];
}

/** What nodes send to be known is most of what they send, and no matter to those who elect. */
const CROWDED = {
  beaconIntervalMs: 5 * SECOND,
  beaconTtlMs: 20 * SECOND,
  pulseIntervalMs: 5 * SECOND,
  probeRoundMs: 120 * SECOND,
} as const satisfies Partial<Timing>;

/** How often a node speaks, and how soon it gives others up. */
export function timingOf({ profile, profiles, crowded }: Plan, index: number): Timing {
  const timing = PROFILES[profiles?.[index % profiles.length] ?? profile];
  return crowded === true ? { ...timing, ...CROWDED } : timing;
}

/** Every timing that one of the nodes may have. */
export function timingsOf(plan: Plan): Timing[] {
  return Array.from({ length: plan.profiles?.length ?? 1 }, (_, index) => timingOf(plan, index));
}

/** Nothing goes wrong and nothing is lost, so the nodes must find each other from the start. */
export function isQuiet({ faults, network }: Plan): boolean {
  return faults.length === 0 && network.loss === 0 && network.rateKbps === 0;
}

/** Whether everybody is in one cell, all the time. */
export function isOneCell(plan: Plan): boolean {
  const { cells, cellSize } = plan;
  return (cells ?? 1) === 1 && cellSize === undefined && assignmentsOf(plan).length === 0;
}

/** Whether anybody is ever in a cell. */
export function hasCells(plan: Plan): boolean {
  return plan.cell || assignmentsOf(plan).length > 0;
}

/** What is issued of assignments, by whoever may and whoever may not. */
export function assignmentsOf({ faults }: Plan): AssignFault[] {
  return faults.filter((fault) => fault.kind === "assign");
}

/** Every other node is an operator's. */
export function mayAssign(node: number): boolean {
  return node % 2 === 0;
}

/** The cells that nodes begin in, in a plan that has any; nearly all plans have the first alone. */
export const CELLS = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"];

/** Whether no network has both nodes on it. */
export function areApart({ islands }: Plan, one: number, other: number): boolean {
  if (islands === undefined || one === other) return false;
  return !islands.some((island) => island.includes(one) && island.includes(other));
}

/** Over how many nodes others are known. */
export const MOST_BETWEEN = PEER_MESSAGE_LIMITS.hops;

/** Whether so many nodes at the most are between the two that either is to know the other. */
export function isInReach({ islands }: Plan, one: number, other: number): boolean {
  if (islands === undefined) return true;
  let reached: readonly number[] = [one];
  for (let between = 0; between <= MOST_BETWEEN && !reached.includes(other); between++) {
    reached = islands.filter((island) => island.some((node) => reached.includes(node))).flat();
  }
  return reached.includes(other);
}

/** How well a node computes. Every one of a few does so otherwise, and the first one not best. */
export function computeConfidence({ scores }: Plan, index: number): number {
  return scores === "equal" ? 0.5 : ((index * 7 + 3) % 11) / 10;
}

/** By which policy a node is started, where it is not the usual one. */
export function policyOf({ policies }: Plan, index: number): { policy?: ElectionPolicy } {
  const policy = policies?.[index % policies.length];
  return policy === undefined ? {} : { policy };
}
