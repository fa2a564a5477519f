import { isNodeId, type NodeId } from "../core/kernel/ids.ts";
import { Membership } from "../wire/generated/peat/security.js";
import { WireError } from "../wire/wire_error.ts";
import { deviceIdOf } from "./digest.ts";
import { KEY_BYTES, VerifyingKey } from "./ed25519.ts";
import type { Formation, FormationEpoch } from "./formation.ts";
import type { RevocationSet } from "./revocation.ts";
import { type Role, roleNumber, roleOf } from "./role.ts";
import { openSigned, signMessage } from "./signed.ts";

/** A certificate with the longest node id has one less. In a datagram its length is one byte. */
export const LONGEST_CERTIFICATE_BYTES = 255;

const HASH_BYTES = 32;

/** How far ahead of the formation's time an authority's clock may have been. */
const CLOCK_SLACK_MS = 3_600_000;

/** Who a membership certificate is about. */
export interface Member {
  readonly nodeId: NodeId;
  readonly deviceId: string;
  readonly deviceKey: VerifyingKey;
  readonly role: Role;
  /** Of a shared formation's secret that it was made with; 0 in an enrolled formation. */
  readonly epoch: number;
  readonly serial: number;
  readonly issuedAtMs: number;
  /** 0 is never. */
  readonly expiresAtMs: number;
  /** SHA-256 of the certificate that the node shows in TLS. */
  readonly serverCertificateHash: Uint8Array;
  /** All of this as it was signed. */
  readonly certificate: Uint8Array;
}

export type MembershipRefusal =
  | "malformed"
  | "wrongFormation"
  /** Issued in an epoch that is over, or that this file does not know yet. */
  | "unknownEpoch"
  | "badSignature"
  | StandingRefusal;

/** What may end a membership whose certificate is right. */
export type StandingRefusal = "notYetValid" | "expired" | "revoked";

export type MembershipVerdict =
  | { readonly ok: true; readonly member: Member }
  | { readonly ok: false; readonly reason: MembershipRefusal };

export interface MembershipDraft {
  readonly nodeId: NodeId;
  readonly devicePublicKey: Uint8Array;
  readonly role: Role;
  readonly serial: number;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly serverCertificateHash: Uint8Array;
}

/** Signs that a device is a node of the formation. The epoch must be one with the authority's key. */
export function issueMembership(
  formation: Formation,
  epoch: FormationEpoch,
  draft: MembershipDraft,
): Uint8Array<ArrayBuffer> {
  return signMessage("membership", Membership, {
    formationId: formation.idBytes,
    epoch: formation.kind === "shared" ? epoch.number : 0,
    nodeId: draft.nodeId,
    deviceKey: draft.devicePublicKey,
    role: roleNumber(draft.role),
    serial: BigInt(draft.serial),
    issuedAtMs: BigInt(draft.issuedAtMs),
    expiresAtMs: BigInt(draft.expiresAtMs),
    tlsCertificateHash: draft.serverCertificateHash,
  }, epoch.authorityKey!);
}

/**
 * Checks a certificate from anyone. Whether it has expired is judged by the formation's time that is
 * handed in, since a machine's own clock may be years off.
 */
export function verifyMembership(
  certificate: Uint8Array,
  formation: Formation,
  formationTimeMs: number,
  revocations: RevocationSet,
): MembershipVerdict {
  const verdict = readMembership(certificate, formation, formationTimeMs);
  if (!verdict.ok) return verdict;
  const reason = refusesStanding(verdict.member, formationTimeMs, revocations);
  return reason === undefined ? verdict : refuse(reason);
}

/** Checks only that a certificate is genuine, not whether it has expired or was revoked. */
export function readMembership(
  certificate: Uint8Array,
  formation: Formation,
  formationTimeMs: number,
): MembershipVerdict {
  return read(certificate, formation, (epoch) => formation.authorityOf(epoch, formationTimeMs));
}

/**
 * Checks only that a certificate was genuine in its epoch, which may be over. It says who signed
 * something then, and lets nobody in.
 */
export function readPastMembership(
  certificate: Uint8Array,
  formation: Formation,
): MembershipVerdict {
  return read(certificate, formation, (epoch) => formation.pastAuthorityOf(epoch));
}

function read(
  certificate: Uint8Array,
  formation: Formation,
  authorityOf: (epoch: number) => VerifyingKey | undefined,
): MembershipVerdict {
  const opened = open(certificate);
  const member = opened && readMember(opened.message, certificate);
  if (opened === undefined || member === undefined) return refuse("malformed");
  const { formationId, epoch } = opened.message;
  if (formationId.toHex() !== formation.id) return refuse("wrongFormation");
  const authority = authorityOf(epoch);
  if (authority === undefined) return refuse("unknownEpoch");
  return opened.isSignedBy(authority) ? { ok: true, member } : refuse("badSignature");
}

/** Which device a certificate is about, if it is genuine. */
export function claimedDeviceId(certificate: Uint8Array): string | undefined {
  const opened = open(certificate);
  return opened && deviceIdOf(opened.message.deviceKey);
}

/** Why a member whose certificate was right is none any more, if so. */
export function refusesStanding(
  { deviceId, issuedAtMs, expiresAtMs }: Member,
  formationTimeMs: number,
  revocations: RevocationSet,
): StandingRefusal | undefined {
  if (revocations.has(deviceId)) return "revoked";
  if (expiresAtMs === 0) return undefined;
  if (formationTimeMs >= expiresAtMs) return "expired";
  return formationTimeMs < issuedAtMs - CLOCK_SLACK_MS ? "notYetValid" : undefined;
}

function open(certificate: Uint8Array) {
  if (certificate.length > LONGEST_CERTIFICATE_BYTES) return undefined;
  try {
    return openSigned("membership", Membership, certificate);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function readMember(message: Membership, certificate: Uint8Array): Member | undefined {
  const { nodeId, deviceKey, tlsCertificateHash } = message;
  const role = roleOf(message.role);
  const isWhole = isNodeId(nodeId) && deviceKey.length === KEY_BYTES && role !== undefined &&
    tlsCertificateHash.length === HASH_BYTES;
  if (!isWhole) return undefined;
  return {
    nodeId,
    deviceId: deviceIdOf(deviceKey),
    deviceKey: new VerifyingKey(deviceKey.slice()),
    role,
    epoch: message.epoch,
    serial: Number(message.serial),
    issuedAtMs: Number(message.issuedAtMs),
    expiresAtMs: Number(message.expiresAtMs),
    serverCertificateHash: tlsCertificateHash.slice(),
    certificate: certificate.slice(),
  };
}

function refuse(reason: MembershipRefusal): MembershipVerdict {
  return { ok: false, reason };
}
