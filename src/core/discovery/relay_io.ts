import type { Beacon } from "../beacon/beacon.ts";
import type { Aspect } from "../beacon/changes.ts";
import type { Peer } from "../beacon/observer.ts";
import type { Address, NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import type { RepeatedMessage } from "../messages.ts";
import type { RelayMessage } from "../peer_message.ts";

/** A peer that this node cannot hear, and knows through another. */
export interface RelayedPeer {
  readonly nodeId: NodeId;
  /** The peer that speaks for it: one that is connected, or whose datagrams are heard. */
  readonly via: NodeId;
  /** How many nodes stand in between, `via` among them. */
  readonly hops: number;
  /** Where the first of those heard it from. */
  readonly address: Address;
  readonly beacon: Beacon;
  /** When the beacon was sent, on this node's clock. */
  readonly saidAt: Millis;
  readonly expiresAt: Millis;
  /** A datagram brought it, so nobody has to be connected. */
  readonly isRepeated: boolean;
}

/** How a peer is reached over another. */
export interface Way {
  readonly via: NodeId;
  /** In which of its lives the peer is. */
  readonly boot: number;
}

export type RelayInput =
  | { readonly kind: "connected"; readonly nodeId: NodeId }
  | { readonly kind: "disconnected"; readonly nodeId: NodeId }
  /** The node hears the peer itself, */
  | { readonly kind: "heard"; readonly nodeId: NodeId }
  /** or does not hear somebody any more. */
  | { readonly kind: "unheard" }
  /** The peer is no member any more. */
  | { readonly kind: "putOut"; readonly nodeId: NodeId }
  | { readonly kind: "succeeded"; readonly nodeId: NodeId }
  | { readonly kind: "message"; readonly peer: NodeId; readonly message: RelayMessage }
  /** Somebody says a beacon again that came by another link. */
  | { readonly kind: "repeated"; readonly message: RepeatedMessage }
  | { readonly kind: "due" };

export type RelayLoss =
  /** Its beacon ran out, */
  | "expired"
  /** it said goodbye, */
  | "left"
  /** the peer that spoke for it is connected no more, */
  | "unconnected"
  /** it is no member any more, */
  | "putOut"
  /** another device has its name, */
  | "succeeded"
  /** or it is heard directly and needs nobody to speak for it. */
  | "heard";

export type RelayOutput =
  | { readonly kind: "send"; readonly peer: NodeId; readonly message: RelayMessage }
  /** The peer is known through another, or through another one than before. */
  | { readonly kind: "relayed"; readonly peer: RelayedPeer }
  /** It started again, */
  | { readonly kind: "restarted"; readonly nodeId: NodeId; readonly boot: number }
  /** or says otherwise than before. */
  | { readonly kind: "changed"; readonly nodeId: NodeId; readonly aspects: readonly Aspect[] }
  | {
    readonly kind: "lost";
    readonly nodeId: NodeId;
    readonly via: NodeId;
    readonly why: RelayLoss;
  };

/** Every introduction ends in `accepted` or in one of the others. */
export interface RelayCounts {
  accepted: number;
  /** The peer is heard directly, which is better. */
  heard: number;
  /** No news: known already, or older than what is. */
  stale: number;
  /** The beacon's time was over. */
  expired: number;
  /** Through more nodes than the way that is known. */
  farther: number;
  own: number;
  full: number;
  /** Questions and introductions beyond what one peer may send. */
  overRate: number;
}

/** Who is heard directly. */
export interface Hearing {
  peer(nodeId: NodeId): Peer | undefined;
  peers(): Iterable<Peer>;
  /** Over the names of those who are there. */
  readonly namesDigest: number;
}
