import { Credentials } from "../../../src/security/credentials.ts";
import { acceptInvite, makeInvite, makeRequest } from "../../../src/security/enrolment.ts";
import { createFormation } from "../../../src/security/formation_life.ts";
import type {
  AuthorityRecord,
  FormationRecord,
  MemberRecord,
} from "../../../src/security/formation_record.ts";
import { FormationTime } from "../../../src/security/formation_time.ts";
import { type Identity, makeIdentity } from "../../../src/security/identity.ts";
import type { Role } from "../../../src/security/role.ts";

/** When every formation of the tests was made. */
export const START_MS = 1_700_000_000_000;
export const HOUR_MS = 3_600_000;

export function sharedRecord(): FormationRecord {
  return createFormation("alpha", "shared", START_MS);
}

/** A node that holds the formation's secret, or its authority. */
export function nodeOf(record: FormationRecord, nodeId: string, role?: Role): Credentials {
  return new Credentials(record, makeIdentity(), nodeId, role);
}

/** The formation's time on a machine whose own clock shows this, and stands still. */
export function timeOf(credentials: Credentials, wallMs: number): FormationTime {
  return new FormationTime(credentials, { monotonicMs: () => 0, wallMs: () => wallMs });
}

export interface EnrolOptions {
  readonly role?: Role;
  readonly expiresAtMs?: number;
  readonly identity?: Identity;
}

/** An enrolled formation whose authority's record grows with each node. */
export class Enrolled {
  record = createFormation("alpha", "enrolled", START_MS) as AuthorityRecord;

  enrol(nodeId: string, options: EnrolOptions = {}): Credentials {
    const { identity = makeIdentity(), role } = options;
    return new Credentials(this.memberRecord(nodeId, identity, options), identity, nodeId, role);
  }

  memberRecord(nodeId: string, identity: Identity, options: EnrolOptions = {}): MemberRecord {
    const { role = "member", expiresAtMs = 0 } = options;
    const request = JSON.stringify(makeRequest(identity, nodeId));
    const { record, invite } = makeInvite(this.record, request, {
      role,
      expiresAtMs,
      nowMs: START_MS,
    });
    this.record = record;
    return acceptInvite(JSON.stringify(invite), "the invite", identity) as MemberRecord;
  }
}

/** The bytes with one of them changed. */
export function flipped(bytes: Uint8Array, index: number, mask = 1): Uint8Array {
  const copy = bytes.slice();
  copy[index]! ^= mask;
  return copy;
}
