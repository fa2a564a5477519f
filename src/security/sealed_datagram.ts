import { randomBytes } from "node:crypto";
import { assert } from "../core/kernel/assert.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import type { WallMillis } from "../core/kernel/time.ts";
import { WIRE_LIMITS } from "../wire/limits.ts";
import { concat, framed, unsigned32 } from "./bytes.ts";
import type { CertificateStore } from "./certificate_store.ts";
import type { Credentials } from "./credentials.ts";
import { DEVICE_ID_BYTES } from "./digest.ts";
import { SIGNATURE_BYTES } from "./ed25519.ts";
import type { Formation } from "./formation.ts";
import {
  BOOT_NONCE_BYTES,
  decrypt,
  encrypt,
  epochBitsOf,
  HEADER_BYTES,
  isOfKind,
  lifeOf,
  PULSE,
  sequenceOf,
  SIGNED,
  TAG_BYTES,
} from "./group_seal.ts";
import { EPOCH_BITS } from "./key_ring.ts";
import { LONGEST_CERTIFICATE_BYTES, type Member, type MembershipRefusal } from "./membership.ts";
import { LINK_BYTES, NO_LINK, type Proof, PulseChain } from "./pulse_chain.ts";
import { sealPulse } from "./sealed_pulse.ts";
import { signedBytes } from "./signed.ts";

/**
 * A sealed datagram:
 *
 *     1   two bits that say sealed, version 1; six bits of the epoch's number
 *     12  nonce: 8 random bytes of this boot, and the sequence number
 *         encrypted under the epoch's group key, with AES-256-GCM:
 *     16    device id
 *     1-5   twice the boot number, and one if a certificate follows
 *     0, or 1 and its length: the certificate
 *     0, or 6 with a certificate: milliseconds since 1970 on the sender's own clock
 *     0, or 16 with a certificate: the link that the sender's pulses follow from, or zeros
 *     0, or 16 with a certificate: the link that what they acknowledge follows from, or zeros
 *     n     body
 *     64    Ed25519 signature of the device over all of the above
 *     16  tag
 *
 * In clear there is nothing but a count, and a random number until the node starts again.
 */
const TIME_BYTES = 6;
const LEAST_BYTES = HEADER_BYTES + DEVICE_ID_BYTES + 1 + SIGNATURE_BYTES + TAG_BYTES;

/** Twice this and one more still fits 32 bits. */
export const LAST_BOOT = 0x7fff_ffff;
export const LAST_SEQUENCE = 0xffff_ffff;

/** How many bytes a seal adds at most, without a certificate. */
export const SEAL_BYTES = LEAST_BYTES + 4;

/** How many more it adds with one. */
export const INTRODUCTION_BYTES = 1 + LONGEST_CERTIFICATE_BYTES + TIME_BYTES + 2 * LINK_BYTES;

/** What six bytes hold; a clock beyond it is as wrong as one that shows it. */
const LAST_WALL_MS = 2 ** 48 - 1;

/**
 * What is sealed: a datagram, or what travels over other nodes in their streams. Neither is taken for
 * the other, because the signature is for one of them.
 */
export type SealPurpose = "datagram" | "envelope";

const LONGEST_BYTES: Record<SealPurpose, number> = {
  datagram: WIRE_LIMITS.datagramBytes,
  envelope: WIRE_LIMITS.envelopeBytes,
};

export interface SealOptions {
  readonly wallMs?: WallMillis | undefined;
  readonly link?: Uint8Array | undefined;
  readonly heardLink?: Uint8Array | undefined;
  readonly purpose?: SealPurpose;
}

export interface OpenedDatagram {
  readonly ok: true;
  /**
   * Rightly certified. Whether that still holds is judged by whoever knows the time. One that is not
   * known yet is learnt by whoever knows that the datagram is new.
   */
  readonly member: Member;
  readonly epoch: number;
  readonly boot: number;
  readonly sequence: number;
  /** What the sender's own clock shows, in a datagram that brings its certificate. */
  readonly wallMs?: WallMillis;
  /** What the sender's pulses follow from, in the same. */
  readonly link?: Uint8Array;
  /** What their acknowledgements follow from. */
  readonly heardLink?: Uint8Array;
  readonly body: Uint8Array;
}

export type SealRefusal =
  | "notSealed"
  | "tooLong"
  /** Sealed with a key that is not good any more, or that this node does not have yet. */
  | "unknownEpoch"
  /** An outsider's, or damaged. */
  | "badSeal"
  /** What is in the seal is not well formed, so a member made it by mistake or out of malice. */
  | "malformed"
  /** No certificate of this device has been heard; one comes every few beacons. */
  | "unknownDevice"
  /** The certificate in the seal is not the sender's. */
  | "wrongDevice"
  /** Sealed by a member, but not signed by the one it names. */
  | "badSignature"
  | MembershipRefusal;

