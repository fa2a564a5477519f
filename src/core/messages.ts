import type { Beacon, Pulse } from "./beacon/beacon.ts";
import type { Address, NodeId } from "./kernel/ids.ts";
import type { Millis } from "./kernel/time.ts";

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
  /** Sent to this node alone, because its sender has just heard of it for the first time. */
  readonly answer?: true;
}

export interface PulseMessage {
  readonly kind: "pulse";
  readonly pulse: Pulse;
  readonly direct?: true;
}

/** A beacon that one node heard on one link and says again on others, as its sender sealed it. */
export interface RepeatedMessage {
  readonly kind: "repeated";
  /** Who says it again. */
  readonly from: NodeId;
  /** How many nodes stand between the beacon's sender and the receiver. */
  readonly hops: number;
  /** How long ago the beacon was sent. Its time to live goes on counting. */
  readonly ageMs: Millis;
  /** Where the first of the nodes in between heard it from. */
  readonly address: Address;
  readonly beacon: Beacon;
}

/** By which families of addresses the group is told. IPv4 alone only where an interface has it. */
export type Families = "both" | "ipv4";

/** Everything that travels as a single datagram: unordered, unanswered, at most 1,200 bytes. */
export type Datagram = BeaconMessage | PulseMessage | RepeatedMessage | Ping | Pong;

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
    case "repeated":
    case "ping":
    case "pong":
      return message.from;
  }
}
