import type { CellOrder } from "../core/cell/message.ts";
import { isNodeId, type NodeId } from "../core/kernel/ids.ts";
import type { Credentials } from "../security/credentials.ts";
import type { FormationTime } from "../security/formation_time.ts";
import { signOrder, verifyOrder } from "../security/order.ts";
import { Refusals } from "./datagram_codec.ts";

/** What an order that names a cell's leader is called. */
const OVERRIDE = "election.override";

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
    const issuedAtMs = Math.floor(this.#time.nowMs());
    return signOrder(this.#credentials, {
      kind: OVERRIDE,
      target: cellId,
      payload: new TextEncoder().encode(leader),
      issuedAtMs,
      expiresAtMs: issuedAtMs + GOOD_FOR_MS,
    });
  }

  /** Undefined for what does not hold, which is counted. */
  open(signed: Uint8Array): CellOrder | undefined {
    const { formation, revocations } = this.#credentials;
    const verdict = verifyOrder(signed, formation, this.#time.nowMs(), revocations);
    if (!verdict.ok) return this.#refuse(verdict.reason);
    const { kind, target, payload, issuedAtMs, issuer } = verdict.order;
    const leader = new TextDecoder().decode(payload);
    if (kind !== OVERRIDE || !isNodeId(leader)) return this.#refuse("malformed");
    return {
      kind: "order",
      cellId: target,
      leader,
      issuer: issuer.nodeId,
      number: issuedAtMs,
      proof: signed.toBase64(),
    };
  }

  #refuse(reason: string): undefined {
    this.#refused.add(`order.${reason}`);
  }
}
