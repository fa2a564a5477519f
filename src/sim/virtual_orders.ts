import {
  type AssignedPeer,
  type NodeAssignment,
  SHORTEST_TIMEOUT_MS,
} from "../core/assignment/node_assignment.ts";
import type { OrderOpener } from "../wire/order_opener.ts";
import type { AssignFault } from "./faults.ts";
import type { Host } from "./host.ts";
import { nodeName } from "./node_name.ts";
import { mayAssign } from "./plan.ts";
import type { Stage } from "./stage.ts";
import type { Credentials } from "./credentials.ts";

/** An order with who made it, in place of a signature. */
interface Signed {
  readonly seal: Credentials;
  readonly nodeId: string;
  readonly cellId: string;
  readonly peers: readonly AssignedPeer[];
  readonly number: number;
  readonly timeoutMs: number;
}

/**
 * Orders of simulated operators. Nobody can change one on its way here, and what a real edge
 * refuses, because it is too late or from somebody without the right, is refused by this one.
 */
export class VirtualOrders {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** What the host issues, whether it may or not; its own software lets it. */
  assign(host: Host, { node, cell, peer, forMs }: AssignFault): NodeAssignment {
    const peers = peer === undefined
      ? []
      : [{ nodeId: nodeName(peer), addresses: [nodeName(peer)] }];
    const last = host.node?.assignments.issuer.lastNumber ?? 0;
    return this.#read({
      seal: this.#stage.standings.credentials(host.index),
      nodeId: nodeName(node),
      cellId: cell,
      peers,
      number: Math.max(Math.floor(this.#stage.now), last + 1),
      timeoutMs: Math.max(SHORTEST_TIMEOUT_MS, forMs),
    });
  }

  /** What the edge of the host makes of orders that come in. */
  openerOf(host: Host): OrderOpener {
    return {
      // What is ordered of a cell is handed in by tests alone, and believed.
      openOrder: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
      openAssignment: (bytes) => {
        const signed: Signed = JSON.parse(new TextDecoder().decode(bytes));
        if (!mayAssign(signed.seal.owner)) return undefined;
        if (this.#stage.standings.refuses(host.index, signed.seal) !== undefined) return undefined;
        const assignment = this.#read(signed);
        return assignment.leftMs > 0 ? assignment : undefined;
      },
    };
  }

  #read(signed: Signed): NodeAssignment {
    const { seal, ...order } = signed;
    const ageMs = Math.max(0, this.#stage.now - order.number);
    return {
      ...order,
      issuer: nodeName(seal.owner),
      leftMs: order.timeoutMs - ageMs,
      proof: new TextEncoder().encode(JSON.stringify(signed)).toBase64(),
    };
  }
}
