import { notAuthenticated, notPermitted } from "../core/kernel/refusals.ts";
import type { Node } from "../core/node.ts";
import { mayCommand } from "../security/role.ts";
import type { CellOrders } from "./cell_orders.ts";
import type { Membership } from "./membership.ts";

/**
 * What signs orders, if this node may give any; `what` says which one it is about. Whoever takes the
 * order asks for the same proof, so without one it is not even sent.
 */
export function rightToOrder(
  what: string,
  { nodeId }: Node,
  { orders, credentials, time }: Membership,
): CellOrders {
  if (orders === undefined || credentials === undefined || time === undefined) {
    throw notAuthenticated(
      `Cannot ${what}: ${nodeId} is in no formation, so nobody can check who orders it`,
      { code: "open-mesh", hint: "run the nodes of the cell with --formation FILE" },
    );
  }
  const { role } = credentials.member(time.nowMs());
  if (mayCommand(role)) return orders;
  throw notPermitted(
    `Cannot ${what}: ${nodeId} is its formation's ${role}, and only an operator or admin gives ` +
      "orders",
    {
      code: "not-permitted",
      hint: "ask at a node that is one, or have this one invited with --role operator",
    },
  );
}
