import { concat } from "./bytes.ts";
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
import { LINK_BYTES, lowByteOf, type Proof, type Shown } from "./pulse_chain.ts";

/**
 * A sealed pulse, which says no more than that whoever sent a certain beacon still lives:
 *
 *     13  header, as of every sealed datagram
 *         encrypted:
 *     1     the lowest byte of the pulse's number
 *     16    the link of that number, in the chain that the sender's beacons show
 *     0, or 1 and 16: the lowest byte of the number of its leader's sign of life that the sender
 *           heard last, and the link of that number, in the chain that the sender has for those
 *     16  tag
 *
 * Who sent it, and how often it will, is in the beacon of the same life. So is how high its numbers
 * are: whoever follows it needs their lowest byte only, since no pulse is far beyond a beacon.
 */
const NUMBER_BYTES = 1;
const PROOF_BYTES = NUMBER_BYTES + LINK_BYTES;
const PULSE_BYTES = HEADER_BYTES + PROOF_BYTES + TAG_BYTES;
const ANSWERING_PULSE_BYTES = PULSE_BYTES + PROOF_BYTES;

export interface OpenedPulse {
  readonly ok: true;
  readonly life: string;
  readonly epoch: number;
  /** Which pulse it is, for whoever follows the chain. */
  readonly shown: Shown;
  /** What its sender acknowledges, if it does. */
  readonly heard?: Shown;
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
  proofs: readonly Proof[],
): Uint8Array<ArrayBuffer> {
  const parts = proofs.flatMap(({ number, link }) => [Uint8Array.of(lowByteOf(number)), link]);
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
  const shown = readProof(plain, 0);
  return { ok: true, life: lifeOf(datagram), epoch: epoch.number, shown, ...answer };
}

function readProof(plain: Uint8Array, at: number): Shown {
  return { lowByte: plain[at]!, link: plain.subarray(at + NUMBER_BYTES, at + PROOF_BYTES) };
}
