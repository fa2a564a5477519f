import type { CellApproval, CellOrder } from "../core/cell/message.ts";
import { isNodeId, type NodeId } from "../core/kernel/ids.ts";
import type { Credentials } from "../security/credentials.ts";
import type { FormationTime } from "../security/formation_time.ts";
import { LONGEST_ORDER_MS, signOrder, verifyOrder } from "../security/order.ts";
import { Refusals } from "./datagram_codec.ts";

/** What an order that names a cell's leader is called. */
const OVERRIDE = "election.override";

/** What it is called that a person agrees to what a cell can do. */
const APPROVE = "cell.approve";

/** An order that nobody could carry out for so long is none any more. */
const GOOD_FOR_MS = 60_000;

/** Signs what an operator orders of a cell, and opens what others signed. */
export class CellOrders {
  readonly #credentials: Credentials;
  readonly #time: FormationTime;
  readonly #refused = new Refusals();

  constructor(credentials: Credentials, time: FormationTime) {
    this.#credentials = credentials;
    this.#time = time;
  }

  /** How many were refused, by the reason. */
  get refused(): Readonly<Record<string, number>> {
    return this.#refused.counts;
  }

  /** Whether it has the right to is judged when it is opened, here as everywhere. */
  sign(cellId: string, leader: NodeId): Uint8Array {
    return this.#sign(OVERRIDE, cellId, leader, GOOD_FOR_MS);
  }

  signApproval(cellId: string): Uint8Array {
    return this.#sign(APPROVE, cellId, "", LONGEST_ORDER_MS);
  }

  #sign(kind: string, target: string, payload: string, goodForMs: number): Uint8Array {
    const issuedAtMs = Math.floor(this.#time.nowMs());
    return signOrder(this.#credentials, {
      kind,
      target,
      payload: new TextEncoder().encode(payload),
      issuedAtMs,
      expiresAtMs: issuedAtMs + goodForMs,
    });
  }

  /** Undefined for what does not hold, which is counted. */
  open(signed: Uint8Array): CellOrder | CellApproval | undefined {
    const { formation, revocations } = this.#credentials;
    const verdict = verifyOrder(signed, formation, this.#time.nowMs(), revocations);
    if (!verdict.ok) return this.#refuse(verdict.reason);
    const { kind, target: cellId, payload, issuedAtMs: number, issuer: { nodeId: issuer } } =
      verdict.order;
    const ordered = { cellId, issuer, number, proof: signed.toBase64() };
    if (kind === APPROVE) return { kind: "approval", ...ordered };
    const leader = new TextDecoder().decode(payload);
    if (kind !== OVERRIDE || !isNodeId(leader)) return this.#refuse("malformed");
    return { kind: "order", leader, ...ordered };
  }

  #refuse(reason: string): undefined {
    this.#refused.add(`order.${reason}`);
  }
}
