import type { AssignmentMessage } from "./assignment/node_assignment.ts";
import type { Beacon, Numbers } from "./beacon/beacon.ts";
import type { CapabilityMessage } from "./capability/inquirer.ts";
import type { CellMessage } from "./cell/message.ts";
import type { Address, NodeId } from "./kernel/ids.ts";
import type { Millis } from "./kernel/time.ts";
import type { StateMessage } from "./state/state_message.ts";
import type { TrustMessage } from "./trust/trust_message.ts";

/** Asks for peers that the sender cannot hear. */
export interface PeersWanted {
  readonly kind: "peersWanted";
  /** Those that it hears itself. */
  readonly heard: readonly NodeId[];
  /** Those that it knows through others, the one whose time runs out first at the front. */
  readonly relayed: readonly (Numbers & { readonly nodeId: NodeId })[];
  /** How many more it has room for. */
  readonly room: number;
}

/** Hands on a beacon of a node that the receiver cannot hear, as that node sealed and signed it. */
export interface Introduction {
  readonly kind: "introduction";
  /** How many nodes stand between the beacon's sender and the receiver. */
  readonly hops: number;
  /** How long ago the beacon was sent. Its time to live goes on counting. */
  readonly ageMs: Millis;
  /** Where the first of the nodes in between heard it from. */
  readonly address: Address;
  readonly beacon: Beacon;
}

/** What peers say to each other of peers that one of them cannot hear. */
export type RelayMessage = PeersWanted | Introduction;

/** What members of a cell say to each other. */
export interface CellPeerMessage {
  readonly kind: "cell";
  readonly cellId: string;
  readonly message: CellMessage;
}

/** What members of a formation say to each other of who is in it, and under which keys. */
export interface TrustPeerMessage {
  readonly kind: "trust";
  readonly message: TrustMessage;
}

/** What whoever assigns nodes to cells and whoever is assigned say to each other. */
export interface AssignmentPeerMessage {
  readonly kind: "assignment";
  readonly message: AssignmentMessage;
}

/** What a node may say to one that it is not connected with. */
export type CarriedMessage = CellPeerMessage | AssignmentPeerMessage;

/** What peers ask and tell each other of what they can do. */
export interface CapabilityPeerMessage {
  readonly kind: "capability";
  readonly message: CapabilityMessage;
}

/** What members of a formation say to each other of the documents that they share. */
export interface StatePeerMessage {
  readonly kind: "state";
  readonly message: StateMessage;
}

/** What one node says to another, as it sealed and signed it for whoever carries it. */
export interface Envelope {
  readonly origin: NodeId;
  readonly target: NodeId;
  /** The life of the target that is meant. No other opens it, so that nobody can send it again. */
  readonly targetBoot: number;
  readonly message: CarriedMessage;
}

/** Carries an envelope on its way over nodes that are connected. */
export interface Forwarded {
  readonly kind: "forwarded";
  /** How many nodes stand between its origin and its target as far as it came, the receiver too. */
  readonly hops: number;
  readonly envelope: Envelope;
}

/**
 * Everything that connected peers say to each other. The transport proves who said it and keeps the
 * order, and what was on its way when a connection ended is lost.
 */
export type PeerMessage =
  | RelayMessage
  | CarriedMessage
  | TrustPeerMessage
  | CapabilityPeerMessage
  | StatePeerMessage
  | Forwarded;

/** Bounds that every decoder of a peer message enforces. A message beyond them is refused whole. */
export const PEER_MESSAGE_LIMITS = {
  /** How many peers a question may name of either sort. */
  peersNamed: 512,
  hops: 3,
} as const;
