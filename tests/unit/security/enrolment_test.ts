import assert from "node:assert/strict";
import fc from "fast-check";
import { OperatingError } from "../../../src/core/kernel/operating_error.ts";
import { Credentials } from "../../../src/security/credentials.ts";
import { acceptInvite, makeInvite, makeRequest } from "../../../src/security/enrolment.ts";
import { revoke, rotateFormation } from "../../../src/security/formation_life.ts";
import {
  type AuthorityRecord,
  formationText,
  type MemberRecord,
} from "../../../src/security/formation_record.ts";
import { withGroupKey } from "../../../src/security/group_key.ts";
import { makeIdentity } from "../../../src/security/identity.ts";
import { readMembership, verifyMembership } from "../../../src/security/membership.ts";
import { BoxKey, sealBox } from "../../../src/security/sealed_box.ts";
import { Enrolled, flipped, HOUR_MS, nodeOf, sharedRecord, START_MS } from "./fixtures.ts";

const OPTIONS = { role: "member", nowMs: START_MS, expiresAtMs: 0 } as const;

function refusalOf(action: () => unknown): [code: string, exitCode: number | undefined] {
  try {
    action();
  } catch (error) {
    assert(error instanceof OperatingError, String(error));
    return [error.code, error.exitCode];
  }
  throw new Error("it was not refused");
}

Deno.test("a request and its invite make a member, and neither holds a secret", () => {
  const { record: authority } = new Enrolled();
  const identity = makeIdentity();
  const request = JSON.stringify(makeRequest(identity, "drone-1"));
  const { record, invite } = makeInvite(authority, request, { ...OPTIONS, role: "operator" });
  const text = JSON.stringify(invite);
  const { secret, proof } = record.epochs[0]!;
  for (const hidden of [secret, proof!.slice(20, 60), authority.authorityKey]) {
    assert(!text.includes(hidden));
  }
  const joined = acceptInvite(text, "the invite", identity);
  const node = new Credentials(joined, identity, "drone-1");
  const { nodeId, role, serial, deviceId } = node.member(START_MS);
  assert.deepEqual([nodeId, role, serial], ["drone-1", "operator", 1]);
  assert.equal(deviceId, identity.deviceId);
  assert(!node.formation.canIssue);
  assert.deepEqual(record.issued.map(({ nodeId, serial }) => [nodeId, serial]), [["drone-1", 1]]);
});

Deno.test("an invite opens on no other device, and not when it was changed", () => {
  const { record } = new Enrolled();
  const identity = makeIdentity();
  const request = JSON.stringify(makeRequest(identity, "drone-1"));
  const text = JSON.stringify(makeInvite(record, request, OPTIONS).invite);
  const thief = makeIdentity();
  assert.deepEqual(refusalOf(() => acceptInvite(text, "it", thief)), ["invite-not-yours", 2]);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom("A", "0", "z", "{", " "), (at, letter) => {
      const changed = text.slice(0, at) + letter + text.slice(at + 1);
      let member: MemberRecord;
      try {
        member = acceptInvite(changed, "it", identity) as MemberRecord;
      } catch (error) {
        return assert(error instanceof OperatingError, String(error));
      }
      // What is not signed are names for people, and the authority's certificate for TLS.
      const { certificate, epochs, id } = acceptInvite(text, "it", identity) as MemberRecord;
      assert.deepEqual([member.certificate, member.epochs, member.id], [certificate, epochs, id]);
    }),
    { numRuns: 500 },
  );
});

Deno.test("an invite with another member's certificates in it is refused", () => {
  let { record } = new Enrolled();
  const identity = makeIdentity();
  const inviteFor = (who: typeof identity, nodeId: string) => {
    const made = makeInvite(record, JSON.stringify(makeRequest(who, nodeId)), OPTIONS);
    record = made.record;
    return made.invite;
  };
  const [mine, other] = [inviteFor(identity, "a"), inviteFor(makeIdentity(), "b")];
  const { certificate, serverCertificate } = other.member;
  for (
    const swapped of [{ certificate }, { serverCertificate }, { certificate, serverCertificate }]
  ) {
    const invite = JSON.stringify({ ...mine, member: { ...mine.member, ...swapped } });
    assert.deepEqual(refusalOf(() => acceptInvite(invite, "it", identity)), ["invite-refused", 2]);
  }
});

Deno.test("an invite that says itself that its device was revoked is refused", () => {
  const identity = makeIdentity();
  const request = JSON.stringify(makeRequest(identity, "drone-1"));
  const { record, invite } = makeInvite(new Enrolled().record, request, OPTIONS);
  const { revocations } = revoke(record, "drone-1", START_MS).record;
  const stale = JSON.stringify({ ...invite, member: { ...invite.member, revocations } });
  assert.deepEqual(refusalOf(() => acceptInvite(stale, "it", identity)), ["invite-refused", 2]);
});

Deno.test("a request that was changed is not answered", () => {
  const { record } = new Enrolled();
  const document = makeRequest(makeIdentity(), "drone-1");
  const bytes = Uint8Array.fromBase64(document.request);
  for (let index = 0; index < bytes.length; index++) {
    const request = { ...document, request: flipped(bytes, index).toBase64() };
    const [code] = refusalOf(() => makeInvite(record, JSON.stringify(request), OPTIONS));
    assert.match(code, /^(not-an-request|request-not-signed)$/);
  }
});

