import { randomBytes } from "node:crypto";
import { assert } from "../core/kernel/assert.ts";
import { BoundedMap } from "../core/kernel/bounded_map.ts";
import { Order as OrderMessage, SignedOrder } from "../wire/generated/peat/security.js";
import { decodeMessage, encodeMessage } from "../wire/message.ts";
import { WireError } from "../wire/wire_error.ts";
import type { Credentials } from "./credentials.ts";
import type { Formation } from "./formation.ts";
import { type Member, type MembershipRefusal, verifyMembership } from "./membership.ts";
import type { RevocationSet } from "./revocation.ts";
import { mayCommand } from "./role.ts";
import { signedBytes } from "./signed.ts";

const ORDER_ID_BYTES = 16;
const LONGEST_ORDER_BYTES = 64 << 10;
const LONGEST_NAME = 128;

/** An order's id is remembered until it expires, so none may be good for ever. */
export const LONGEST_ORDER_MS = 24 * 3_600_000;

/** How far ahead of the formation's time the giver's clock may be. */
const CLOCK_SLACK_MS = 60_000;

/** What somebody tells others to do. The meaning of the payload is up to its kind. */
export interface OrderDraft {
  /** What to do: `election.override`, `model.deploy`, … */
  readonly kind: string;
  /** Whom or what it concerns: a node, a cell, a rollout. */
  readonly target: string;
  readonly payload?: Uint8Array;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface Order extends Required<OrderDraft> {
  /** Unique, in hexadecimal. */
  readonly orderId: string;
  readonly issuer: Member;
}

export type OrderRefusal =
  | MembershipRefusal
  | "notPermitted"
  | "badProof"
  | "orderExpired"
  | "orderNotYetValid"
  /** Good for longer than an order may be. */
  | "orderTooLong"
  /** It was carried out before. */
  | "repeated"
  /** So many orders at once that one more could not be remembered. */
  | "full";

export type OrderVerdict =
  | { readonly ok: true; readonly order: Order }
  | { readonly ok: false; readonly reason: OrderRefusal };

/** Signs an order with this node's key. Whether it has the right to is judged where it takes effect. */
export function signOrder(credentials: Credentials, draft: OrderDraft): Uint8Array<ArrayBuffer> {
  assert(
    draft.kind.length <= LONGEST_NAME && draft.target.length <= LONGEST_NAME,
    "Cannot sign an order: its kind or target is too long",
  );
  const { formation, identity } = credentials;
  const body = encodeMessage(OrderMessage, {
    formationId: formation.idBytes,
    orderId: new Uint8Array(randomBytes(ORDER_ID_BYTES)),
    kind: draft.kind,
    target: draft.target,
    payload: draft.payload,
    issuedAtMs: BigInt(draft.issuedAtMs),
    expiresAtMs: BigInt(draft.expiresAtMs),
  });
  const signature = identity.signingKey.sign(signedBytes("order", body));
  const { certificate } = credentials.member(draft.issuedAtMs);
  return encodeMessage(SignedOrder, { body, signature, certificate });
}

/** Checks an order, however it came here. Whether it is new is `OrderLedger`'s part. */
export function verifyOrder(
  bytes: Uint8Array,
  formation: Formation,
  formationTimeMs: number,
  revocations: RevocationSet,
): OrderVerdict {
  const parts = read(bytes);
  if (parts === undefined) return refuse("malformed");
  const { signed, message } = parts;
  const verdict = verifyMembership(signed.certificate, formation, formationTimeMs, revocations);
  if (!verdict.ok) return verdict;
  const issuer = verdict.member;
  if (!issuer.deviceKey.verify(signedBytes("order", signed.body), signed.signature)) {
    return refuse("badProof");
  }
  if (message.formationId.toHex() !== formation.id) return refuse("wrongFormation");
  if (!mayCommand(issuer.role)) return refuse("notPermitted");
  const order = readOrder(message, issuer);
  const reason = refusesTime(order, formationTimeMs);
  return reason === undefined ? { ok: true, order } : refuse(reason);
}

/** Lets each order take effect once. It forgets an order when it has expired, never before. */
export class OrderLedger {
  readonly #expiryOfOrder: BoundedMap<string, number>;

  constructor({ capacity = 4_096 } = {}) {
    this.#expiryOfOrder = new BoundedMap(capacity, "refuse-new");
  }

  /** Answers why the order must not be carried out, or undefined when it must. */
  take({ orderId, expiresAtMs }: Order, formationTimeMs: number): "repeated" | "full" | undefined {
    if (this.#expiryOfOrder.has(orderId)) return "repeated";
    if (this.#expiryOfOrder.size === this.#expiryOfOrder.capacity) this.#drop(formationTimeMs);
    return this.#expiryOfOrder.set(orderId, expiresAtMs) ? undefined : "full";
  }

  #drop(formationTimeMs: number): void {
    for (const [orderId, expiresAtMs] of this.#expiryOfOrder) {
      if (formationTimeMs >= expiresAtMs) this.#expiryOfOrder.delete(orderId);
    }
  }
}

function read(bytes: Uint8Array): { signed: SignedOrder; message: OrderMessage } | undefined {
  try {
    const signed = decodeMessage(SignedOrder, bytes, LONGEST_ORDER_BYTES);
    const message = decodeMessage(OrderMessage, signed.body);
    const { orderId, kind, target } = message;
    const isWhole = orderId.length === ORDER_ID_BYTES && kind !== "" &&
      kind.length <= LONGEST_NAME && target.length <= LONGEST_NAME;
    return isWhole ? { signed, message } : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function readOrder(message: OrderMessage, issuer: Member): Order {
  return {
    orderId: message.orderId.toHex(),
    kind: message.kind,
    target: message.target,
    payload: message.payload.slice(),
    issuedAtMs: Number(message.issuedAtMs),
    expiresAtMs: Number(message.expiresAtMs),
    issuer,
  };
}

function refusesTime(
  { issuedAtMs, expiresAtMs }: Order,
  formationTimeMs: number,
): OrderRefusal | undefined {
  if (expiresAtMs - issuedAtMs > LONGEST_ORDER_MS) return "orderTooLong";
  if (formationTimeMs >= expiresAtMs) return "orderExpired";
  return formationTimeMs < issuedAtMs - CLOCK_SLACK_MS ? "orderNotYetValid" : undefined;
}

function refuse(reason: OrderRefusal): OrderVerdict {
  return { ok: false, reason };
}