export type DatagramVerdict = OpenedDatagram | {
  readonly ok: false;
  readonly reason: SealRefusal;
  /** Who it says it is from. Proven to be a member's word, and no more than that. */
  readonly claimedDeviceId?: string;
};

/** Seals what a node says in one boot. There must be one of them in a boot, or numbers repeat. */
export class DatagramSealer {
  readonly #credentials: Credentials;
  readonly boot: number;
  readonly #bootNonce = new Uint8Array(randomBytes(BOOT_NONCE_BYTES));
  #sequence: number;

  /** The first sequence number is for tests of what happens at the last one. */
  constructor(credentials: Credentials, boot: number, firstSequence = 0) {
    assert(boot >= 0 && boot <= LAST_BOOT, `Cannot seal in boot ${boot}`);
    this.#credentials = credentials;
    this.boot = boot;
    this.#sequence = firstSequence;
  }

  /** The chain that proves this life's pulses. */
  chain(): PulseChain {
    return new PulseChain(this.#bootNonce);
  }

  /** The number that the next datagram gets. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Whether a datagram is one of this sealer's, or pretends to be and is nobody's. */
  hasMade(datagram: Uint8Array): boolean {
    return lifeOf(datagram) === this.life;
  }

  /** What tells this boot of the node from every other, even from one of the same number. */
  get life(): string {
    return this.#bootNonce.toHex();
  }

  /**
   * With the time of this node's own clock its certificate goes along: both are what others need
   * to judge who it is.
   */
  seal(
    body: Uint8Array,
    formationTimeMs: number,
    { wallMs, link = NO_LINK, heardLink = NO_LINK, purpose = "datagram" }: SealOptions = {},
  ): Uint8Array<ArrayBuffer> {
    const { formation, identity } = this.#credentials;
    const { number, groupKey } = formation.keys.current(formationTimeMs);
    const header = this.#nextHeader(SIGNED, number);
    const content = concat(
      Uint8Array.fromHex(identity.deviceId),
      varint(this.boot * 2 + (wallMs === undefined ? 0 : 1)),
      wallMs === undefined ? EMPTY : introduction(
        this.#credentials.member(formationTimeMs).certificate,
        wallMs,
        concat(link, heardLink),
      ),
      body,
    );
    const signature = identity.signingKey.sign(toSign(purpose, formation, number, header, content));
    return encrypt(formation, groupKey, header, concat(content, signature));
  }

  /** Seals a pulse that links prove, of its own number and of what it acknowledges if it does. */
  sealPulse(proofs: readonly Proof[], formationTimeMs: number): Uint8Array<ArrayBuffer> {
    const { formation } = this.#credentials;
    const epoch = formation.keys.current(formationTimeMs);
    const header = this.#nextHeader(PULSE, epoch.number);
    return sealPulse(formation, epoch.groupKey, header, proofs);
  }

  /** The number is used up before anything is made with it, so that no failure uses it twice. */
  #nextHeader(kind: number, epoch: number): Uint8Array {
    if (this.#sequence > LAST_SEQUENCE) {
      throw new OperatingError("Cannot seal a datagram: this boot has used all of its numbers", {
        code: "sequence-exhausted",
        hint: "start the node again",
      });
    }
    const sequence = unsigned32(this.#sequence++);
    return concat(Uint8Array.of(kind | epoch & EPOCH_BITS), this.#bootNonce, sequence);
  }
}

/**
 * Opens a datagram from anyone: cheap checks, then the seal that keeps outsiders out, then the
 * signature that tells members apart. Never throws. Whether it is new is `ReplayWindows`' part, and
 * whether its sender is a member still is for whoever has heard what time it is.
 */
export function openDatagram(
  datagram: Uint8Array,
  formation: Formation,
  certificates: CertificateStore,
  formationTimeMs: number,
  purpose: SealPurpose = "datagram",
): DatagramVerdict {
  if (datagram.length < LEAST_BYTES || !isOfKind(datagram, SIGNED)) {
    return { ok: false, reason: "notSealed" };
  }
  if (datagram.length > LONGEST_BYTES[purpose]) return { ok: false, reason: "tooLong" };
  const epoch = formation.epochToOpen(epochBitsOf(datagram), formationTimeMs);
  if (epoch === undefined) return { ok: false, reason: "unknownEpoch" };
  const plain = decrypt(formation, epoch.groupKey, datagram);
  if (plain === undefined) return { ok: false, reason: "badSeal" };
  return openPlain(
    datagram,
    plain,
    epoch.number,
    formation,
    certificates,
    formationTimeMs,
    purpose,
  );
}

function openPlain(
  datagram: Uint8Array,
  plain: Uint8Array,
  epoch: number,
  formation: Formation,
  certificates: CertificateStore,
  formationTimeMs: number,
  purpose: SealPurpose,
): DatagramVerdict {
  const deviceId = plain.subarray(0, DEVICE_ID_BYTES).toHex();
  const refuse = (reason: SealRefusal): DatagramVerdict => ({
    ok: false,
    reason,
    claimedDeviceId: deviceId,
  });
  const parts = takeApart(plain);
  if (parts === undefined) return refuse("malformed");
  const { boot, certificate, wallMs, links, body, signature, content } = parts;
  const shown = certificate && certificates.read(certificate, formationTimeMs);
  if (shown?.ok === false) return refuse(shown.reason);
  const member = shown?.member ?? certificates.findDevice(deviceId);
  if (member === undefined) return refuse("unknownDevice");
  if (member.deviceId !== deviceId) return refuse("wrongDevice");
  if (certificates.isRevoked(deviceId)) return refuse("revoked");
  const header = datagram.subarray(0, HEADER_BYTES);
  if (!member.deviceKey.verify(toSign(purpose, formation, epoch, header, content), signature)) {
    return refuse("badSignature");
  }
  const introduced = wallMs === undefined || links === undefined ? {} : {
    wallMs,
    link: links.subarray(0, LINK_BYTES),
    heardLink: links.subarray(LINK_BYTES),
  };
  return { ok: true, member, epoch, boot, sequence: sequenceOf(header), ...introduced, body };
}

interface Parts {
  readonly boot: number;
  readonly certificate: Uint8Array | undefined;
  readonly wallMs: WallMillis | undefined;
  readonly links: Uint8Array | undefined;
  readonly body: Uint8Array;
  /** All that is signed of it. */
  readonly content: Uint8Array;
  readonly signature: Uint8Array;
}

function takeApart(plain: Uint8Array): Parts | undefined {
  const content = plain.subarray(0, -SIGNATURE_BYTES);
  const number = readVarint(content, DEVICE_ID_BYTES);
  if (number === undefined) return undefined;
  let bodyAt = number.end;
  let certificate: Uint8Array | undefined;
  let wallMs: WallMillis | undefined;
  let links: Uint8Array | undefined;
  if (number.value % 2 === 1) {
    const start = number.end + 1;
    const end = start + (content[number.end] ?? 0);
    const linksAt = end + TIME_BYTES;
    bodyAt = linksAt + 2 * LINK_BYTES;
    if (end === start || bodyAt > content.length) return undefined;
    certificate = content.subarray(start, end);
    wallMs = readTime(content.subarray(end, linksAt));
    links = content.subarray(linksAt, bodyAt);
  }
  return {
    boot: Math.floor(number.value / 2),
    certificate,
    wallMs,
    links,
    body: content.subarray(bodyAt),
    content,
    signature: plain.subarray(-SIGNATURE_BYTES),
  };
}

/** The signature is over the formation, the whole epoch's number, and all that the seal holds. */
function toSign(
  purpose: SealPurpose,
  formation: Formation,
  epoch: number,
  header: Uint8Array,
  content: Uint8Array,
): Uint8Array {
  return signedBytes(purpose, framed(formation.idBytes, unsigned32(epoch), header, content));
}

const EMPTY = new Uint8Array(0);

function introduction(certificate: Uint8Array, wallMs: WallMillis, links: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(certificate.length), certificate, timeBytes(wallMs), links);
}

function timeBytes(wallMs: WallMillis): Uint8Array {
  const time = Math.max(0, Math.min(Math.floor(wallMs), LAST_WALL_MS));
  const view = new DataView(new ArrayBuffer(TIME_BYTES));
  view.setUint16(0, Math.floor(time / 2 ** 32));
  view.setUint32(2, time % 2 ** 32);
  return new Uint8Array(view.buffer);
}

function readTime(bytes: Uint8Array): WallMillis {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getUint16(0) * 2 ** 32 + view.getUint32(2);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push(rest % 128 + 128);
  return Uint8Array.from([...bytes, rest]);
}

/** A number of at most 32 bits. */
function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    value += (byte & 127) * 128 ** index;
    if (byte > 127) continue;
    return value <= 2 * LAST_BOOT + 1 ? { value, end: start + index + 1 } : undefined;
  }
  return undefined;
}
