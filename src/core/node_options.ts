import type { Advertisement } from "./beacon/beacon.ts";
import type { CellSettings } from "./cell/affiliation.ts";
import type { SourceOptions } from "./discovery/beacon_sources.ts";
import type { Address, NodeId } from "./kernel/ids.ts";
import type { Random } from "./kernel/random.ts";
import type { Timing } from "./profile.ts";
import type { Documents } from "./state/document.ts";

export interface NodeOptions {
  readonly nodeId: NodeId;
  readonly timing: Timing;
  readonly advertisement: Advertisement;
  /** Where others hear beacons that the group does not bring them. */
  readonly contacts?: readonly Address[];
  /** Send nothing at all, and only listen. */
  readonly emcon?: boolean;
  /** Whether peers may speak for peers that this node does not hear. They may if it does not say. */
  readonly relays?: boolean;
  /** Whether it says the beacons of one link again on the others. It does not if it does not say. */
  readonly repeats?: boolean;
  readonly sources?: SourceOptions;
  readonly cell?: CellSettings;
  /** Where documents are. Absent: the node shares none. */
  readonly documents?: Documents;
  readonly random: Random;
}
