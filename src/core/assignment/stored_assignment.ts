import { isNodeId } from "../kernel/ids.ts";
import type { JsonValue } from "../kernel/json_value.ts";
import {
  type AssignedPeer,
  ASSIGNMENT_LIMITS,
  ASSIGNMENT_REASONS,
  ASSIGNMENT_STATES,
  isOver,
  LONGEST_TIMEOUT_MS,
  type NodeAssignment,
  type Progress,
} from "./node_assignment.ts";

/** An assignment with how far it is. Its `leftMs` is what was left when it was written. */
export interface StoredAssignment {
  readonly assignment: NodeAssignment;
  readonly progress: Progress;
  readonly afterMs: number;
}

/** Of one that is over the proof is not needed any more. */
export function storedAssignment(entry: StoredAssignment): JsonValue {
  const { assignment: { peers, proof, ...assignment }, progress, afterMs } = entry;
  return {
    ...assignment,
    peers: peers.map(({ nodeId, addresses }) => ({ nodeId, addresses: [...addresses] })),
    proof: isOver(progress) ? "" : proof,
    progress: { ...progress, missingPeers: [...progress.missingPeers] },
    afterMs,
  };
}

/** What this node wrote itself; anything else on the disk counts as nothing. */
export function readStoredAssignment(stored: unknown): StoredAssignment | undefined {
  if (!isRecord(stored)) return undefined;
  const { nodeId, cellId, issuer, number, timeoutMs, leftMs, proof, afterMs } = stored;
  const peers = readPeers(stored["peers"]);
  const progress = readProgress(stored["progress"]);
  if (peers === undefined || progress === undefined || typeof proof !== "string") return undefined;
  if (![nodeId, cellId, issuer].every((its) => typeof its === "string" && isNodeId(its))) {
    return undefined;
  }
  const isWhole = Number.isSafeInteger(number) && isTime(timeoutMs) && isTime(leftMs) &&
    typeof afterMs === "number" && afterMs >= 0;
  if (!isWhole) return undefined;
  const names = { nodeId, cellId, issuer } as Pick<
    NodeAssignment,
    "nodeId" | "cellId" | "issuer"
  >;
  const assignment = { ...names, number: number as number, timeoutMs, leftMs, peers, proof };
  return { assignment, progress, afterMs };
}

function readPeers(stored: unknown): AssignedPeer[] | undefined {
  if (!Array.isArray(stored) || stored.length > ASSIGNMENT_LIMITS.peers) return undefined;
  const peers = stored.map(readPeer);
  return peers.every((peer) => peer !== undefined) ? peers : undefined;
}

function readPeer(stored: unknown): AssignedPeer | undefined {
  if (!isRecord(stored)) return undefined;
  const { nodeId, addresses } = stored;
  if (typeof nodeId !== "string" || !isNodeId(nodeId) || !isTexts(addresses)) return undefined;
  return addresses.length > ASSIGNMENT_LIMITS.addresses ? undefined : { nodeId, addresses };
}

function readProgress(stored: unknown): Progress | undefined {
  if (!isRecord(stored)) return undefined;
  const { isMember, missingPeers } = stored;
  const state = ASSIGNMENT_STATES.find((one) => one === stored["state"]);
  const reason = ASSIGNMENT_REASONS.find((one) => one === stored["reason"]);
  if (state === undefined || typeof isMember !== "boolean" || !isTexts(missingPeers)) {
    return undefined;
  }
  return { state, isMember, missingPeers, ...(reason === undefined ? {} : { reason }) };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LONGEST_TIMEOUT_MS;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
