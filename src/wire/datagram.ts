import type { Datagram, Ping, Pong } from "../core/messages.ts";
import { draftBeacon, draftPulse, readBeacon, readPulse, slimmerBeacons } from "./beacon.ts";
import { Datagram as DatagramType, type Ping as PingOnWire } from "./generated/peat/datagram.js";
import { WIRE_LIMITS } from "./limits.ts";
import { decodeMessage, encodeMessage } from "./message.ts";
import { readNodeId } from "./values.ts";
import { WireError } from "./wire_error.ts";

/**
 * Encodes a datagram. A beacon that would be longer than the limit goes out with less in it, so
 * that a node with much to say is still heard: see `slimmerBeacons` for what goes first.
 *
 * A caller that puts a seal around the bytes takes its size off the limit.
 */
export function encodeDatagram(
  datagram: Datagram,
  longestBytes: number = WIRE_LIMITS.datagramBytes,
): Uint8Array<ArrayBuffer> {
  if (datagram.kind === "pulse") {
    const { pulse, direct } = datagram;
    return encodeMessage(DatagramType, { pulse: draftPulse(pulse), direct: direct === true });
  }
  if (datagram.kind !== "beacon") return encodeEcho(datagram);
  const direct = datagram.direct === true;
  const bytes = encodeMessage(DatagramType, { beacon: draftBeacon(datagram.beacon), direct });
  if (bytes.length <= longestBytes) return bytes;
  for (const beacon of slimmerBeacons(datagram.beacon)) {
    const slimmer = encodeMessage(DatagramType, { beacon: draftBeacon(beacon), direct });
    if (slimmer.length <= longestBytes) return slimmer;
  }
  throw new WireError(
    "tooLarge",
    `Cannot encode beacon of ${datagram.beacon.nodeId}: ${longestBytes} bytes are too few`,
  );
}

/** Decodes a datagram from anyone. Refuses whatever no honest node would send. */
export function decodeDatagram(bytes: Uint8Array): Datagram {
  const datagram = decodeMessage(DatagramType, bytes, WIRE_LIMITS.datagramBytes);
  const { beacon, pulse, ping, pong } = datagram;
  const direct = datagram.direct ? { direct: true } as const : {};
  if (pulse !== null) return { kind: "pulse", pulse: readPulse(pulse), ...direct };
  if (beacon !== null) return { kind: "beacon", beacon: readBeacon(beacon), ...direct };
  if (ping !== null) return { kind: "ping", ...readEcho(ping) };
  if (pong !== null) return { kind: "pong", ...readEcho(pong) };
  throw new WireError("unknownType", "Cannot decode datagram: it has no body that is known here");
}

function encodeEcho({ kind, from, nonce }: Ping | Pong): Uint8Array<ArrayBuffer> {
  return encodeMessage(DatagramType, { [kind]: { from, nonce } });
}

function readEcho({ from, nonce }: PingOnWire): Pick<Ping, "from" | "nonce"> {
  return { from: readNodeId(from), nonce };
}
