import type { NodeAssignment } from "../core/assignment/node_assignment.ts";
import type { OperatorOrder } from "../core/cell/message.ts";
import { type ElectionPolicy, isPolicy } from "../core/cell/policy.ts";
import { isNodeId, type NodeId } from "../core/kernel/ids.ts";
import type { Credentials } from "../security/credentials.ts";
import type { FormationTime } from "../security/formation_time.ts";
import { LONGEST_ORDER_MS, type Order, signOrder, verifyOrder } from "../security/order.ts";
import {
  type AssignmentTerms,
  decodeAssignmentTerms,
  encodeAssignmentTerms,
} from "../wire/assignment.ts";
import type { OrderOpener } from "../wire/order_opener.ts";
import { WireError } from "../wire/wire_error.ts";
import { Refusals } from "./datagram_codec.ts";

/** What an order that names a cell's leader is called. */
const OVERRIDE = "election.override";

/** What it is called that a person agrees to what a cell can do. */
const APPROVE = "cell.approve";

/** What it is called that an operator wants a cell to rank its members by another policy. */
const POLICY = "election.policy";

/** What it is called that an operator puts a node in a cell. */
const ASSIGN = "cell.assign";

/** An order that nobody could carry out for so long is none any more. */
const GOOD_FOR_MS = 60_000;

/** Signs what an operator orders of cells and who is in them, and opens what others signed. */
export class CellOrders implements OrderOpener {
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
    return this.#sign(OVERRIDE, cellId, new TextEncoder().encode(leader), GOOD_FOR_MS);
  }

  signApproval(cellId: string): Uint8Array {
    return this.#sign(APPROVE, cellId, new Uint8Array(), LONGEST_ORDER_MS);
  }

  signPolicy(cellId: string, policy: ElectionPolicy): Uint8Array {
    return this.#sign(POLICY, cellId, new TextEncoder().encode(policy), GOOD_FOR_MS);
  }

  /** It is numbered by its time, and later than what was issued here before. */
  signAssignment(nodeId: NodeId, terms: AssignmentTerms, lastNumber: number): Uint8Array {
    const payload = encodeAssignmentTerms(terms);
    return this.#sign(ASSIGN, nodeId, payload, terms.timeoutMs, lastNumber + 1);
  }

  #sign(
    kind: string,
    target: string,
    payload: Uint8Array,
    goodForMs: number,
    notBeforeMs = 0,
  ): Uint8Array {
    const issuedAtMs = Math.max(Math.floor(this.#time.nowMs()), notBeforeMs);
    return signOrder(this.#credentials, {
      kind,
      target,
      payload,
      issuedAtMs,
      expiresAtMs: issuedAtMs + goodForMs,
    });
  }

  openOrder(signed: Uint8Array): OperatorOrder | undefined {
    const order = this.#verify(signed);
    if (order === undefined) return undefined;
    const { kind, target: cellId, payload, issuedAtMs: number, issuer: { nodeId: issuer } } = order;
    const ordered = { cellId, issuer, number, proof: signed.toBase64() };
    if (kind === APPROVE) return { kind: "approval", ...ordered };
    const word = new TextDecoder().decode(payload);
    if (kind === POLICY && isPolicy(word)) return { kind: "policy", policy: word, ...ordered };
    if (kind !== OVERRIDE || !isNodeId(word)) return this.#refuse("malformed");
    return { kind: "order", leader: word, ...ordered };
  }

  openAssignment(signed: Uint8Array): NodeAssignment | undefined {
    const order = this.#verify(signed);
    if (order === undefined) return undefined;
    const { target: nodeId, issuedAtMs: number, expiresAtMs, issuer: { nodeId: issuer } } = order;
    const terms = termsIn(order);
    if (terms === undefined || !isNodeId(nodeId)) return this.#refuse("malformed");
    const leftMs = Math.min(terms.timeoutMs, expiresAtMs - this.#time.nowMs());
    return { nodeId, ...terms, issuer, number, leftMs, proof: signed.toBase64() };
  }

  #verify(signed: Uint8Array): Order | undefined {
    const { formation, revocations } = this.#credentials;
    const verdict = verifyOrder(signed, formation, this.#time.nowMs(), revocations);
    return verdict.ok ? verdict.order : this.#refuse(verdict.reason);
  }

  #refuse(reason: string): undefined {
    this.#refused.add(`order.${reason}`);
  }
}

function termsIn({ kind, payload }: Order): AssignmentTerms | undefined {
  if (kind !== ASSIGN) return undefined;
  try {
    return decodeAssignmentTerms(payload);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
