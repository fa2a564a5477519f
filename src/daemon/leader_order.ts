import type { ApprovalAnswer } from "../control/cell_contract.ts";
import type { OrderAnswer, PolicyAnswer } from "../control/election_contract.ts";
import type { Cell } from "../core/cell/cell.ts";
import type { ElectionPolicy } from "../core/cell/policy.ts";
import { assert } from "../core/kernel/assert.ts";
import { nearest } from "../core/kernel/nearest.ts";
import type { NodeId } from "../core/kernel/ids.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import type { Node } from "../core/node.ts";
import type { NodeInput } from "../core/node_io.ts";
import { cellOf } from "./election_views.ts";
import type { Membership } from "./membership.ts";
import { rightToOrder } from "./right_to_order.ts";

export interface OrderRequest {
  /** Who is to lead. Absent: anybody but whoever leads now. */
  readonly nodeId?: NodeId | undefined;
  /** Only tell whether it would be done. */
  readonly isDryRun: boolean;
}

/** What an operator at this node orders about its cell's leader, and what to hand the node for it. */
export function orderLeader(
  node: Node,
  membership: Membership,
  { nodeId, isDryRun }: OrderRequest,
): { readonly answer: OrderAnswer; readonly input?: NodeInput } {
  const cell = cellOf(node);
  const right = rightToOrder("order who leads", node, membership);
  const from = cell.election.leader?.nodeId;
  const isOwnLead = nodeId === undefined && from === node.nodeId;
  const next = nodeId ?? successorOf(cell);
  const leaderId = isOwnLead ? undefined : next;
  if (nodeId !== undefined) checkCandidate(cell, nodeId);
  const answer: OrderAnswer = {
    cell: cell.cellId,
    ...(from === undefined ? {} : { from }),
    ...(leaderId === undefined ? {} : { leaderId }),
    issuer: node.nodeId,
    ...(isDryRun ? { dryRun: true } : {}),
  };
  if (isDryRun) return { answer };
  const { cell: cellId, issuer: _issuer, ...who } = answer;
  membership.audit?.("election.ordered", { cell: cellId, ...who });
  if (leaderId === undefined) return { answer, input: { kind: "stepDown" } };
  const order = right.openOrder(right.sign(cell.cellId, leaderId));
  assert(order !== undefined, "Cannot order who leads: this node does not believe itself");
  return { answer, input: { kind: "cellOrder", order } };
}

/** What an operator at this node orders its cell's members to rank each other by. */
export function orderPolicy(
  node: Node,
  membership: Membership,
  { policy, isDryRun }: { readonly policy: ElectionPolicy; readonly isDryRun: boolean },
): { readonly answer: PolicyAnswer; readonly input?: NodeInput } {
  const { cellId: cell, charter } = cellOf(node);
  const right = rightToOrder("order by what members are ranked", node, membership);
  const answer: PolicyAnswer = {
    cell,
    from: charter.policy,
    policy,
    issuer: node.nodeId,
    ...(isDryRun ? { dryRun: true } : {}),
  };
  if (isDryRun) return { answer };
  membership.audit?.("election.policy", { cell, policy });
  const order = right.openOrder(right.signPolicy(cell, policy));
  assert(order !== undefined, "Cannot order a policy: this node does not believe itself");
  return { answer, input: { kind: "cellOrder", order } };
}

/** Agrees to what the cell can do, in the name of the operator at this node. */
export function approveCell(
  node: Node,
  membership: Membership,
  isDryRun: boolean,
): { readonly answer: ApprovalAnswer; readonly input?: NodeInput } {
  const { cellId: cell } = cellOf(node);
  const right = rightToOrder("approve the cell", node, membership);
  const answer: ApprovalAnswer = {
    cell,
    issuer: node.nodeId,
    ...(isDryRun ? { dryRun: true } : {}),
  };
  if (isDryRun) return { answer };
  membership.audit?.("cell.approved", { cell });
  const order = right.openOrder(right.signApproval(cell));
  assert(order !== undefined, "Cannot approve the cell: this node does not believe itself");
  return { answer, input: { kind: "cellOrder", order } };
}

function checkCandidate(cell: Cell, nodeId: NodeId): void {
  const standing = cell.standings.find((its) => its.nodeId === nodeId);
  if (standing === undefined) {
    const meant = nearest(nodeId, cell.roster.members);
    throw new OperatingError(
      `Cannot order ${nodeId} to lead ${cell.cellId}: it is not a member of it`,
      {
        code: "not-a-member",
        hint: meant === undefined
          ? "see who is: peat election status"
          : `did you mean peat election override ${meant}?`,
      },
    );
  }
  if (standing.obstacle === undefined) return;
  throw new OperatingError(
    `Cannot order ${nodeId} to lead ${cell.cellId}: ${standing.obstacle}`,
    { code: "not-eligible", hint: "see who could: peat election explain" },
  );
}

/** The best of those who are there and do not lead. */
function successorOf(cell: Cell): NodeId {
  const leaderId = cell.election.leader?.nodeId;
  if (leaderId === undefined) {
    throw new OperatingError(`Cannot let the leader of ${cell.cellId} step down: nobody leads it`, {
      code: "no-leader",
      hint: "see why: peat election explain",
    });
  }
  const next = cell.standings.find(({ nodeId, obstacle }) =>
    nodeId !== leaderId && obstacle === undefined && cell.isPresent(nodeId)
  );
  if (next !== undefined) return next.nodeId;
  throw new OperatingError(
    `Cannot let ${leaderId} step down: nobody else in ${cell.cellId} could lead it`,
    { code: "nobody-else", hint: "see why: peat election explain" },
  );
}
