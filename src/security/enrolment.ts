import * as v from "valibot";
import { isNodeId, type NodeId } from "../core/kernel/ids.ts";
import { malformed, notAuthenticated, notPermitted } from "../core/kernel/refusals.ts";
import { EnrolmentRequest } from "../wire/generated/peat/security.js";
import { sameBytes, utf8 } from "./bytes.ts";
import { deviceIdOf, sha256 } from "./digest.ts";
import { KEY_BYTES, VerifyingKey } from "./ed25519.ts";
import { Formation } from "./formation.ts";
import { onlyAMember } from "./formation_life.ts";
import {
  type AuthorityRecord,
  base64,
  type FormationRecord,
  hex,
  type MemberRecord,
  MOST_ISSUED,
  parseFormation,
} from "./formation_record.ts";
import { readEpochProof } from "./group_key.ts";
import type { Identity } from "./identity.ts";
import { issueMembership, readMembership } from "./membership.ts";
import { RevocationSet } from "./revocation.ts";
import type { Role } from "./role.ts";
import { sealBox } from "./sealed_box.ts";
import { openSigned, signMessage } from "./signed.ts";
import { issueServerCertificate } from "./x509.ts";

/**
 * How a node becomes a member of an enrolled formation, by files and pipes, without a network:
 * the node makes a request, the authority answers with an invite, the node accepts it. No private
 * key travels. Neither is a secret: the group keys in an invite open for that one node only.
 */

const REQUEST_FORMAT = "peat-request/1";
const INVITE_FORMAT = "peat-invite/1";

/** The longest text of a request or an invite that is looked at. */
export const LONGEST_DOCUMENT_BYTES = 2 << 20;

const requestSchema = v.strictObject({
  format: v.literal(REQUEST_FORMAT),
  nodeId: v.string(),
  deviceId: v.string(),
  request: v.pipe(v.string(), v.maxLength(1_024)),
});

/** A member's record whose epochs are in a box. */
const inviteSchema = v.strictObject({
  format: v.literal(INVITE_FORMAT),
  formation: v.string(),
  nodeId: v.string(),
  member: v.looseObject({ id: hex(16), authorityPublicKey: base64(32) }),
  epochs: v.string(),
});

export type RequestDocument = v.InferOutput<typeof requestSchema>;
export type InviteDocument = v.InferOutput<typeof inviteSchema>;

export interface InviteOptions {
  readonly role: Role;
  readonly nowMs: number;
  /** 0 is never. */
  readonly expiresAtMs: number;
  /** The node that the invite is meant for, where the authority wants to make sure. */
  readonly nodeId?: NodeId | undefined;
}

/** Asks to be a node of this name. Signed, so that nobody can ask with another's key. */
export function makeRequest(identity: Identity, nodeId: NodeId): RequestDocument {
  const request = signMessage("enrolment", EnrolmentRequest, {
    nodeId,
    deviceKey: identity.signingKey.publicKey,
    sealingKey: identity.boxKey.publicKey,
  }, identity.signingKey);
  return {
    format: REQUEST_FORMAT,
    nodeId,
    deviceId: identity.deviceId,
    request: request.toBase64(),
  };
}

/** Answers a request, and the authority's record with the new member in it. */
export function makeInvite(
  record: FormationRecord,
  requestText: string,
  options: InviteOptions,
): { record: AuthorityRecord; invite: InviteDocument } {
  if (record.holds !== "authority") throw onlyAMember("invite anybody to", record.name);
  const { nodeId, deviceKey, sealingKey } = readRequest(requestText);
  const deviceId = deviceIdOf(deviceKey);
  refuseUnwanted(record, nodeId, deviceId, options.nodeId);
  const formation = new Formation(record);
  const epoch = formation.keys.newest;
  const serverCertificate = issueServerCertificate(epoch.authorityKey!, formation.id, deviceKey, [
    formation.serverName(nodeId),
    formation.anyServerName,
  ]);
  const { role, nowMs: issuedAtMs, expiresAtMs } = options;
  const serial = record.nextSerial;
  const certificate = issueMembership(formation, epoch, {
    nodeId,
    devicePublicKey: deviceKey,
    role,
    serial,
    issuedAtMs,
    expiresAtMs,
    serverCertificateHash: sha256(serverCertificate),
  });
  const others = record.issued.filter((issued) => issued.deviceId !== deviceId);
  const issued = [...others, { serial, nodeId, deviceId, role, issuedAtMs, expiresAtMs }];
  return {
    record: { ...record, issued, nextSerial: serial + 1 },
    invite: {
      format: INVITE_FORMAT,
      formation: record.name,
      nodeId,
      member: {
        format: record.format,
        name: record.name,
        id: record.id,
        holds: "membership",
        authorityPublicKey: epoch.authority.bytes.toBase64(),
        authorityCertificate: epoch.authorityCertificate.toBase64(),
        certificate: certificate.toBase64(),
        serverCertificate: serverCertificate.toBase64(),
        revocations: record.revocations,
      },
      epochs: sealBox(sealingKey, utf8(JSON.stringify(record.epochs))).toBase64(),
    },
  };
}

/**
 * What the node keeps of an invite, or of a shared formation's file, which is its own invite.
 * Throws when it is not for this device or does not hold together.
 */
