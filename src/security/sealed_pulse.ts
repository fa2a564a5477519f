import { concat, unsigned32 } from "./bytes.ts";
import type { Formation } from "./formation.ts";
import {
  decrypt,
  encrypt,
  epochBitsOf,
  HEADER_BYTES,
  isOfKind,
  lifeOf,
  PULSE,
  TAG_BYTES,
} from "./group_seal.ts";
import { LINK_BYTES } from "./pulse_chain.ts";

/**
 * A sealed pulse, which says no more than that whoever sent a certain beacon still lives:
 *
 *     13  header, as of every sealed datagram
 *         encrypted:
 *     4     the pulse's number
 *     16    the link of that number, in the chain that the sender's beacons show
 *     16  tag
 *
 * Who sent it, and how often it will, is in the beacon of the same life.
 */
const NUMBER_BYTES = 4;
const PULSE_BYTES = HEADER_BYTES + NUMBER_BYTES + LINK_BYTES + TAG_BYTES;

export const LAST_PULSE_NUMBER = 0xffff_ffff;

export interface OpenedPulse {
  readonly ok: true;
  readonly life: string;
  readonly epoch: number;
  readonly number: number;
  /** Proves the number, to whoever follows the chain. */
  readonly link: Uint8Array;
}

export type PulseVerdict = OpenedPulse | {
  readonly ok: false;
  readonly reason: "notSealed" | "unknownEpoch" | "badSeal";
};

export function isSealedPulse(datagram: Uint8Array): boolean {
  return datagram.length > 0 && isOfKind(datagram, PULSE);
}

export function sealPulse(
  formation: Formation,
  groupKey: Uint8Array,
  header: Uint8Array,
  number: number,
  link: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return encrypt(formation, groupKey, header, concat(unsigned32(number), link));
}

/** Opens a pulse from anyone. Whether the link is right is for whoever follows its sender. */
export function openPulse(
  datagram: Uint8Array,
  formation: Formation,
  formationTimeMs: number,
): PulseVerdict {
  if (datagram.length !== PULSE_BYTES) return { ok: false, reason: "notSealed" };
  const epoch = formation.epochToOpen(epochBitsOf(datagram), formationTimeMs);
  if (epoch === undefined) return { ok: false, reason: "unknownEpoch" };
  const plain = decrypt(formation, epoch.groupKey, datagram);
  if (plain === undefined) return { ok: false, reason: "badSeal" };
  const number = new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  const link = plain.subarray(NUMBER_BYTES);
  return { ok: true, life: lifeOf(datagram), epoch: epoch.number, number, link };
}
