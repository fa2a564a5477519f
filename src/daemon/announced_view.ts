import type { NodeView } from "../control/contract.ts";
import type { Beacon } from "../core/beacon/beacon.ts";
import { encodeGeohash } from "../core/beacon/geohash.ts";
import { capabilityDigest } from "../core/capability/digest.ts";

/** What a beacon says about its node, apart from what makes it one beacon of many. */
export type Announced = Pick<
  Beacon,
  "advertisement" | "capabilityDigest" | "peers" | "standing" | "resources"
>;

/** The part of the view that is the same in `peat node status` and `peat nodes`. */
export function announcedView({ advertisement, standing = {}, resources }: Announced) {
  const { level, cell, position, mobility, canParent, parentPriority } = advertisement;
  const { role, term, parentId, linkedPeers } = standing;
  return {
    level,
    ...(cell === undefined ? {} : { cell }),
    ...(role === undefined ? {} : { role }),
    ...(term === undefined ? {} : { term }),
    ...(parentId === undefined ? {} : { parentId }),
    ...(linkedPeers === undefined ? {} : { linkedPeers: [...linkedPeers] }),
    ...(position === undefined
      ? {}
      : { position: { ...position }, geohash: encodeGeohash(position) }),
    ...(mobility === undefined ? {} : { mobility }),
    ...(canParent === undefined ? {} : { canParent }),
    ...(parentPriority === undefined ? {} : { parentPriority }),
    ...(resources === undefined ? {} : { resources: { ...resources } }),
  };
}

/** What a node is and can do, for the list of nodes. */
export function describedView(announced: Announced) {
  const { advertisement, peers } = announced;
  const { version, transient, address, capabilities } = advertisement;
  return {
    ...announcedView(announced),
    ...(transient === undefined ? {} : { transient }),
    ...(peers === undefined ? {} : { peers }),
    ...(address === undefined ? {} : { streamAddress: address }),
    capabilities: capabilities.map((capability) => ({ ...capability })),
    ...moreCapabilities(announced),
    version,
  };
}

function moreCapabilities(
  { advertisement, capabilityDigest: digest }: Announced,
): Pick<NodeView, "moreCapabilities"> {
  if (digest === undefined || digest === capabilityDigest(advertisement.capabilities)) return {};
  return { moreCapabilities: true };
}
