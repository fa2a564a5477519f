import type { Beacon, Numbers } from "../core/beacon/beacon.ts";
import type { NodeId } from "../core/kernel/ids.ts";
import {
  type Envelope,
  type Forwarded,
  type Introduction,
  PEER_MESSAGE_LIMITS,
  type PeerMessage,
  type PeersWanted,
} from "../core/peer_message.ts";
import { draftCarried, readCarried } from "./envelope.ts";
import { draftCapabilityMessage, readCapabilityMessage } from "./capability_message.ts";
import {
  type Forwarded as ForwardedOnWire,
  type Introduction as IntroductionOnWire,
  type PeerMessage as PeerMessageOnWire,
  PeerMessage as PeerMessageType,
  type PeersWanted as PeersWantedOnWire,
  type RelayedPeer as RelayedPeerOnWire,
} from "./generated/peat/peer.js";
import { decodeMessage, encodeMessage } from "./message.ts";
import type { Draft } from "./message_type.ts";
import type { OrderOpener } from "./order_opener.ts";
import { draftStateMessage, type Proofs, readStateMessage } from "./state.ts";
import {
  draftTrustMessage,
  readTrustMessage,
  type StatementSink,
  type StatementSource,
} from "./trust_message.ts";
import { readCount, readLabel, readNodeId, readNumber } from "./values.ts";
import { WireError } from "./wire_error.ts";

/** What stands between a beacon and the datagram that its sender made of it. */
export interface Originals extends OrderOpener {
  /** The datagram that the beacon came in, if it is still there. */
  datagramOf(beacon: Beacon): Uint8Array | undefined;
  /** The beacon in a datagram that came through another node; undefined if it does not hold. */
  open(datagram: Uint8Array): Beacon | undefined;
  /** The envelope as its origin sealed it, if that is here; sealed now if this node is the origin. */
  sealedOf(envelope: Envelope): Uint8Array | undefined;
  /** The envelope in a seal; undefined if it does not hold, or is not for this node to open again. */
  unseal(sealed: Uint8Array): Envelope | undefined;
  /** Who wrote what of documents. */
  readonly proofs: Proofs;
  /** What the authority said of members and keys. */
  readonly statements: StatementSource & StatementSink;
}

const LONGEST_AGE_MS = 0xffff_ffff;
const MOST_ROOM = 0xffff_ffff;

/** Undefined when what is to be handed on is not here as whoever it is from sealed or signed it. */
export function encodePeerMessage(
  message: PeerMessage,
  originals: Originals,
): Uint8Array<ArrayBuffer> | undefined {
  switch (message.kind) {
    case "peersWanted":
      return encodeMessage(PeerMessageType, { peersWanted: draftPeersWanted(message) });
    case "introduction": {
      const datagram = originals.datagramOf(message.beacon);
      if (datagram === undefined) return undefined;
      const { hops, ageMs, address } = message;
      return encodeMessage(PeerMessageType, { introduction: { hops, ageMs, address, datagram } });
    }
    case "cell":
    case "assignment":
      return encodeMessage<PeerMessageOnWire>(PeerMessageType, draftCarried(message));
    case "capability":
      return encodeMessage<PeerMessageOnWire>(
        PeerMessageType,
        draftCapabilityMessage(message.message),
      );
    case "forwarded": {
      const sealed = originals.sealedOf(message.envelope);
      if (sealed === undefined) return undefined;
      return encodeMessage(PeerMessageType, { forwarded: { hops: message.hops, sealed } });
    }
    case "state": {
      const state = draftStateMessage(message.message, originals.proofs);
      return state && encodeMessage(PeerMessageType, { state });
    }
    case "trust": {
      const trust = draftTrustMessage(message.message, originals.statements);
      return trust && encodeMessage(PeerMessageType, { trust });
    }
  }
}

/**
 * Decodes a message from a peer. A body that is not known here is refused as `unknownType`, what no
 * honest node would send with any other code. Undefined for what another node is said to have said
 * and has not.
 */
export function decodePeerMessage(
  bytes: Uint8Array,
  from: NodeId,
  originals: Originals,
): PeerMessage | undefined {
  const decoded = decodeMessage(PeerMessageType, bytes);
  const { peersWanted, introduction, trust, forwarded, state } = decoded;
  if (peersWanted !== null) return readPeersWanted(peersWanted);
  if (introduction !== null) return readIntroduction(introduction, originals);
  const carried = readCarried(decoded, originals);
  if (carried !== null) return carried;
  if (forwarded !== null) return readForwarded(forwarded, originals);
  if (state !== null) {
    return { kind: "state", message: readStateMessage(state, from, originals.proofs) };
  }
  if (trust !== null) {
    return { kind: "trust", message: readTrustMessage(trust, originals.statements, from) };
  }
  const capability = readCapabilityMessage(decoded);
  if (capability !== undefined) return { kind: "capability", message: capability };
  throw new WireError("unknownType", "Cannot decode message: it has no body that is known here");
}

function draftPeersWanted({ heard, relayed, room }: PeersWanted): Draft<PeersWantedOnWire> {
  return {
    heard,
    relayed: relayed.map(({ nodeId, boot, sequence }) => ({
      nodeId,
      boot: BigInt(boot),
      sequence: BigInt(sequence),
    })),
    room,
  };
}

function readPeersWanted({ heard, relayed, room }: PeersWantedOnWire): PeersWanted {
  refuseMore("heard", heard);
  refuseMore("relayed", relayed);
  return {
    kind: "peersWanted",
    heard: heard.map(readNodeId),
    relayed: relayed.map(readRelayed),
    room: readNumber("room", room, 0, MOST_ROOM),
  };
}

function readRelayed({ nodeId, boot, sequence }: RelayedPeerOnWire): Numbers & { nodeId: string } {
  return {
    nodeId: readNodeId(nodeId),
    boot: readCount("boot", boot),
    sequence: readCount("sequence", sequence),
  };
}

function readIntroduction(
  { hops, ageMs, address, datagram }: IntroductionOnWire,
  originals: Originals,
): Introduction | undefined {
  const read = {
    kind: "introduction",
    hops: readNumber("hops", hops, 1, PEER_MESSAGE_LIMITS.hops),
    ageMs: readNumber("age", ageMs, 0, LONGEST_AGE_MS),
    address: readLabel("address", address),
  } as const;
  const beacon = originals.open(datagram);
  return beacon === undefined ? undefined : { ...read, beacon };
}

function readForwarded(
  { hops, sealed }: ForwardedOnWire,
  originals: Originals,
): Forwarded | undefined {
  const read = {
    kind: "forwarded",
    hops: readNumber("hops", hops, 1, PEER_MESSAGE_LIMITS.hops),
  } as const;
  const envelope = originals.unseal(sealed);
  return envelope && { ...read, envelope };
}

function refuseMore(what: string, list: readonly unknown[]): void {
  const { peersNamed } = PEER_MESSAGE_LIMITS;
  if (list.length <= peersNamed) return;
  throw new WireError(
    "tooMany",
    `Cannot decode ${what}: it has ${list.length} peers, the limit is ${peersNamed}`,
  );
}
