import type { AssignmentReason, AssignmentState } from "./assignment/node_assignment.ts";
import type { Aspect } from "./beacon/changes.ts";
import type { ElectionPolicy } from "./cell/policy.ts";
import type { SourceName } from "./discovery/source.ts";
import type { Authority } from "./election/claim.ts";
import type { LeaderCause } from "./election/election_io.ts";
import type { Address, NodeId } from "./kernel/ids.ts";

/** Another that runs under this node's id. */
export interface Rival {
  readonly address: Address;
  readonly deviceId: string;
  /** Whether it runs from a copy of this node's data directory. */
  readonly isCopy: boolean;
}

/** Why a node is in another cell: its cell's size, where it is, or an operator's order. */
export type MoveCause = "size" | "place" | "order";

/** What an operator may want to know the moment it happens. */
export type Notice =
  | { readonly type: "peerFound"; readonly nodeId: NodeId; readonly address: Address }
  | { readonly type: "peerRestarted"; readonly nodeId: NodeId; readonly boot: number }
  /** A source tells of a peer that nobody has heard, */
  | { readonly type: "peerDiscovered"; readonly nodeId: NodeId; readonly source: SourceName }
  /** and now none does any more. */
  | { readonly type: "peerForgotten"; readonly nodeId: NodeId }
  /** Nobody hears the peer any more, and somebody still tells of it. */
  | {
    readonly type: "peerSilent";
    readonly nodeId: NodeId;
    readonly silentMs: number;
    readonly toldBy: readonly SourceName[];
  }
  /** It says otherwise than before. */
  | { readonly type: "peerChanged"; readonly nodeId: NodeId; readonly changed: readonly Aspect[] }
  | { readonly type: "peerLost"; readonly nodeId: NodeId; readonly silentMs: number }
  | { readonly type: "peerLeft"; readonly nodeId: NodeId }
  | { readonly type: "peerRevoked"; readonly nodeId: NodeId }
  | { readonly type: "peerExpired"; readonly nodeId: NodeId }
  | { readonly type: "peerConnected"; readonly nodeId: NodeId }
  | { readonly type: "peerDisconnected"; readonly nodeId: NodeId; readonly reason: string }
  /** A peer is in one cluster with this node now, or not any more. */
  | { readonly type: "clusterJoined"; readonly nodeId: NodeId; readonly geohash: string }
  | { readonly type: "clusterLeft"; readonly nodeId: NodeId; readonly geohash: string }
  /** A peer can do what this node looks for now, or not any more. */
  | { readonly type: "capabilityFound"; readonly nodeId: NodeId; readonly score: number }
  | { readonly type: "capabilityLost"; readonly nodeId: NodeId }
  /** A peer that this node cannot hear was introduced by one that it is connected with. */
  | {
    readonly type: "peerRelayed";
    readonly nodeId: NodeId;
    readonly via: NodeId;
    readonly hops: number;
  }
  /** A peer that was known through another is not any more, and is not heard either. */
  | { readonly type: "relayedPeerLost"; readonly nodeId: NodeId; readonly via: NodeId }
  /** Somebody else leads the cell, or nobody does, or by another right. */
  | {
    readonly type: "leader";
    readonly cell: string;
    readonly leaderId?: NodeId;
    readonly term?: number;
    readonly authority?: Authority;
    readonly cause: LeaderCause;
  }
  /** An operator's order about the leader is being carried out. */
  | {
    readonly type: "leaderOrdered";
    readonly cell: string;
    readonly leaderId: NodeId;
    readonly issuer: NodeId;
  }
  /** An operator wants members to rank each other by that policy. */
  | {
    readonly type: "policyOrdered";
    readonly cell: string;
    readonly policy: ElectionPolicy;
    readonly issuer: NodeId;
  }
  /** A person agreed to what the cell can do. */
  | { readonly type: "cellApproved"; readonly cell: string; readonly issuer: NodeId }
  /** The cell's members rank each other by another policy than this node was started with. */
  | {
    readonly type: "policyAdopted";
    readonly cell: string;
    readonly policy: ElectionPolicy;
    readonly startedWith: ElectionPolicy;
    readonly setBy: NodeId;
  }
  /** The node is in another cell than before. */
  | {
    readonly type: "cellChanged";
    readonly from?: string;
    readonly cell: string;
    readonly cause: MoveCause;
  }
  /** An operator's assignment that was issued here, or that is this node's own, has come this far. */
  | {
    readonly type: "assignment";
    readonly nodeId: NodeId;
    readonly cell: string;
    readonly issuer: NodeId;
    readonly state: AssignmentState;
    readonly reason?: AssignmentReason;
  }
  | { readonly type: "stalled"; readonly stalledMs: number }
  /** A node with this node's id was proven to run; `stays` is whether this one goes on. */
  | ({ readonly type: "rivalFound"; readonly nodeId: NodeId; readonly stays: boolean } & Rival)
  /** Somebody says so, and in an open mesh that is all there is to it. */
  | { readonly type: "idClaimed"; readonly nodeId: NodeId; readonly address: Address }
  | { readonly type: "persistFailed"; readonly key: string; readonly reason: string };
