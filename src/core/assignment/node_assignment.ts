import type { Address, NodeId } from "../kernel/ids.ts";
import { HOUR, type Millis, MINUTE, SECOND } from "../kernel/time.ts";

export const ASSIGNMENT_STATES = ["pending", "inProgress", "completed", "failed"] as const;
export type AssignmentState = (typeof ASSIGNMENT_STATES)[number];

/** Why an assignment failed. */
export const ASSIGNMENT_REASONS = [
  /** Its time was over first. */
  "timedOut",
  /** A later one for the same node takes its place. */
  "superseded",
  /** The node only listens, or passes through, and is in no cell. */
  "noCells",
  /** The node went on to another cell before it was done. */
  "movedOn",
] as const;
export type AssignmentReason = (typeof ASSIGNMENT_REASONS)[number];

/** How long an assignment may take if it does not say, and what it may say. */
export const ASSIGNMENT_TIMEOUT_MS: Millis = 1 * MINUTE;
export const SHORTEST_TIMEOUT_MS: Millis = 1 * SECOND;
export const LONGEST_TIMEOUT_MS: Millis = 1 * HOUR;

/** Bounds that every decoder of an assignment enforces. One beyond them is refused whole. */
export const ASSIGNMENT_LIMITS = {
  peers: 16,
  /** Of one peer. */
  addresses: 4,
  /** With its signature and its issuer's certificate. */
  signedBytes: 4_096,
} as const;

/** A peer that the node shall find in its cell, and where to try. */
export interface AssignedPeer {
  readonly nodeId: NodeId;
  /** Where it hears beacons. */
  readonly addresses: readonly Address[];
}

/** An operator's order that a node joins a cell. It was proven where it came in. */
export interface NodeAssignment {
  readonly nodeId: NodeId;
  readonly cellId: string;
  readonly peers: readonly AssignedPeer[];
  readonly issuer: NodeId;
  /** When it was issued, in the formation's time. Of two the later holds. */
  readonly number: number;
  readonly timeoutMs: Millis;
  /** How much of that was left when it came in. */
  readonly leftMs: Millis;
  /** The signed order itself, in base64, for others to check. */
  readonly proof: string;
}

/** How far an assignment is. */
export interface Progress {
  readonly state: AssignmentState;
  /** Of one that failed. */
  readonly reason?: AssignmentReason;
  /** Whether the node is a member of the cell, which has a leader. */
  readonly isMember: boolean;
  /** Those of the named peers that it is not connected with. */
  readonly missingPeers: readonly NodeId[];
}

/** What whoever issued an assignment and whoever it is for say to each other. */
export type AssignmentMessage =
  /** Said until it is known what became of it. */
  | { readonly kind: "assign"; readonly assignment: NodeAssignment }
  /** Said when it changes, and whenever the assignment is said again. */
  | AssignmentReport;

export interface AssignmentReport {
  readonly kind: "report";
  /** Which assignment: by its issuer and its number. */
  readonly issuer: NodeId;
  readonly number: number;
  readonly progress: Progress;
}

/** What orders assignments, whoever issued them. */
export type AssignmentRank = Pick<NodeAssignment, "number" | "issuer">;

/** Below zero if the first is the earlier one, and zero for one and the same. */
export function compareAssignments(left: AssignmentRank, right: AssignmentRank): number {
  if (left.number !== right.number) return left.number - right.number;
  return left.issuer === right.issuer ? 0 : left.issuer < right.issuer ? -1 : 1;
}

export function isOver({ state }: Pick<Progress, "state">): boolean {
  return state === "completed" || state === "failed";
}

/** Nothing was done yet. */
export const NOT_BEGUN: Progress = { state: "pending", isMember: false, missingPeers: [] };
