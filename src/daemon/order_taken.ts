import type { NodeId } from "../core/kernel/ids.ts";
import type { Notice } from "../core/notice.ts";

/** What the audit log calls it that this node carries out what an operator ordered. */
export function orderTaken(self: NodeId, notice: Notice): string | undefined {
  switch (notice.type) {
    case "leaderOrdered":
      return "election.orderTaken";
    case "cellApproved":
      return "cell.approvalTaken";
    case "assignment":
      return notice.nodeId === self && notice.state === "inProgress"
        ? "cell.assignmentTaken"
        : undefined;
    default:
      return undefined;
  }
}
