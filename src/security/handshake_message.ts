import {
  HandshakeAnswer,
  HandshakeHello,
  HandshakeProof,
} from "../wire/generated/peat/security.js";
import { decodeMessage } from "../wire/message.ts";
import type { MessageType } from "../wire/message_type.ts";
import { WireError } from "../wire/wire_error.ts";
import { SIGNATURE_BYTES } from "./ed25519.ts";

export const NONCE_BYTES = 32;

/** Nothing that is said in a handshake is longer. Give it to the frame reader as its limit. */
export const LONGEST_HANDSHAKE_BYTES = 512;

/** Each answers undefined for anything but a whole message of its kind. */

export function readHello(bytes: Uint8Array): HandshakeHello | undefined {
  const hello = read(HandshakeHello, bytes);
  return hello?.nonce.length === NONCE_BYTES ? hello : undefined;
}

export function readAnswer(bytes: Uint8Array): HandshakeAnswer | undefined {
  const answer = read(HandshakeAnswer, bytes);
  const isWhole = answer?.nonce.length === NONCE_BYTES &&
    answer.signature.length === SIGNATURE_BYTES;
  return isWhole ? answer : undefined;
}

/** What the other side says instead of an answer to somebody who was put out. */
export function readFarewell(bytes: Uint8Array): Uint8Array | undefined {
  const answer = read(HandshakeAnswer, bytes);
  return answer !== undefined && answer.revocation.length > 0 ? answer.revocation : undefined;
}

export function readProof(bytes: Uint8Array): HandshakeProof | undefined {
  const proof = read(HandshakeProof, bytes);
  return proof?.signature.length === SIGNATURE_BYTES ? proof : undefined;
}

function read<T>(type: MessageType<T>, bytes: Uint8Array): T | undefined {
  if (bytes.length > LONGEST_HANDSHAKE_BYTES) return undefined;
  try {
    return decodeMessage(type, bytes);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
