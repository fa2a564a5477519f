import assert from "node:assert/strict";
import fc from "fast-check";
import { OperatingError } from "../../../src/core/kernel/operating_error.ts";
import { Formation } from "../../../src/security/formation.ts";
import { revoke } from "../../../src/security/formation_life.ts";
import { RevocationSet, signRevocation } from "../../../src/security/revocation.ts";
import { Enrolled, flipped, sharedRecord, START_MS } from "./fixtures.ts";

/** An enrolled formation that has revoked so many devices, and the proofs. */
function revoked(count: number): { formation: Formation; entries: Uint8Array[] } {
  let { record } = new Enrolled();
  for (let index = 0; index < count; index++) {
    const deviceId = (index + 1).toString(16).padStart(32, "0");
    record = revoke(record, deviceId, START_MS).record;
  }
  const entries = record.revocations.map((entry) => Uint8Array.fromBase64(entry));
  return { formation: new Formation(record), entries };
}

Deno.test("sets that merge the same revocations in any order are the same", () => {
  const { formation, entries } = revoked(12);
  const all = new RevocationSet(formation, entries);
  const orders = fc.shuffledSubarray(entries, { minLength: entries.length });
  fc.assert(fc.property(orders, fc.array(fc.constantFrom(...entries)), (order, again) => {
    const set = new RevocationSet(formation);
    for (const entry of [...order, ...again]) set.merge(entry);
    assert.equal(set.digest(), all.digest());
    assert.equal(set.size, entries.length);
    assert.deepEqual(set.deviceIds().sort(), all.deviceIds().sort());
  }));
});

Deno.test("a changed revocation, another formation's and a shared one's are refused", () => {
  const { formation, entries } = revoked(1);
  const set = new RevocationSet(formation);
  for (let index = 0; index < entries[0]!.length; index++) {
    assert.notEqual(set.merge(flipped(entries[0]!, index)), "added");
  }
  assert.equal(set.size, 0);
  assert.equal(set.merge(revoked(1).entries[0]!), "wrongFormation");
  // Anyone with a shared secret has its authority, and could put out everybody else.
  const shared = new Formation(sharedRecord());
  const draft = { deviceId: "11".repeat(16), serial: 0, revokedAtMs: START_MS };
  const entry = signRevocation(shared, shared.keys.newest.authorityKey!, draft);
  assert.equal(new RevocationSet(shared).merge(entry), "badSignature");
  assert.equal(set.merge(entries[0]!), "added");
  assert.equal(set.merge(entries[0]!), "known");
});

Deno.test("a full set keeps what it has", () => {
  const { formation, entries } = revoked(3);
  const set = new RevocationSet(formation, [], { capacity: 2 });
  assert.deepEqual(entries.map((entry) => set.merge(entry)), ["added", "added", "full"]);
  assert.deepEqual(new RevocationSet(formation, set.entries()).digest(), set.digest());
});

Deno.test("revoking a node puts out its device, and another device may take its name", () => {
  const fleet = new Enrolled();
  const first = fleet.enrol("drone-1");
  const { record, deviceIds } = revoke(fleet.record, "drone-1", START_MS);
  assert.deepEqual(deviceIds, [first.identity.deviceId]);
  fleet.record = record;
  assert.throws(
    () => fleet.enrol("drone-1", { identity: first.identity }),
    (error) => error instanceof OperatingError && error.code === "revoked" && error.exitCode === 3,
  );
  assert.notEqual(fleet.enrol("drone-1").identity.deviceId, first.identity.deviceId);
});

Deno.test("nobody revokes without the authority's file", () => {
  const refusalOf = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      if (error instanceof OperatingError) return [error.code, error.exitCode];
    }
    return undefined;
  };
  const fleet = new Enrolled();
  const member = fleet.memberRecord("drone-1", fleet.enrol("drone-2").identity);
  assert.deepEqual(refusalOf(() => revoke(sharedRecord(), "a", START_MS)), ["formation-shared", 3]);
  assert.deepEqual(refusalOf(() => revoke(member, "a", START_MS)), ["not-the-authority", 3]);
  assert.deepEqual(refusalOf(() => revoke(fleet.record, "a", START_MS)), ["not-a-member", 4]);
});
