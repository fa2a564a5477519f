import { concat, utf8 } from "./bytes.ts";
import {
  bitString,
  boolean,
  type Der,
  generalizedTime,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  tagged,
  utcTime,
  utf8String,
} from "./der.ts";
import { sha256 } from "./digest.ts";
import type { SigningKey } from "./ed25519.ts";

/**
 * The X.509 certificates that TLS wants. They say no more than TLS needs: who may be what in the
 * formation, and until when, is in the membership certificate.
 *
 * The same keys and names always make the same certificate, so its hash names the node's TLS
 * identity. It is good from 1970 to 9999, because a machine without a battery for its clock wakes up
 * in 1970 and must still be able to talk to those who know the time.
 */

const ED25519 = sequence(objectIdentifier("1.3.101.112"));
const COMMON_NAME = objectIdentifier("2.5.4.3");
const SERVER_AUTHENTICATION = objectIdentifier("1.3.6.1.5.5.7.3.1");

const EXTENSIONS = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** Which bits of key usage, counted from the upper end of one byte. */
const DIGITAL_SIGNATURE = bitString(Uint8Array.of(0x80), 7);
const KEY_AND_LIST_SIGNING = bitString(Uint8Array.of(0x06), 1);

const VALIDITY = sequence(utcTime("700101000000Z"), generalizedTime("99991231235959Z"));

/** Serial numbers have at most 20 bytes; 16 of a hash never meet by chance. */
const SERIAL_BYTES = 16;

/** The certificate of the authority itself, which members trust because they know its key. */
export function issueAuthorityCertificate(authority: SigningKey, formationId: string): Der {
  const name = distinguishedName(`peat formation ${formationId}`);
  return issue(authority, name, name, authority.publicKey, [
    extension("basicConstraints", sequence(boolean(true), integer(Uint8Array.of(0))), true),
    extension("keyUsage", KEY_AND_LIST_SIGNING, true),
    extension("subjectKeyIdentifier", octetString(keyIdentifier(authority.publicKey))),
  ]);
}

/** What a node shows when it is dialled: its own key, under the names that a dialler may expect. */
export function issueServerCertificate(
  authority: SigningKey,
  formationId: string,
  publicKey: Uint8Array,
  serverNames: readonly [string, ...string[]],
): Der {
  const issuer = distinguishedName(`peat formation ${formationId}`);
  const names = serverNames.map((name) => tagged(2, utf8(name)));
  const authorityKey = tagged(0, keyIdentifier(authority.publicKey));
  return issue(authority, issuer, distinguishedName(serverNames[0]), publicKey, [
    extension("basicConstraints", sequence(), true),
    extension("keyUsage", DIGITAL_SIGNATURE, true),
    extension("extendedKeyUsage", sequence(SERVER_AUTHENTICATION)),
    extension("subjectAlternativeName", sequence(...names)),
    extension("subjectKeyIdentifier", octetString(keyIdentifier(publicKey))),
    extension("authorityKeyIdentifier", sequence(authorityKey)),
  ]);
}

/** The text form, as TLS takes it. */
export function certificatePem(der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function issue(
  authority: SigningKey,
  issuer: Der,
  subject: Der,
  publicKey: Uint8Array,
  extensions: readonly Der[],
): Der {
  const serial = sha256(authority.publicKey, subject, publicKey).subarray(0, SERIAL_BYTES);
  const certificate = sequence(
    tagged(0, integer(Uint8Array.of(2)), { isConstructed: true }),
    integer(concat(Uint8Array.of(1), serial.subarray(1))),
    ED25519,
    issuer,
    VALIDITY,
    subject,
    sequence(ED25519, bitString(publicKey)),
    tagged(3, sequence(...extensions), { isConstructed: true }),
  );
  return sequence(certificate, ED25519, bitString(authority.sign(certificate)));
}

function distinguishedName(commonName: string): Der {
  return sequence(setOf(sequence(COMMON_NAME, utf8String(commonName))));
}

function extension(name: keyof typeof EXTENSIONS, value: Der, isCritical = false): Der {
  const identifier = objectIdentifier(EXTENSIONS[name]);
  return isCritical
    ? sequence(identifier, boolean(true), octetString(value))
    : sequence(identifier, octetString(value));
}

function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).subarray(0, 20);
}
