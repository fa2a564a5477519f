import type { Beacon } from "../core/beacon/beacon.ts";
import type { Datagram, Ping, Pong, RepeatedMessage } from "../core/messages.ts";
import { PEER_MESSAGE_LIMITS } from "../core/peer_message.ts";
import { draftBeacon, draftPulse, readBeacon, readPulse, slimmerBeacons } from "./beacon.ts";
import {
  Datagram as DatagramType,
  type Ping as PingOnWire,
  type Repeated as RepeatedOnWire,
} from "./generated/peat/datagram.js";
import { WIRE_LIMITS } from "./limits.ts";
import { decodeMessage, encodeMessage } from "./message.ts";
import { readLabel, readNodeId, readNumber } from "./values.ts";
import { WireError } from "./wire_error.ts";

const LONGEST_AGE_MS = 0xffff_ffff;

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
  if (datagram.kind === "repeated") {
    return encodeRepeated(datagram, encodeDatagram({ kind: "beacon", beacon: datagram.beacon }));
  }
  if (datagram.kind !== "beacon") return encodeEcho(datagram);
  const marks = { direct: datagram.direct === true, answer: datagram.answer === true };
  const bytes = encodeMessage(DatagramType, { beacon: draftBeacon(datagram.beacon), ...marks });
  if (bytes.length <= longestBytes) return bytes;
  for (const beacon of slimmerBeacons(datagram.beacon)) {
    const slimmer = encodeMessage(DatagramType, { beacon: draftBeacon(beacon), ...marks });
    if (slimmer.length <= longestBytes) return slimmer;
  }
  throw new WireError(
    "tooLarge",
    `Cannot encode beacon of ${datagram.beacon.nodeId}: ${longestBytes} bytes are too few`,
  );
}

/** Hands on the datagram that a beacon came in, as it came. */
export function encodeRepeated(
  { from, hops, ageMs, address }: Omit<RepeatedMessage, "beacon">,
  datagram: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return encodeMessage(DatagramType, { repeated: { from, hops, ageMs, address, datagram } });
}

/** Decodes a datagram from anyone. Refuses whatever no honest node would send. */
export function decodeDatagram(bytes: Uint8Array): Datagram {
  const datagram = readDatagram(bytes, readOwnBeacon);
  if (datagram !== undefined) return datagram;
  throw new WireError("badValue", "Cannot decode datagram: what it repeats is no beacon");
}

/** The same where beacons are sealed: `open` answers undefined for one whose seal does not hold. */
export function readDatagram(
  bytes: Uint8Array,
  open: (datagram: Uint8Array) => Beacon | undefined,
): Datagram | undefined {
  const datagram = decodeMessage(DatagramType, bytes, WIRE_LIMITS.datagramBytes);
  const { beacon, pulse, ping, pong, repeated } = datagram;
  const direct = datagram.direct ? { direct: true } as const : {};
  if (repeated !== null) return readRepeated(repeated, open);
  if (pulse !== null) return { kind: "pulse", pulse: readPulse(pulse), ...direct };
  if (beacon !== null) {
    const answer = datagram.answer ? { answer: true } as const : {};
    return { kind: "beacon", beacon: readBeacon(beacon), ...direct, ...answer };
  }
  if (ping !== null) return { kind: "ping", ...readEcho(ping) };
  if (pong !== null) return { kind: "pong", ...readEcho(pong) };
  throw new WireError("unknownType", "Cannot decode datagram: it has no body that is known here");
}

function readRepeated(
  { from, hops, ageMs, address, datagram }: RepeatedOnWire,
  open: (datagram: Uint8Array) => Beacon | undefined,
): RepeatedMessage | undefined {
  const read = {
    kind: "repeated",
    from: readNodeId(from),
    hops: readNumber("hops", hops, 1, PEER_MESSAGE_LIMITS.hops),
    ageMs: readNumber("age", ageMs, 0, LONGEST_AGE_MS),
    address: readLabel("address", address),
  } as const;
  const beacon = open(datagram);
  return beacon && { ...read, beacon };
}

/** One that is not sealed. Nothing that is repeated is looked for in what is. */
function readOwnBeacon(bytes: Uint8Array): Beacon | undefined {
  const { beacon } = decodeMessage(DatagramType, bytes, WIRE_LIMITS.datagramBytes);
  return beacon === null ? undefined : readBeacon(beacon);
}

function encodeEcho({ kind, from, nonce }: Ping | Pong): Uint8Array<ArrayBuffer> {
  return encodeMessage(DatagramType, { [kind]: { from, nonce } });
}

function readEcho({ from, nonce }: PingOnWire): Pick<Ping, "from" | "nonce"> {
  return { from: readNodeId(from), nonce };
}
