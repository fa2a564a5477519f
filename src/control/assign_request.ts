import {
  ASSIGNMENT_LIMITS,
  LONGEST_TIMEOUT_MS,
  SHORTEST_TIMEOUT_MS,
} from "../core/assignment/node_assignment.ts";
import { isNodeId } from "../core/kernel/ids.ts";
import type { AssignRequest } from "./assignment_contract.ts";

/** An address as numbers with a port; IPv6 in brackets. */
const ENDPOINT = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:]+\]):\d{1,5}$/;

export function writeAssignRequest(request: AssignRequest): string {
  const query = new URLSearchParams({
    nodeId: request.nodeId,
    cell: request.cell,
    timeoutMs: String(request.timeoutMs),
  });
  for (const { nodeId, addresses } of request.peers) {
    if (addresses.length === 0) query.append("peer", nodeId);
    for (const address of addresses) query.append("peer", `${nodeId}@${address}`);
  }
  if (request.isDryRun) query.set("dryRun", "1");
  return query.toString();
}

/** Undefined for what no command of ours asks. */
export function readAssignRequest(query: URLSearchParams): AssignRequest | undefined {
  const nodeId = query.get("nodeId") ?? "";
  const cell = query.get("cell") ?? "";
  const timeoutMs = Number(query.get("timeoutMs"));
  const peers = readPeers(query.getAll("peer"));
  if (!isNodeId(nodeId) || !isNodeId(cell) || peers === undefined) return undefined;
  if (!(timeoutMs >= SHORTEST_TIMEOUT_MS && timeoutMs <= LONGEST_TIMEOUT_MS)) return undefined;
  const isDryRun = query.get("dryRun") === "1";
  return { nodeId, cell, peers, timeoutMs: Math.floor(timeoutMs), isDryRun };
}

function readPeers(texts: readonly string[]): AssignRequest["peers"] | undefined {
  const addressesOf = new Map<string, string[]>();
  for (const text of texts) {
    const [nodeId = "", address] = text.split("@", 2);
    if (!isNodeId(nodeId)) return undefined;
    if (address !== undefined && !ENDPOINT.test(address)) return undefined;
    const addresses = addressesOf.get(nodeId) ?? [];
    addressesOf.set(nodeId, addresses);
    if (address !== undefined) addresses.push(address);
    if (addresses.length > ASSIGNMENT_LIMITS.addresses) return undefined;
  }
  if (addressesOf.size > ASSIGNMENT_LIMITS.peers) return undefined;
  return [...addressesOf].map(([nodeId, addresses]) => ({ nodeId, addresses }));
}
