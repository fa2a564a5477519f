/** Documents whose writers are members no more, or were so under keys that are over: core/state/SPEC.md. */
import { deepEqual, equal } from "node:assert/strict";
import type { Change } from "../../src/core/state/document.ts";
import { DocumentProofs } from "../../src/daemon/document_proofs.ts";
import { Credentials } from "../../src/security/credentials.ts";
import { rotateFormation } from "../../src/security/formation_life.ts";
import {
  createFormationFile,
  type FormationRecord,
  readFormationFile,
  replaceFormationFile,
} from "../../src/security/formation_record.ts";
import { FormationTime } from "../../src/security/formation_time.ts";
import { makeIdentity } from "../../src/security/identity.ts";
import { loadAutomerge } from "../../src/store/automerge.ts";
import { AutomergeDocuments } from "../../src/store/automerge_documents.ts";
import { Attacker } from "./attacker.ts";
import { EnrolledFormation } from "./enrolled_formation.ts";
import { temporaryFolder } from "./harness.ts";
import { HostileMember } from "./hostile_member.ts";
import { createFormation, TestMesh } from "./mesh.ts";
import { SharedDocuments } from "./shared_documents.ts";

const GRACE_MS = 6_000;
const KEY = "nodes/author";
const NEXT = { key: KEY, generation: 4, number: 1, boot: 99 } as const;

Deno.test("who joins after a rotation is brought what was written before it, with the author gone", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const original = readFormationFile(await createFormation(folder.path, "alpha"));
  const fileOf = (id: string) => `${folder.path}/${id}.json`;
  const start = (id: string) => mesh.start(id, "--formation", fileOf(id));
  for (const id of ["author", "holder"]) createFormationFile(fileOf(id), original);
  await using holder = start("holder");
  {
    await using author = start("author");
    await Promise.all([author, holder].map((node) => node.line(/^ready/)));
    await mesh.untilConnected("author", "holder");
    await documentsOf(mesh, "author").set(KEY, { state: "leaving" }, 1);
    await documentsOf(mesh, "author").set("notes/plan", { by: "author" }, 1);
    await author.stop();
  }
  // Rotated twice, so that nothing of the first secret is left in the file that the last one gets.
  const once = rotateFormation(original, { graceMs: GRACE_MS, nowMs: Date.now() });
  replaceFormationFile(fileOf("holder"), once);
  await pause(GRACE_MS + 1_000);
  const twice = rotateFormation(once, { graceMs: GRACE_MS, nowMs: Date.now() });
  replaceFormationFile(fileOf("holder"), twice);
  await pause(GRACE_MS + 2_000);
  createFormationFile(fileOf("late"), rotateFormation(twice, { graceMs: 0, nowMs: Date.now() }));
  replaceFormationFile(fileOf("holder"), readFormationFile(fileOf("late")));
  equal(readFormationFile(fileOf("late")).epochs.length, 1);
  await using late = start("late");
  await late.line(/^ready/);
  const documents = documentsOf(mesh, "late");
  const view = await documents.until(KEY, (view) => view !== undefined, 90_000);
  deepEqual([view!.value, view!.writers], [{ state: "leaving" }, ["author"]]);
  await documents.until("notes/plan", (view) => view?.value.by === "author");

  // Whoever still has the old secret writes in the author's name, and a member hands that on.
  const { port = 0 } = await documents.status();
  const carrier = new Attacker(
    new Credentials(readFormationFile(fileOf("late")), makeIdentity(), "mallory"),
  );
  const forged: [reason: string, record: FormationRecord][] = [
    ["documents.refused.unknownEpoch", original],
    ["documents.refused.badSignature", withAnotherSecret(original)],
  ];
  for (const [reason, record] of forged) {
    await bring(carrier, port, new Credentials(record, makeIdentity(), "author"));
    await mesh.untilRejected("late", reason);
  }
  deepEqual((await documents.find(KEY))?.value, { state: "leaving" });
});

Deno.test("what a member wrote before it was put out reaches who comes later, and nothing that it wrote since", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const alpha = new EnrolledFormation("alpha");
  const stolen = alpha.enrol("author", mesh.dataDir("author"));
  alpha.enrol("holder", mesh.dataDir("holder"));
  const carrier = alpha.enrol("mallory", mesh.dataDir("mallory"));
  await using holder = mesh.start("holder");
  {
    await using author = mesh.start("author");
    await Promise.all([author, holder].map((node) => node.line(/^ready/)));
    await mesh.untilConnected("author", "holder");
    await documentsOf(mesh, "author").set(KEY, { state: "leaving" }, 1);
    await author.stop();
  }
  alpha.revoke("author");
  alpha.handOver("holder", mesh.dataDir("holder"));
  alpha.enrol("late", mesh.dataDir("late"));
  await using late = mesh.start("late");
  await late.line(/^ready/);
  const documents = documentsOf(mesh, "late");
  const view = await documents.until(KEY, (view) => view !== undefined, 90_000);
  deepEqual([view!.value, view!.writers], [{ state: "leaving" }, ["author"]]);

  const { port = 0 } = await documents.status();
  await bring(carrier, port, stolen.credentials);
  await mesh.untilRejected("late", "documents.refused.revoked");
  deepEqual((await documents.find(KEY))?.value, { state: "leaving" });
});

/** Hands on what somebody signed with these credentials, who says that they are good still. */
async function bring(carrier: Attacker, port: number, signer: Credentials): Promise<void> {
  const clocks = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
  const proofs = new DocumentProofs(signer, new FormationTime(signer, clocks));
  const made = await madeChange();
  await using member = await HostileMember.connect(carrier, port, proofs);
  const change = member.sign("author", NEXT, Uint8Array.fromBase64(made.body));
  await member.offer(KEY, NEXT.generation, `author ${NEXT.boot}`, NEXT.number);
  await member.state({
    kind: "documentChanges",
    key: KEY,
    generation: NEXT.generation,
    quietMs: 0,
    changes: [change],
    isLast: true,
  });
  await pause(500);
}

async function madeChange(): Promise<Change> {
  const documents = new AutomergeDocuments(await loadAutomerge(), { changes: () => [] });
  const edits = [{ kind: "put", value: { state: "forged" } }] as const;
  const by = { author: "author", boot: NEXT.boot, number: NEXT.number, mayCommand: true };
  return documents.edit(KEY, NEXT.generation, edits, by) as Change;
}

function withAnotherSecret(record: FormationRecord): FormationRecord {
  const secret = crypto.getRandomValues(new Uint8Array(32)).toBase64();
  return { ...record, epochs: [{ ...record.epochs[0]!, secret }] };
}

function documentsOf(mesh: TestMesh, id: string): SharedDocuments {
  return new SharedDocuments(`${mesh.dataDir(id)}/control.sock`);
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
