import type { JsonValue } from "../kernel/json_value.ts";
import type { SourceEvent } from "../discovery/source.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Random } from "../kernel/random.ts";
import type { Millis } from "../kernel/time.ts";
import type { Notice } from "../notice.ts";
import type { AssignmentMessage, NodeAssignment, Progress } from "./node_assignment.ts";

/** What the node around knows, asked whenever it matters. */
export interface Situation {
  readonly self: NodeId;
  /** Whoever only listens, or passes through, is in no cell. */
  readonly isCellless: () => boolean;
  /** The cell that this node is in, and whether anybody leads it. */
  readonly cell: () => { readonly cellId: string; readonly hasLeader: boolean } | undefined;
  readonly isConnected: (nodeId: NodeId) => boolean;
  /** Whether a message to the node has a way to go, straight or over others. */
  readonly isReachable: (nodeId: NodeId) => boolean;
}

export interface AssignmentsOptions extends Situation {
  readonly random: Random;
}

export type AssignmentsInput =
  /** What the disk held when the node started. */
  | { readonly kind: "recall"; readonly stored: Readonly<Record<string, JsonValue>> }
  /** The node may speak from here on, and be in a cell. */
  | { readonly kind: "start" }
  /** An operator at this node assigns. */
  | { readonly kind: "issue"; readonly assignment: NodeAssignment }
  | {
    readonly kind: "message";
    readonly from: NodeId;
    readonly message: AssignmentMessage;
  }
  /** Something about the peer is not what it was. */
  | { readonly kind: "peer" }
  | { readonly kind: "persisted"; readonly key: string }
  | { readonly kind: "persistFailed"; readonly key: string }
  | { readonly kind: "due" };

export type AssignmentsOutput =
  | { readonly kind: "send"; readonly peer: NodeId; readonly message: AssignmentMessage }
  | { readonly kind: "persist"; readonly key: string; readonly value: JsonValue }
  | { readonly kind: "notice"; readonly notice: Notice }
  /** The node is to be in that cell. */
  | { readonly kind: "join"; readonly cellId: string }
  /** What operators say of peers. */
  | { readonly kind: "directed"; readonly event: SourceEvent };

/** An assignment as this node knows it. */
export interface AssignmentView extends Progress {
  readonly assignment: NodeAssignment;
  /** How long after it was issued it came to be in its state. */
  readonly afterMs: Millis;
}
