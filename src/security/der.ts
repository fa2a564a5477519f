import { concat, utf8 } from "./bytes.ts";

/** As much of ASN.1's distinguished encoding as a certificate needs. Each answers a whole value. */

const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

export type Der = Uint8Array<ArrayBuffer>;

export function sequence(...parts: readonly Uint8Array[]): Der {
  return value(TAGS.sequence, concat(...parts));
}

export function setOf(part: Uint8Array): Der {
  return value(TAGS.set, part);
}

export function boolean(isTrue: boolean): Der {
  return value(TAGS.boolean, Uint8Array.of(isTrue ? 0xff : 0));
}

/** A whole number that is not negative, upper byte first. */
export function integer(bytes: Uint8Array): Der {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  // A set upper bit would make it negative.
  return value(TAGS.integer, digits[0]! > 127 ? concat(Uint8Array.of(0), digits) : digits);
}

/** Bits in whole bytes, the last `unusedBits` of which mean nothing. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Der {
  return value(TAGS.bitString, concat(Uint8Array.of(unusedBits), bytes));
}

export function octetString(bytes: Uint8Array): Der {
  return value(TAGS.octetString, bytes);
}

/** An object identifier from its dotted form. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return value(
    TAGS.objectIdentifier,
    Uint8Array.from([40 * first + second, ...rest].flatMap(base128)),
  );
}

export function utf8String(text: string): Der {
  return value(TAGS.utf8String, utf8(text));
}

/** Years 1950 to 2049, as `YYMMDDhhmmssZ`. */
export function utcTime(text: string): Der {
  return value(TAGS.utcTime, utf8(text));
}

/** Years from 2050 on, as `YYYYMMDDhhmmssZ`. */
export function generalizedTime(text: string): Der {
  return value(TAGS.generalizedTime, utf8(text));
}

/** A value under a tag whose meaning depends on where it stands. */
export function tagged(number: number, content: Uint8Array, { isConstructed = false } = {}): Der {
  return value(0x80 | (isConstructed ? 0x20 : 0) | number, content);
}

function value(tag: number, content: Uint8Array): Der {
  return concat(Uint8Array.of(tag, ...lengthBytes(content.length)), content);
}

function lengthBytes(length: number): number[] {
  if (length < 128) return [length];
  return length < 256 ? [0x81, length] : [0x82, length >>> 8, length & 255];
}

function base128(number: number): number[] {
  const digits = [number & 127];
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) digits.unshift(rest & 127 | 128);
  return digits;
}
