import assert from "node:assert/strict";
import { CertificateStore } from "../../../src/security/certificate_store.ts";
import { rotateFormation } from "../../../src/security/formation_life.ts";
import { makeIdentity } from "../../../src/security/identity.ts";
import { Credentials } from "../../../src/security/credentials.ts";
import { Enrolled, nodeOf, sharedRecord, START_MS } from "./fixtures.ts";

const NOW = START_MS;
const MINUTE_MS = 60_000;

function learn(store: CertificateStore, node: Credentials, at = NOW): string {
  const shown = store.read(node.member(at).certificate, at);
  const verdict = shown.ok ? store.learn(shown.member, at) : shown;
  return verdict.ok ? "ok" : verdict.reason;
}

Deno.test("a device that was learnt is found by its id and by its node's", () => {
  const record = sharedRecord();
  const [receiver, node] = [nodeOf(record, "base"), nodeOf(record, "drone-1")];
  const store = new CertificateStore(receiver.formation, receiver.revocations);
  assert.equal(learn(store, node), "ok");
  assert.equal(learn(store, node), "ok");
  assert.equal(store.size, 1);
  assert.equal(store.findNode("drone-1")?.deviceId, node.identity.deviceId);
  assert.equal(store.findDevice(node.identity.deviceId)?.nodeId, "drone-1");
  store.forget(node.identity.deviceId);
  assert.equal(store.findNode("drone-1"), undefined);
});

Deno.test("in a shared formation a name stays with the device that is alive", () => {
  const record = sharedRecord();
  const [receiver, first, second] = [
    nodeOf(record, "base"),
    nodeOf(record, "a"),
    nodeOf(record, "a"),
  ];
  const store = new CertificateStore(receiver.formation, receiver.revocations);
  assert.equal(learn(store, first), "ok");
  assert.equal(learn(store, second), "nodeTaken");
  store.prove(first.identity.deviceId, NOW + MINUTE_MS);
  assert.equal(learn(store, second, NOW + MINUTE_MS + 1), "nodeTaken");
  assert.equal(learn(store, second, NOW + 2 * MINUTE_MS), "ok");
  assert.equal(store.findDevice(first.identity.deviceId), undefined);
});

Deno.test("a name passes soon to a device that outranks one that fell silent, which is told of", () => {
  const record = sharedRecord();
  const receiver = nodeOf(record, "base");
  const [winner, loser] = [nodeOf(record, "a"), nodeOf(record, "a")]
    .sort((left, right) => left.identity.deviceId < right.identity.deviceId ? -1 : 1);
  const passed: string[] = [];
  const store = new CertificateStore(receiver.formation, receiver.revocations, {
    onSuccession: (nodeId) => passed.push(nodeId),
  });
  assert.equal(learn(store, loser!), "ok");
  store.prove(loser!.identity.deviceId, NOW + 20_000);
  assert.equal(learn(store, winner!, NOW + 34_999), "nodeTaken", "while the other may still run");
  assert.deepEqual(passed, []);
  assert.equal(learn(store, winner!, NOW + 35_000), "ok");
  assert.deepEqual(passed, ["a"]);
  assert.equal(store.findNode("a")?.deviceId, winner!.identity.deviceId);
  assert.equal(learn(store, loser!, NOW + 94_999), "nodeTaken", "and does not come back as soon");
});

Deno.test("one key is one node: a second name for it is refused", () => {
  const record = sharedRecord();
  const identity = makeIdentity();
  const receiver = nodeOf(record, "base");
  const store = new CertificateStore(receiver.formation, receiver.revocations);
  assert.equal(learn(store, new Credentials(record, identity, "a")), "ok");
  for (let count = 0; count < 500; count++) {
    assert.equal(learn(store, new Credentials(record, identity, `sybil-${count}`)), "wrongNode");
  }
  assert.equal(store.size, 1);
});

Deno.test("in an enrolled formation the authority's later word counts at once", () => {
  const fleet = new Enrolled();
  const receiver = fleet.enrol("base");
  const identity = makeIdentity();
  const early = fleet.enrol("a", { identity });
  const late = fleet.enrol("a", { identity, role: "operator" });
  const store = new CertificateStore(receiver.formation, receiver.revocations);
  assert.equal(learn(store, early), "ok");
  assert.equal(learn(store, late), "ok");
  assert.equal(store.findNode("a")?.role, "operator");
  assert.equal(learn(store, early), "ok");
  assert.equal(store.findNode("a")?.role, "operator", "an old certificate takes nothing back");
});

Deno.test("a full store gives up who is silent, and never who is alive", () => {
  const record = sharedRecord();
  const receiver = nodeOf(record, "base");
  const store = new CertificateStore(receiver.formation, receiver.revocations, { capacity: 2 });
  const [a, b, c] = [nodeOf(record, "a"), nodeOf(record, "b"), nodeOf(record, "c")];
  assert.equal(learn(store, a), "ok");
  assert.equal(learn(store, b), "ok");
  assert.equal(learn(store, c), "full");
  store.prove(a.identity.deviceId, NOW + MINUTE_MS);
  assert.equal(learn(store, c, NOW + MINUTE_MS), "ok");
  assert.equal(store.findNode("b"), undefined);
  assert.equal(store.findNode("a")?.deviceId, a.identity.deviceId);
});

Deno.test("a certificate of a secret that is over is good no more, though it was learnt", () => {
  const old = sharedRecord();
  const rotated = rotateFormation(old, { graceMs: MINUTE_MS, nowMs: NOW });
  const [receiver, node] = [nodeOf(rotated, "base"), nodeOf(old, "drone-1")];
  const store = new CertificateStore(receiver.formation, receiver.revocations);
  assert.equal(learn(store, node), "ok");
  const member = store.findNode("drone-1")!;
  assert.equal(store.refuses(member, NOW), undefined);
  assert.equal(store.refuses(member, NOW + MINUTE_MS), "unknownEpoch");
  assert.equal(learn(store, node, NOW + MINUTE_MS), "unknownEpoch");
});
