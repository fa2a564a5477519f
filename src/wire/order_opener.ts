import type { NodeAssignment } from "../core/assignment/node_assignment.ts";
import type { OperatorOrder } from "../core/cell/message.ts";

/** Opens what operators signed; undefined when it does not hold. Whoever opens counts that. */
export interface OrderOpener {
  /** What is ordered of a cell. */
  openOrder(signed: Uint8Array): OperatorOrder | undefined;
  /** In which cell a node is put. */
  openAssignment(signed: Uint8Array): NodeAssignment | undefined;
}
