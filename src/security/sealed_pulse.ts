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
import { type Heard, LINK_BYTES } from "./pulse_chain.ts";

/**
 * A sealed pulse, which says no more than that whoever sent a certain beacon still lives:
 *
 *     13  header, as of every sealed datagram
 *         encrypted:
 *     4     the pulse's number
 *     16    the link of that number, in the chain that the sender's beacons show
 *     0, or 4 and 16: the number of its leader's sign of life that the sender heard last, and the
 *           link of that number, in the chain that the sender has for those
 *     16  tag
 *
 * Who sent it, and how often it will, is in the beacon of the same life.
 */
const NUMBER_BYTES = 4;
const PROOF_BYTES = NUMBER_BYTES + LINK_BYTES;
const PULSE_BYTES = HEADER_BYTES + PROOF_BYTES + TAG_BYTES;
const ANSWERING_PULSE_BYTES = PULSE_BYTES + PROOF_BYTES;

export const LAST_PULSE_NUMBER = 0xffff_ffff;

export interface OpenedPulse {
  readonly ok: true;
  readonly life: string;
  readonly epoch: number;
  readonly number: number;
  /** Proves the number, to whoever follows the chain. */
  readonly link: Uint8Array;
  /** What its sender acknowledges, if it does. */
  readonly heard?: Heard;
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
  proofs: readonly Heard[],
): Uint8Array<ArrayBuffer> {
  const parts = proofs.flatMap(({ number, link }) => [unsigned32(number), link]);
  return encrypt(formation, groupKey, header, concat(...parts));
}

/** Opens a pulse from anyone. Whether the link is right is for whoever follows its sender. */
export function openPulse(
  datagram: Uint8Array,
  formation: Formation,
  formationTimeMs: number,
): PulseVerdict {
  if (datagram.length !== PULSE_BYTES && datagram.length !== ANSWERING_PULSE_BYTES) {
    return { ok: false, reason: "notSealed" };
  }
  const epoch = formation.epochToOpen(epochBitsOf(datagram), formationTimeMs);
  if (epoch === undefined) return { ok: false, reason: "unknownEpoch" };
  const plain = decrypt(formation, epoch.groupKey, datagram);
  if (plain === undefined) return { ok: false, reason: "badSeal" };
  const answer = plain.length > PROOF_BYTES ? { heard: readProof(plain, PROOF_BYTES) } : {};
  const { number: epochNumber } = epoch;
  return {
    ok: true,
    life: lifeOf(datagram),
    epoch: epochNumber,
    ...readProof(plain, 0),
    ...answer,
  };
}

function readProof(plain: Uint8Array, at: number): Heard {
  const number = new DataView(plain.buffer, plain.byteOffset).getUint32(at);
  return { number, link: plain.subarray(at + NUMBER_BYTES, at + PROOF_BYTES) };
}
