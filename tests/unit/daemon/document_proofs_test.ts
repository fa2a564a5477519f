import assert from "node:assert/strict";
import { DocumentProofs } from "../../../src/daemon/document_proofs.ts";
import { revoke, rotateFormation } from "../../../src/security/formation_life.ts";
import type { Credentials } from "../../../src/security/credentials.ts";
import { Enrolled, HOUR_MS, nodeOf, sharedRecord, START_MS, timeOf } from "../security/fixtures.ts";

const STATEMENT = { key: "notes/a", generation: 2, changeHash: "ab".repeat(32) };

function proofsOf(credentials: Credentials, wallMs = START_MS): DocumentProofs {
  return new DocumentProofs(credentials, timeOf(credentials, wallMs));
}

Deno.test("what was signed in an epoch that is over is proven to who has the new secret alone, if vouched for", () => {
  const original = sharedRecord();
  const seal = proofsOf(nodeOf(original, "author")).seal(STATEMENT);
  const once = rotateFormation(original, { graceMs: HOUR_MS, nowMs: START_MS + HOUR_MS });
  const twice = rotateFormation(once, { graceMs: 0, nowMs: START_MS + 3 * HOUR_MS });
  assert.equal(twice.epochs.length, 1);
  const late = proofsOf(nodeOf(twice, "late"), START_MS + 4 * HOUR_MS);
  assert.ok(late.hasEnded(seal.certificate));
  assert.equal(late.prove(STATEMENT, seal, "holder")?.author, "author");
  assert.equal(late.prove(STATEMENT, seal, undefined), undefined);
  assert.equal(late.prove(STATEMENT, seal, "author"), undefined);
  assert.deepEqual(late.rejected(), { "documents.refused.unknownEpoch": 2 });
  // It is still the signature that says what was written.
  assert.equal(late.prove({ ...STATEMENT, key: "notes/b" }, seal, "holder"), undefined);
  assert.equal(late.rejected()["documents.refused.badProof"], 1);
});

Deno.test("a certificate that says that it is of an old epoch and is not is worth nothing, whoever vouches", () => {
  const original = sharedRecord();
  const rotated = rotateFormation(original, { graceMs: 0, nowMs: START_MS + HOUR_MS });
  const late = proofsOf(nodeOf(rotated, "late"), START_MS + 2 * HOUR_MS);
  const { secret } = sharedRecord().epochs[0]!;
  const madeUp = { ...original, epochs: [{ ...original.epochs[0]!, secret }] };
  const forged = proofsOf(nodeOf(madeUp, "author")).seal(STATEMENT);
  assert.equal(late.prove(STATEMENT, forged, "holder"), undefined);
  assert.ok(!late.hasEnded(forged.certificate));
  assert.deepEqual(late.rejected(), { "documents.refused.badSignature": 2 });
  const unheard = { ...madeUp, epochs: [{ ...madeUp.epochs[0]!, epoch: 40 }] };
  const other = proofsOf(nodeOf(unheard, "author")).seal(STATEMENT);
  assert.equal(late.prove(STATEMENT, other, "holder"), undefined);
  assert.equal(late.rejected()["documents.refused.unknownEpoch"], 1);
});

Deno.test("what a member signed before it was put out stays with who has it, and nothing of it comes in later", () => {
  const alpha = new Enrolled();
  const author = alpha.enrol("author");
  const holder = alpha.enrol("holder");
  const seal = proofsOf(author).seal(STATEMENT);
  const proofs = proofsOf(holder);
  assert.equal(proofs.prove(STATEMENT, seal, undefined)?.author, "author");
  assert.ok(!proofs.hasEnded(seal.certificate));
  alpha.record = revoke(alpha.record, "author", START_MS).record;
  const entry = Uint8Array.fromBase64(alpha.record.revocations[0]!);
  assert.ok(holder.takeRevocation(entry) !== undefined);
  assert.equal(proofs.prove(STATEMENT, seal, undefined), undefined);
  assert.equal(proofs.rejected()["documents.refused.revoked"], 1);
  assert.ok(proofs.hasEnded(seal.certificate));
  const late = proofsOf(alpha.enrol("late"));
  assert.equal(late.prove(STATEMENT, seal, "holder")?.author, "author");
});

Deno.test("a certificate whose time is over proves what somebody has from before, and nothing new", () => {
  const alpha = new Enrolled();
  const author = alpha.enrol("author", { expiresAtMs: START_MS + HOUR_MS });
  const seal = proofsOf(author).seal(STATEMENT);
  const proofs = proofsOf(alpha.enrol("holder"), START_MS + 2 * HOUR_MS);
  assert.equal(proofs.prove(STATEMENT, seal, undefined), undefined);
  assert.equal(proofs.rejected()["documents.refused.expired"], 1);
  assert.equal(proofs.prove(STATEMENT, seal, "late")?.author, "author");
});