Deno.test("an authority refuses another name than it expects, and a name that is taken", () => {
  const fleet = new Enrolled();
  fleet.enrol("drone-1");
  const request = JSON.stringify(makeRequest(makeIdentity(), "drone-1"));
  const invite = (nodeId?: string) => () =>
    makeInvite(fleet.record, request, { ...OPTIONS, nodeId });
  assert.deepEqual(refusalOf(invite()), ["name-taken", 3]);
  assert.deepEqual(refusalOf(invite("drone-2")), ["another-node", 3]);
});

Deno.test("only the authority's file invites, and only an invite lets join", () => {
  const fleet = new Enrolled();
  const identity = makeIdentity();
  const member = fleet.memberRecord("drone-1", identity);
  const request = JSON.stringify(makeRequest(makeIdentity(), "drone-2"));
  const refused = (record: MemberRecord) => refusalOf(() => makeInvite(record, request, OPTIONS));
  assert.deepEqual(refused(member), ["not-the-authority", 3]);
  const join = (text: string) => refusalOf(() => acceptInvite(text, "it", makeIdentity()));
  assert.deepEqual(join(formationText(member)), ["not-an-invite", 4]);
  assert.deepEqual(join(formationText(fleet.record)), ["not-an-invite", 4]);
  assert.deepEqual(join(request), ["not-an-invite", 4]);
  assert.deepEqual(join("nothing"), ["not-json", 4]);
});

Deno.test("a shared formation's file is its own invite", () => {
  const record = sharedRecord();
  assert.deepEqual(acceptInvite(formationText(record), "it", makeIdentity()), record);
});

Deno.test("credentials are refused to another device and to another node", () => {
  const fleet = new Enrolled();
  const identity = makeIdentity();
  const record = fleet.memberRecord("drone-1", identity);
  const use = (who = identity, nodeId = "drone-1") => () => new Credentials(record, who, nodeId);
  use()();
  assert.deepEqual(refusalOf(use(makeIdentity())), ["not-this-node", 2]);
  assert.deepEqual(refusalOf(use(identity, "drone-2")), ["not-this-node", 2]);
});

Deno.test("the mesh hands on the next group key, and only the authority's", () => {
  const fleet = new Enrolled();
  const member = fleet.memberRecord("drone-1", makeIdentity());
  const options = { graceMs: HOUR_MS, nowMs: START_MS };
  const rotated = rotateFormation(fleet.record, options) as AuthorityRecord;
  const proof = Uint8Array.fromBase64(rotated.epochs[1]!.proof!);
  const later = withGroupKey(member, proof);
  assert.deepEqual(later.epochs, rotated.epochs);
  assert.equal(withGroupKey(later, proof), later, "the same again changes nothing");
  assert.equal(withGroupKey(member, Uint8Array.fromBase64(member.epochs[0]!.proof!)), member);
  for (let index = 0; index < proof.length; index++) {
    refusalOf(() => withGroupKey(member, flipped(proof, index)));
  }
  const other = rotateFormation(new Enrolled().record, options).epochs[1]!.proof!;
  assert.deepEqual(refusalOf(() => withGroupKey(member, Uint8Array.fromBase64(other))), [
    "group-key-malformed",
    4,
  ]);
});

Deno.test("a certificate is about 200 bytes, and none of them can be changed", () => {
  const fleet = new Enrolled();
  const node = fleet.enrol("drone-1", { expiresAtMs: START_MS + HOUR_MS });
  const { certificate } = node.member(START_MS);
  assert(certificate.length <= 205, `${certificate.length}`);
  for (let index = 0; index < certificate.length; index++) {
    const changed = flipped(certificate, index);
    const verdict = verifyMembership(changed, node.formation, START_MS, node.revocations);
    assert(!verdict.ok, `byte ${index}`);
  }
});

Deno.test("the longest node id still makes a certificate whose length is one byte", () => {
  const node = nodeOf(sharedRecord(), "n".repeat(64));
  assert(node.member(START_MS).certificate.length <= 255);
});

Deno.test("a formation's time decides when a membership begins and ends, and no clock", () => {
  const fleet = new Enrolled();
  const node = fleet.enrol("guest", { expiresAtMs: START_MS + HOUR_MS });
  const { certificate } = node.member(START_MS);
  const reasonAt = (formationTimeMs: number) => {
    const { formation, revocations } = node;
    const verdict = verifyMembership(certificate, formation, formationTimeMs, revocations);
    return verdict.ok ? "ok" : verdict.reason;
  };
  assert.equal(reasonAt(START_MS), "ok");
  assert.equal(reasonAt(START_MS - HOUR_MS), "ok");
  assert.equal(reasonAt(START_MS - HOUR_MS - 1), "notYetValid");
  assert.equal(reasonAt(START_MS + HOUR_MS - 1), "ok");
  assert.equal(reasonAt(START_MS + HOUR_MS), "expired");
  assert(readMembership(certificate, node.formation, 0).ok);
  const forEver = fleet.enrol("drone-1").member(START_MS).certificate;
  assert(verifyMembership(forEver, node.formation, 0, node.revocations).ok);
});

Deno.test("a box opens for its recipient only, and only unchanged", () => {
  const key = BoxKey.generate();
  const content = Uint8Array.of(1, 2, 3);
  const box = sealBox(key.publicKey, content);
  assert.deepEqual(BoxKey.fromPem(key.toPem()).open(box), content);
  assert.notDeepEqual(sealBox(key.publicKey, content), box);
  assert.throws(() => BoxKey.generate().open(box));
  for (let index = 0; index < box.length; index++) {
    for (const mask of [1, 0x80]) {
      assert.throws(() => key.open(flipped(box, index, mask)), `byte ${index}`);
    }
  }
});
