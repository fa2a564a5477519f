import type { Beacon, Pulse } from "./beacon/beacon.ts";
import type { NodeId } from "./kernel/ids.ts";

/** Asks the receiver to answer at once, so that the sender can time the round trip. */
export interface Ping {
  readonly kind: "ping";
  readonly from: NodeId;
  /** An unsigned 32-bit number that only the two of them know. */
  readonly nonce: number;
}

/** Answers a ping, with the nonce that it carried. */
export interface Pong {
  readonly kind: "pong";
  readonly from: NodeId;
  readonly nonce: number;
}

export interface BeaconMessage {
  readonly kind: "beacon";
  readonly beacon: Beacon;
  /** Sent to this node alone, because the group may not bring it here. */
  readonly direct?: true;
}

export interface PulseMessage {
  readonly kind: "pulse";
  readonly pulse: Pulse;
  readonly direct?: true;
}

/** By which families of addresses the group is told. IPv4 alone only where an interface has it. */
export type Families = "both" | "ipv4";

/** Everything that travels as a single datagram: unordered, unanswered, at most 1,200 bytes. */
export type Datagram = BeaconMessage | PulseMessage | Ping | Pong;

/** Whether a message is from the node that was proven to send it. No member speaks for another. */
export function isSaidBy(message: Datagram, proven: NodeId): boolean {
  return senderOf(message) === proven;
}

function senderOf(message: Datagram): NodeId {
  switch (message.kind) {
    case "beacon":
      return message.beacon.nodeId;
    case "pulse":
      return message.pulse.nodeId;
    case "ping":
    case "pong":
      return message.from;
  }
}
