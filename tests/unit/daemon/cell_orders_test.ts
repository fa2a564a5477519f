import assert from "node:assert/strict";
import { CellOrders } from "../../../src/daemon/cell_orders.ts";
import { Credentials } from "../../../src/security/credentials.ts";
import { createFormation } from "../../../src/security/formation_life.ts";
import { FormationTime } from "../../../src/security/formation_time.ts";
import { makeIdentity } from "../../../src/security/identity.ts";
import { signOrder } from "../../../src/security/order.ts";
import type { Role } from "../../../src/security/role.ts";
import { encodeAssignmentTerms } from "../../../src/wire/assignment.ts";

const NOW = Date.parse("2026-05-04T12:00:00Z");
const FORMATION = createFormation("alpha", "shared", NOW);
const TERMS = {
  cellId: "red",
  peers: [{ nodeId: "n3", addresses: ["10.0.0.3:11205"] }],
  timeoutMs: 30_000,
};

function edgeOf(nodeId: string, role: Role, clock = { nowMs: NOW }) {
  const credentials = new Credentials(FORMATION, makeIdentity(), nodeId, role);
  const time = new FormationTime(credentials, { monotonicMs: () => 0, wallMs: () => clock.nowMs });
  return { credentials, orders: new CellOrders(credentials, time) };
}

Deno.test("only what an operator signed is an assignment, and only in its time", () => {
  const clock = { nowMs: NOW + 10_000 };
  const taker = edgeOf("n2", "member", clock).orders;
  const signed = edgeOf("n1", "operator").orders.signAssignment("n2", TERMS, 0);
  assert.deepEqual(taker.openAssignment(signed), {
    nodeId: "n2",
    ...TERMS,
    issuer: "n1",
    number: NOW,
    leftMs: 20_000,
    proof: signed.toBase64(),
  });
  assert.deepEqual(taker.refused, {});
  for (const role of ["observer", "member", "leader"] as const) {
    const forged = edgeOf("n4", role).orders.signAssignment("n2", TERMS, 0);
    assert.equal(taker.openAssignment(forged), undefined);
  }
  assert.equal(taker.refused["order.notPermitted"], 3);
  const changed = signed.with(signed.length >> 1, signed[signed.length >> 1]! ^ 1);
  assert.equal(taker.openAssignment(changed), undefined);
  clock.nowMs = NOW + 30_000;
  assert.equal(taker.openAssignment(signed), undefined);
  assert.equal(taker.refused["order.orderExpired"], 1);
});

Deno.test("an order of another kind is no assignment, and an assignment no order of another kind", () => {
  const { orders } = edgeOf("n1", "admin");
  assert.equal(orders.openAssignment(orders.sign("red", "n2")), undefined);
  assert.equal(orders.openAssignment(orders.signApproval("red")), undefined);
  assert.equal(orders.openOrder(orders.signAssignment("n2", TERMS, 0)), undefined);
  assert.equal(orders.refused["order.malformed"], 3);
});

Deno.test("terms that are none make no assignment, whoever signs them", () => {
  const { credentials, orders } = edgeOf("n1", "admin");
  const draft = { kind: "cell.assign", issuedAtMs: NOW, expiresAtMs: NOW + 1_000 };
  const payload = encodeAssignmentTerms(TERMS);
  const spoiled = [
    { target: "n 2", payload },
    { kind: "cell.other", target: "n2", payload },
    { target: "n2", payload: Uint8Array.of(0xff) },
    { target: "n2", payload: encodeAssignmentTerms({ ...TERMS, cellId: "no cell" }) },
  ];
  for (const order of spoiled) {
    assert.equal(orders.openAssignment(signOrder(credentials, { ...draft, ...order })), undefined);
  }
  assert.equal(orders.refused["order.malformed"], 4);
});

Deno.test("two assignments in one moment are numbered one after the other", () => {
  const { orders } = edgeOf("n1", "admin");
  const first = orders.openAssignment(orders.signAssignment("n2", TERMS, 0))!;
  const second = orders.openAssignment(orders.signAssignment("n2", TERMS, first.number))!;
  assert.deepEqual([first.number, second.number], [NOW, NOW + 1]);
  assert.ok(second.leftMs <= TERMS.timeoutMs);
});
