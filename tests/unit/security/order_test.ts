import assert from "node:assert/strict";
import type { Credentials } from "../../../src/security/credentials.ts";
import { revoke } from "../../../src/security/formation_life.ts";
import {
  LONGEST_ORDER_MS,
  type OrderDraft,
  OrderLedger,
  signOrder,
  verifyOrder,
} from "../../../src/security/order.ts";
import { makeIdentity } from "../../../src/security/identity.ts";
import type { Role } from "../../../src/security/role.ts";
import { SignedOrder } from "../../../src/wire/generated/peat/security.js";
import { decodeMessage, encodeMessage } from "../../../src/wire/message.ts";
import { Enrolled, flipped, START_MS } from "./fixtures.ts";

const NOW = START_MS + 1_000;
const DRAFT: OrderDraft = {
  kind: "election.override",
  target: "drone-2",
  payload: Uint8Array.of(1, 2, 3),
  issuedAtMs: NOW,
  expiresAtMs: NOW + 60_000,
};

function judge(bytes: Uint8Array, receiver: Credentials, formationTimeMs = NOW): string {
  const verdict = verifyOrder(bytes, receiver.formation, formationTimeMs, receiver.revocations);
  return verdict.ok ? "ok" : verdict.reason;
}

Deno.test("an order says who gave it and arrives as it was given", () => {
  const fleet = new Enrolled();
  const [operator, drone] = [fleet.enrol("base", { role: "operator" }), fleet.enrol("drone-1")];
  const bytes = signOrder(operator, DRAFT);
  const verdict = verifyOrder(bytes, drone.formation, NOW, drone.revocations);
  assert(verdict.ok);
  const { orderId, issuer, ...order } = verdict.order;
  assert.match(orderId, /^[0-9a-f]{32}$/);
  assert.equal(issuer.nodeId, "base");
  assert.deepEqual({ ...order, payload: [...order.payload] }, { ...DRAFT, payload: [1, 2, 3] });
});

Deno.test("only operators and admins give orders", () => {
  const fleet = new Enrolled();
  const receiver = fleet.enrol("receiver");
  const verdictOf = (role: Role) => judge(signOrder(fleet.enrol(role, { role }), DRAFT), receiver);
  assert.deepEqual(
    (["observer", "member", "leader", "operator", "admin"] as const).map(verdictOf),
    ["notPermitted", "notPermitted", "notPermitted", "ok", "ok"],
  );
});

Deno.test("an order takes effect once", () => {
  const fleet = new Enrolled();
  const [operator, drone] = [fleet.enrol("base", { role: "operator" }), fleet.enrol("drone-1")];
  const ledger = new OrderLedger({ capacity: 2 });
  const take = (bytes: Uint8Array, at: number) => {
    const verdict = verifyOrder(bytes, drone.formation, at, drone.revocations);
    return verdict.ok ? ledger.take(verdict.order, at) : verdict.reason;
  };
  const orders = [1, 2, 3].map(() => signOrder(operator, DRAFT));
  assert.equal(take(orders[0]!, NOW), undefined);
  assert.equal(take(orders[0]!, NOW), "repeated");
  assert.equal(take(orders[1]!, NOW), undefined);
  assert.equal(take(orders[2]!, NOW), "full");
  const later = NOW + 60_000;
  const next = signOrder(operator, { ...DRAFT, issuedAtMs: later, expiresAtMs: later + 1 });
  assert.equal(take(next, later), undefined, "expired ones make room");
  assert.equal(take(orders[0]!, later), "orderExpired");
});

Deno.test("an order is refused out of its time, from a revoked operator and when it was changed", () => {
  const fleet = new Enrolled();
  const [operator, drone] = [fleet.enrol("base", { role: "operator" }), fleet.enrol("drone-1")];
  const bytes = signOrder(operator, DRAFT);
  assert.equal(judge(bytes, drone, NOW + 60_000), "orderExpired");
  assert.equal(judge(bytes, drone, NOW - 120_000), "orderNotYetValid");
  const endless = { ...DRAFT, expiresAtMs: NOW + LONGEST_ORDER_MS + 1 };
  assert.equal(judge(signOrder(operator, endless), drone), "orderTooLong");
  assert.equal(judge(bytes, new Enrolled().enrol("drone-1")), "wrongFormation");
  for (let index = 0; index < bytes.length; index++) {
    assert.notEqual(judge(flipped(bytes, index), drone), "ok", `byte ${index}`);
  }
  const { record } = revoke(fleet.record, "base", NOW);
  drone.revocations.merge(Uint8Array.fromBase64(record.revocations[0]!));
  assert.equal(judge(bytes, drone), "revoked");
});

Deno.test("an operator of two formations orders in one what it signed for that one", () => {
  const [here, there] = [new Enrolled(), new Enrolled()];
  const identity = makeIdentity();
  const enrol = (fleet: Enrolled) => fleet.enrol("base", { identity, role: "operator" });
  const [operatorHere, operatorThere] = [enrol(here), enrol(there)];
  const { body, signature } = decodeMessage(SignedOrder, signOrder(operatorThere, DRAFT));
  const { certificate } = operatorHere.member(NOW);
  const moved = encodeMessage(SignedOrder, { body, signature, certificate });
  assert.equal(judge(moved, here.enrol("drone-1")), "wrongFormation");
});
