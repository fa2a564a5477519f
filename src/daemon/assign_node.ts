import type {
  AssignAnswer,
  AssignmentView as AssignmentAnswer,
  AssignRequest,
} from "../control/assignment_contract.ts";
import type { AssignmentView } from "../core/assignment/assignments_io.ts";
import type { NodeAssignment } from "../core/assignment/node_assignment.ts";
import { assert } from "../core/kernel/assert.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import type { Node } from "../core/node.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { Membership } from "./membership.ts";
import { rightToOrder } from "./right_to_order.ts";

/** Puts a node in a cell in the name of the operator at this one, and what to hand the node for it. */
export function assignNode(
  node: Node,
  membership: Membership,
  { nodeId, cell, timeoutMs, isDryRun, peers }: AssignRequest,
): { readonly answer: AssignAnswer; readonly input?: NodeInput } {
  const right = rightToOrder("assign nodes to cells", node, membership);
  if (!node.assignments.issuer.hasRoom) {
    throw new OperatingError(
      `Cannot assign ${nodeId} to ${cell}: as many assignments as may be are under way`,
      { code: "too-many", hint: "wait until some are over: peat node assignments" },
    );
  }
  const answer: AssignAnswer = {
    nodeId,
    cell,
    issuer: node.nodeId,
    timeoutMs,
    ...peersIn(peers),
    reachable: nodeId === node.nodeId || node.forwarder.reaches(nodeId),
  };
  if (isDryRun) return { answer: { ...answer, dryRun: true } };
  membership.audit?.("cell.assigned", { nodeId, cell, timeoutMs, ...peersIn(peers) });
  const { lastNumber } = node.assignments.issuer;
  const terms = { cellId: cell, peers, timeoutMs };
  const assignment = right.openAssignment(right.signAssignment(nodeId, terms, lastNumber));
  assert(assignment !== undefined, "Cannot assign a node: this node does not believe itself");
  const issuedAt = timeText(assignment.number);
  return {
    answer: { ...answer, state: "pending", since: issuedAt, issuedAt },
    input: { kind: "assign", assignment },
  };
}

/** What was issued at this node, and what it was assigned itself. */
export function assignmentViews(node: Node): AssignmentAnswer[] {
  return node.assignments.all.map(viewOf);
}

function viewOf(view: AssignmentView): AssignmentAnswer {
  const { assignment, state, reason, isMember, missingPeers, afterMs } = view;
  const { nodeId, cellId: cell, issuer, timeoutMs, number, peers } = assignment;
  return {
    nodeId,
    cell,
    state,
    issuer,
    since: timeText(number + afterMs),
    ...(reason === undefined ? {} : { reason }),
    ...(isMember ? { member: true } : {}),
    ...(missingPeers.length === 0 ? {} : { missingPeers: [...missingPeers] }),
    issuedAt: timeText(number),
    timeoutMs,
    ...peersIn(peers),
  };
}

function peersIn(peers: NodeAssignment["peers"]): Pick<AssignAnswer, "peers"> {
  if (peers.length === 0) return {};
  return { peers: peers.map(({ nodeId, addresses }) => ({ nodeId, addresses: [...addresses] })) };
}

function timeText(formationTimeMs: number): string {
  return new Date(formationTimeMs).toISOString();
}
