import type { Beacon, Position } from "../beacon/beacon.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Notice } from "../notice.ts";
import type { PeerAddress, SourceEvent } from "./source.ts";

export type BeaconSourceInput =
  /** A beacon was accepted from its sender. */
  | { readonly kind: "said"; readonly beacon: Beacon; readonly address: PeerAddress }
  /** The node said goodbye, or is no member any more. That it fell silent is no news here. */
  | { readonly kind: "gone"; readonly nodeId: NodeId }
  /** This node is somewhere else now. */
  | { readonly kind: "moved"; readonly position: Position }
  | { readonly kind: "due" };

export type BeaconSourceOutput =
  | { readonly kind: "tell"; readonly event: SourceEvent }
  | { readonly kind: "notice"; readonly notice: Notice };

/** A source that tells of peers by what their beacons say. SPEC.md has the rules. */
export interface BeaconSource extends Machine<BeaconSourceInput, BeaconSourceOutput> {
  /** How many nodes found no room. */
  readonly refused: number;
}
