import { Signed } from "../wire/generated/peat/security.js";
import { decodeMessage, encodeMessage } from "../wire/message.ts";
import type { Draft, MessageType } from "../wire/message_type.ts";
import { framed, utf8 } from "./bytes.ts";
import type { SigningKey, VerifyingKey } from "./ed25519.ts";

/**
 * What signatures are for. A signature covers its purpose, so that what somebody signed for one
 * can never be shown as signed for another.
 */
export type Purpose =
  | "membership"
  | "revocation"
  | "group key"
  | "enrolment"
  | "datagram"
  | "envelope"
  | "handshake client"
  | "handshake server"
  | "order"
  | "document"
  | "audit";

/** No signed thing is larger: an order's payload is the longest of them. */
const LONGEST_BYTES = 64 << 10;

export interface Opened<T> {
  readonly message: T;
  isSignedBy(key: VerifyingKey): boolean;
}

/** The bytes that a signature is over. */
export function signedBytes(purpose: Purpose, body: Uint8Array): Uint8Array {
  return framed(utf8(`peat/1 ${purpose}`), body);
}

export function signMessage<T>(
  purpose: Purpose,
  type: MessageType<T>,
  draft: Draft<T>,
  key: SigningKey,
): Uint8Array<ArrayBuffer> {
  const body = encodeMessage(type, draft);
  return encodeMessage(Signed, { body, signature: key.sign(signedBytes(purpose, body)) });
}

/**
 * Reads a signed message. Whose signature it ought to have may stand in the message, so checking
 * it is the caller's next step. Refuses with a `WireError`.
 */
export function openSigned<T>(
  purpose: Purpose,
  type: MessageType<T>,
  bytes: Uint8Array,
): Opened<T> {
  const { body, signature } = decodeMessage(Signed, bytes, LONGEST_BYTES);
  return {
    message: decodeMessage(type, body),
    isSignedBy: (key) => key.verify(signedBytes(purpose, body), signature),
  };
}
