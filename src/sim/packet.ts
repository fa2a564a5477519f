import type { Address } from "../core/kernel/ids.ts";
import type { Datagram } from "../core/messages.ts";
import type { NodeInput } from "../core/node_io.ts";
import { decodeDatagram, encodeDatagram } from "../wire/datagram.ts";
import type { Credentials } from "./credentials.ts";

/** A datagram under way. One object serves every receiver of a multicast; nobody changes it. */
export interface Packet {
  readonly kind: "packet";
  readonly from: number;
  /** What it was sealed with, whoever sends it again. */
  readonly seal: Credentials;
  readonly bytes: number;
  readonly input: Extract<NodeInput, { kind: "datagram" }>;
}

/** Sends the message through the real codec, so that what arrives is what a socket would bring. */
export function packetOf(
  seal: Credentials,
  address: Address,
  message: Datagram,
): Packet {
  const bytes = encodeDatagram(message);
  const input = { kind: "datagram", from: address, message: decodeDatagram(bytes) } as const;
  return { kind: "packet", from: seal.owner, seal, bytes: bytes.length, input };
}
