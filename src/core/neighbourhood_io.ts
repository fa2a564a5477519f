import type { Position } from "./beacon/beacon.ts";
import type { BeaconSourceInput } from "./discovery/beacon_source.ts";
import type { SourceOptions } from "./discovery/beacon_sources.ts";
import type { ForwarderInput, ForwarderOutput } from "./discovery/forwarder.ts";
import type { Address, NodeId } from "./kernel/ids.ts";
import type { JsonValue } from "./kernel/json_value.ts";
import type { Random } from "./kernel/random.ts";
import type { Millis } from "./kernel/time.ts";
import type { NodeInput, NodeOutput } from "./node_io.ts";
import type { Forwarded, RelayMessage } from "./peer_message.ts";
import type { Timing } from "./profile.ts";

export interface NeighbourhoodOptions {
  readonly nodeId: NodeId;
  readonly timing: Timing;
  readonly contacts: readonly Address[];
  /** Say nothing to anybody, and only listen. */
  readonly emcon: boolean;
  /** Speak for peers to others, and let them speak for peers. */
  readonly relays: boolean;
  /** Say the beacons of one link again on the others. */
  readonly repeats: boolean;
  readonly sources: SourceOptions;
  /** Where the node is. */
  readonly position: Position | undefined;
  readonly random: Random;
}

export type NeighbourhoodInput =
  | Extract<
    NodeInput,
    {
      kind:
        | "datagram"
        | "connected"
        | "connectFailed"
        | "disconnected"
        | "revoked"
        | "expired"
        | "succeeded"
        | "discovered"
        | "contacts";
    }
  >
  /** A connected peer said something of others, or hands on what another said. */
  | {
    readonly kind: "message";
    readonly peer: NodeId;
    readonly message: RelayMessage | Forwarded;
  }
  /** The node has something to say to a peer, by whatever way. */
  | Extract<ForwarderInput, { kind: "send" }>
  /** What the disk held of peers when the node started. */
  | { readonly kind: "recall"; readonly value: JsonValue | undefined }
  /** This node is somewhere else now. */
  | Extract<BeaconSourceInput, { kind: "moved" }>
  /** The peers could not be put on the disk. */
  | { readonly kind: "saveFailed" }
  /** The node ends. */
  | { readonly kind: "stopping" }
  /** The node itself slept, and heard nobody meanwhile. */
  | { readonly kind: "stalled"; readonly stalledMs: Millis }
  /** Time to decide who is there, */
  | { readonly kind: "due" }
  /** and, after the node itself had its word, to measure and to connect. */
  | { readonly kind: "reachDue" };

export type NeighbourhoodOutput =
  | Extract<
    NodeOutput,
    {
      kind:
        | "unicast"
        | "repeat"
        | "connect"
        | "disconnect"
        | "doubt"
        | "send"
        | "notice"
        | "persist";
    }
  >
  /** Somebody said something, over others. */
  | Extract<ForwarderOutput, { kind: "arrived" }>
  /** Somebody came who does not know this node yet. */
  | { readonly kind: "newcomer"; readonly address: Address }
  /** Somebody is doubted. */
  | { readonly kind: "missed" };
