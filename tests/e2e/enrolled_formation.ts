import { acceptInvite, makeInvite, makeRequest } from "../../src/security/enrolment.ts";
import { createFormation, revoke, rotateFormation } from "../../src/security/formation_life.ts";
import {
  type AuthorityRecord,
  createFormationFile,
  type FormationRecord,
  replaceFormationFile,
} from "../../src/security/formation_record.ts";
import { openIdentity } from "../../src/security/identity.ts";
import { JOINED_FILE } from "../../src/security/joined_file.ts";
import type { Role } from "../../src/security/role.ts";
import { Attacker } from "./attacker.ts";

/** What the commands of `peat formation` do, for tests that are about what comes after it. */
export class EnrolledFormation {
  #record: AuthorityRecord;

  constructor(name: string) {
    this.#record = createFormation(name, "enrolled", Date.now()) as AuthorityRecord;
  }

  /** Makes the data directory that of a member, and answers what its owner could do with it. */
  enrol(
    nodeId: string,
    dataDir: string,
    { expiresAtMs = 0, role = "member" }: { expiresAtMs?: number; role?: Role } = {},
  ): Attacker {
    Deno.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const record = this.#admit(nodeId, dataDir, expiresAtMs, role);
    createFormationFile(`${dataDir}/${JOINED_FILE}`, record);
    return Attacker.of(nodeId, dataDir);
  }

  /** Hands a member the file that it would get if it joined now. */
  handOver(nodeId: string, dataDir: string): void {
    replaceFormationFile(`${dataDir}/${JOINED_FILE}`, this.#admit(nodeId, dataDir, 0));
  }

  #admit(
    nodeId: string,
    dataDir: string,
    expiresAtMs: number,
    role: Role = "member",
  ): FormationRecord {
    const identity = openIdentity(dataDir);
    const request = JSON.stringify(makeRequest(identity, nodeId));
    const terms = { role, nowMs: Date.now(), expiresAtMs } as const;
    const { record, invite } = makeInvite(this.#record, request, terms);
    this.#record = record;
    return acceptInvite(JSON.stringify(invite), "the invite", identity);
  }

  /** Changes the group key. Those who join from now on have it. */
  rotate(graceMs: number): void {
    const rotated = rotateFormation(this.#record, { graceMs, nowMs: Date.now() });
    this.#record = rotated as AuthorityRecord;
  }

  /** Those who join from now on know of it. */
  revoke(nodeId: string): void {
    this.#record = revoke(this.#record, nodeId, Date.now()).record;
  }
}