export function acceptInvite(text: string, source: string, identity: Identity): FormationRecord {
  const json = parseJson(text, source);
  if (typeof json === "object" && json !== null && "holds" in json) return joinShared(text, source);
  const { success, output: invite } = v.safeParse(inviteSchema, json);
  if (!success) throw notAn("invite", source);
  const epochs = openEpochs(invite, identity);
  const record = parseFormation(JSON.stringify({ ...invite.member, epochs }), source);
  if (record.holds !== "membership") throw notAn("invite", source);
  checkMember(record, identity);
  return record;
}

/** The node that an invite is for; a shared formation's is for any. */
export function invitedNodeId(text: string): NodeId | undefined {
  const { success, output } = v.safeParse(inviteSchema, parseJson(text, "the invite"));
  return success && isNodeId(output.nodeId) ? output.nodeId : undefined;
}

function joinShared(text: string, source: string): FormationRecord {
  const record = parseFormation(text, source);
  if (record.holds === "secret") return record;
  throw malformed(`Cannot join by ${source}: it is not an invite, it is somebody's own file`, {
    code: "not-an-invite",
    hint: "make a request with: peat formation join --request",
  });
}

/** The request's content. Throws when it does not prove that it comes from its key's holder. */
function readRequest(text: string): EnrolmentRequest {
  const { success, output } = v.safeParse(requestSchema, parseJson(text, "the request"));
  if (!success) throw notAn("request", "the request");
  let message: EnrolmentRequest;
  let isProven: boolean;
  try {
    const bytes = Uint8Array.fromBase64(output.request);
    const opened = openSigned("enrolment", EnrolmentRequest, bytes);
    message = opened.message;
    isProven = opened.isSignedBy(new VerifyingKey(message.deviceKey));
  } catch {
    throw notAn("request", "the request");
  }
  const { nodeId, sealingKey } = message;
  if (!isProven) {
    throw notAuthenticated("Cannot invite: the request is not signed by the device it names", {
      code: "request-not-signed",
    });
  }
  if (!isNodeId(nodeId) || sealingKey.length !== KEY_BYTES) throw notAn("request", "the request");
  return message;
}

function refuseUnwanted(
  record: AuthorityRecord,
  nodeId: NodeId,
  deviceId: string,
  expectedNodeId: NodeId | undefined,
): void {
  const refuse = (state: string, code: string, hint?: string) => {
    throw notPermitted(`Cannot invite ${nodeId}: ${state}`, hint ? { code, hint } : { code });
  };
  if (expectedNodeId !== undefined && expectedNodeId !== nodeId) {
    refuse(`--node says ${expectedNodeId}`, "another-node");
  }
  const revocations = revocationsOf(record, new Formation(record));
  if (revocations.has(deviceId)) {
    refuse("its device was revoked", "revoked", "remove its identity.json to make a new device");
  }
  if (record.issued.some((other) => other.nodeId === nodeId && other.deviceId !== deviceId)) {
    refuse("another device has that name", "name-taken", "revoke that one, or use another name");
  }
  if (record.issued.length === MOST_ISSUED) {
    refuse(`${record.name} has ${MOST_ISSUED} members`, "formation-full");
  }
}

/** Each of the epochs must be the authority's word, not only that of who sealed the box. */
function openEpochs({ member, epochs }: InviteDocument, identity: Identity) {
  let proofs: Uint8Array[];
  try {
    const box = identity.boxKey.open(Uint8Array.fromBase64(epochs));
    const opened: { proof: string }[] = JSON.parse(new TextDecoder().decode(box));
    proofs = opened.map(({ proof }) => Uint8Array.fromBase64(proof));
  } catch {
    throw notAuthenticated("Cannot join: the invite was made for another device, or changed", {
      code: "invite-not-yours",
      hint: "make a request here and have it answered",
    });
  }
  const authority = Uint8Array.fromBase64(member.authorityPublicKey);
  return proofs.map((proof) => readEpochProof(proof, member.id, authority));
}

function checkMember(record: MemberRecord, identity: Identity): void {
  const formation = new Formation(record);
  const certificate = Uint8Array.fromBase64(record.certificate);
  const verdict = readMembership(certificate, formation, formation.keys.newest.startedAtMs);
  const refuse = (state: string) =>
    notAuthenticated(`Cannot join ${record.name}: ${state}`, { code: "invite-refused" });
  if (!verdict.ok) throw refuse(`the certificate is ${verdict.reason}`);
  const { deviceId, serverCertificateHash } = verdict.member;
  const serverCertificate = Uint8Array.fromBase64(record.serverCertificate);
  if (deviceId !== identity.deviceId) throw refuse("the certificate is another device's");
  if (revocationsOf(record, formation).has(deviceId)) throw refuse("this device was revoked");
  if (!sameBytes(sha256(serverCertificate), serverCertificateHash)) {
    throw refuse("its two certificates do not belong together");
  }
}

/** The revocations that a record holds. */
export function revocationsOf(record: FormationRecord, formation: Formation): RevocationSet {
  const entries = record.holds === "secret" ? [] : record.revocations;
  return new RevocationSet(formation, entries.map((entry) => Uint8Array.fromBase64(entry)));
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed(`Cannot read ${source}: it is not JSON`, { code: "not-json" });
  }
}

function notAn(what: "invite" | "request", source: string) {
  return malformed(`Cannot read ${source}: it is no ${what}`, { code: `not-an-${what}` });
}
