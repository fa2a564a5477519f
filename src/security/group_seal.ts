import { createCipheriv, createDecipheriv } from "node:crypto";
import { concat } from "./bytes.ts";
import type { Formation } from "./formation.ts";
import { EPOCH_BITS } from "./key_ring.ts";

/**
 * What every sealed datagram has in clear: two bits that say which kind it is, six bits of the
 * epoch's number, and a nonce of 8 random bytes of the sender's boot and a number that counts on.
 * All else is encrypted under the epoch's group key with AES-256-GCM, whose tag comes last.
 */
export const HEADER_BYTES = 13;
export const BOOT_NONCE_BYTES = 8;
export const TAG_BYTES = 16;
const NONCE_AT = 1;
const SEQUENCE_AT = NONCE_AT + BOOT_NONCE_BYTES;

/** The kinds, by the two highest bits of the first byte. */
export const SIGNED = 0xc0;
export const PULSE = 0x80;

export function isOfKind(datagram: Uint8Array, kind: number): boolean {
  return (datagram[0]! & ~EPOCH_BITS) === kind;
}

export function epochBitsOf(datagram: Uint8Array): number {
  return datagram[0]! & EPOCH_BITS;
}

/** Which life of its sender a datagram is from. It is proven once it opens. */
export function lifeOf(datagram: Uint8Array): string {
  return datagram.subarray(NONCE_AT, SEQUENCE_AT).toHex();
}

export function sequenceOf(header: Uint8Array): number {
  return new DataView(header.buffer, header.byteOffset).getUint32(SEQUENCE_AT);
}

export function encrypt(
  formation: Formation,
  groupKey: Uint8Array,
  header: Uint8Array,
  plain: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const cipher = createCipheriv("aes-256-gcm", groupKey, header.subarray(NONCE_AT));
  cipher.setAAD(concat(header, formation.idBytes));
  const sealed = cipher.update(plain);
  cipher.final();
  return concat(header, sealed, cipher.getAuthTag());
}

export function decrypt(
  formation: Formation,
  groupKey: Uint8Array,
  datagram: Uint8Array,
): Uint8Array | undefined {
  const header = datagram.subarray(0, HEADER_BYTES);
  const nonce = header.subarray(NONCE_AT);
  const decipher = createDecipheriv("aes-256-gcm", groupKey, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(concat(header, formation.idBytes));
  decipher.setAuthTag(datagram.subarray(-TAG_BYTES));
  try {
    const plain = decipher.update(datagram.subarray(HEADER_BYTES, -TAG_BYTES));
    decipher.final();
    return new Uint8Array(plain);
  } catch {
    return undefined;
  }
}
