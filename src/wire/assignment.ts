import {
  type AssignedPeer,
  ASSIGNMENT_LIMITS,
  ASSIGNMENT_REASONS,
  ASSIGNMENT_STATES,
  type AssignmentMessage,
  type AssignmentReport,
  LONGEST_TIMEOUT_MS,
  type NodeAssignment,
  type Progress,
  SHORTEST_TIMEOUT_MS,
} from "../core/assignment/node_assignment.ts";
import type { Address } from "../core/kernel/ids.ts";
import {
  type AssignedPeer as AssignedPeerOnWire,
  type AssignmentMessage as AssignmentMessageOnWire,
  type AssignmentReport as ReportOnWire,
  NodeAssignment as NodeAssignmentType,
  type PeerEndpoint as EndpointOnWire,
} from "./generated/peat/cell.js";
import { decodeMessage, encodeMessage } from "./message.ts";
import type { Draft } from "./message_type.ts";
import type { OrderOpener } from "./order_opener.ts";
import { readAddress, readCount, readNodeId, readNumber } from "./values.ts";
import { WireError } from "./wire_error.ts";

/** What an operator signs of an assignment, besides whom it is for. */
export type AssignmentTerms = Pick<NodeAssignment, "cellId" | "peers" | "timeoutMs">;

export function encodeAssignmentTerms({ cellId, peers, timeoutMs }: AssignmentTerms) {
  return encodeMessage(NodeAssignmentType, { cellId, peers: peers.map(draftPeer), timeoutMs });
}

/** Refuses with a `WireError`. */
export function decodeAssignmentTerms(bytes: Uint8Array): AssignmentTerms {
  const { cellId, peers, timeoutMs } = decodeMessage(NodeAssignmentType, bytes);
  refuseMore("assigned peers", peers.length, ASSIGNMENT_LIMITS.peers);
  return {
    // The same letters make a node's name and a cell's, and nothing else may come to the disk.
    cellId: readNodeId(cellId),
    peers: peers.map(readPeer),
    timeoutMs: readNumber("timeout", timeoutMs, SHORTEST_TIMEOUT_MS, LONGEST_TIMEOUT_MS),
  };
}

export function draftAssignmentMessage(message: AssignmentMessage): Draft<AssignmentMessageOnWire> {
  if (message.kind === "report") return { report: draftReport(message) };
  return { order: { signed: Uint8Array.fromBase64(message.assignment.proof) } };
}

/** Refuses with a `WireError`. Undefined for an assignment that does not hold. */
export function readAssignmentMessage(
  { order, report }: AssignmentMessageOnWire,
  opener: Pick<OrderOpener, "openAssignment">,
): AssignmentMessage | undefined {
  if (report !== null) return readReport(report);
  if (order === null) {
    throw new WireError("unknownType", "Cannot decode assignment: its body is not known here");
  }
  if (order.signed.length > ASSIGNMENT_LIMITS.signedBytes) {
    throw new WireError("tooLarge", "Cannot decode assignment: it is too long");
  }
  const assignment = opener.openAssignment(order.signed);
  return assignment && { kind: "assign", assignment };
}

function draftReport({ issuer, number, progress }: AssignmentReport): Draft<ReportOnWire> {
  const { state, reason, isMember, missingPeers } = progress;
  return {
    issuer,
    number: BigInt(number),
    state: ASSIGNMENT_STATES.indexOf(state) + 1,
    reason: reason === undefined ? 0 : ASSIGNMENT_REASONS.indexOf(reason) + 1,
    member: isMember,
    missingPeers: [...missingPeers],
  };
}

function readReport(on: ReportOnWire): AssignmentReport {
  return {
    kind: "report",
    issuer: readNodeId(on.issuer),
    number: readCount("number of an assignment", on.number),
    progress: readProgress(on),
  };
}

/** A reason that only later versions know is none, for what failed all the same. */
function readProgress(on: ReportOnWire): Progress {
  const { member, missingPeers } = on;
  const state = ASSIGNMENT_STATES[on.state - 1];
  if (state === undefined) {
    throw new WireError("badValue", "Cannot decode report: its state is none");
  }
  refuseMore("missing peers", missingPeers.length, ASSIGNMENT_LIMITS.peers);
  const reason = ASSIGNMENT_REASONS[on.reason - 1];
  return {
    state,
    ...(reason === undefined ? {} : { reason }),
    isMember: member,
    missingPeers: missingPeers.map(readNodeId),
  };
}

function draftPeer({ nodeId, addresses }: AssignedPeer): Draft<AssignedPeerOnWire> {
  return { nodeId, endpoints: addresses.map(draftEndpoint) };
}

function readPeer({ nodeId, endpoints }: AssignedPeerOnWire): AssignedPeer {
  refuseMore("endpoints", endpoints.length, ASSIGNMENT_LIMITS.addresses);
  return { nodeId: readNodeId(nodeId), addresses: endpoints.map(readEndpoint) };
}

function draftEndpoint(address: Address): Draft<EndpointOnWire> {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  return { address: host, port: Number(address.slice(colon + 1)) };
}

function readEndpoint({ address, port }: EndpointOnWire): Address {
  const host = readAddress("address of a peer", address);
  const number = readNumber("port of a peer", port, 1, 65_535);
  return host.includes(":") ? `[${host}]:${number}` : `${host}:${number}`;
}

function refuseMore(what: string, count: number, limit: number): void {
  if (count <= limit) return;
  throw new WireError(
    "tooMany",
    `Cannot decode ${what}: there are ${count}, the limit is ${limit}`,
  );
}
