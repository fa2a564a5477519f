import { formatDuration } from "../../src/cli/duration.ts";
import { Credentials } from "../../src/security/credentials.ts";
import { Formation } from "../../src/security/formation.ts";
import { type FormationRecord, readFormationFile } from "../../src/security/formation_record.ts";
import { existingDeviceId, makeIdentity, openIdentity } from "../../src/security/identity.ts";
import { readMembership, verifyMembership } from "../../src/security/membership.ts";
import { fail, type Finding, pass, skip, warn } from "./check.ts";

/** With less than this share of its life left, a certificate is due to be issued anew. */
const LAST_SHARE = 0.1;

export interface FormationOptions {
  readonly path: string | undefined;
  readonly dataDir: string;
  readonly nodeId: string | undefined;
  readonly nowMs?: number;
}

/** Opens the formation as a node would, and judges the node's own certificate as its peers would. */
export function examineFormation(
  { path, dataDir, nodeId, nowMs = Date.now() }: FormationOptions,
): Finding {
  if (path === undefined) {
    return skip("none was named or joined", "peat formation create NAME");
  }
  const record = readFormationFile(path);
  const name = nodeId ?? certifiedNodeId(record) ?? "doctor";
  const credentials = new Credentials(record, identityIn(dataDir), name);
  const { formation, revocations } = credentials;
  const member = credentials.member(nowMs);
  const verdict = verifyMembership(member.certificate, formation, nowMs, revocations);
  const renew = `peat formation join --request --node ${member.nodeId}`;
  if (!verdict.ok) return fail(`${formation.name}: the certificate is ${verdict.reason}`, renew);
  const { startedAtMs } = formation.keys.newest;
  if (nowMs < startedAtMs) {
    return warn(
      `${formation.name}: its keys are of ${new Date(startedAtMs).toISOString()}, which this ` +
        "machine's clock says is still to come",
      "timedatectl set-ntp true",
    );
  }
  const { issuedAtMs, expiresAtMs } = member;
  const known = `${formation.name} (${formation.kind}, ${formation.fingerprint})`;
  if (expiresAtMs === 0) return pass(`${known}: the certificate is good for ever`);
  const leftMs = expiresAtMs - nowMs;
  const detail = `${known}: the certificate is good for ${formatDuration(leftMs)}`;
  return leftMs < LAST_SHARE * (expiresAtMs - issuedAtMs) ? warn(detail, renew) : pass(detail);
}

/** A check makes no identity that stays; who has none yet gets one for a moment. */
function identityIn(dataDir: string) {
  return existingDeviceId(dataDir) === undefined ? makeIdentity() : openIdentity(dataDir);
}

function certifiedNodeId(record: FormationRecord): string | undefined {
  if (record.holds !== "membership") return undefined;
  const formation = new Formation(record);
  const bytes = Uint8Array.fromBase64(record.certificate);
  const verdict = readMembership(bytes, formation, formation.keys.newest.startedAtMs);
  return verdict.ok ? verdict.member.nodeId : undefined;
}
