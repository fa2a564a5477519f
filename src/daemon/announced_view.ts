import type { NodeView } from "../control/contract.ts";
import type { Beacon } from "../core/beacon/beacon.ts";
import { encodeGeohash } from "../core/beacon/geohash.ts";
import type { BookEntry } from "../core/capability/book.ts";
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

/**
 * What a node is and can do, for the list of nodes. A beacon has room for a few capabilities; where
 * the node's document, or its own answer, is known to say all of them, they are all here.
 */
export function describedView(announced: Announced, known: BookEntry | undefined) {
  const { advertisement, peers } = announced;
  const { version, transient, address } = advertisement;
  const isWhole = known?.isWhole === true;
  const capabilities = isWhole ? known.capabilities : advertisement.capabilities;
  return {
    ...announcedView(announced),
    ...(transient === undefined ? {} : { transient }),
    ...(peers === undefined ? {} : { peers }),
    ...(address === undefined ? {} : { streamAddress: address }),
    capabilities: capabilities.map(({ type, name, confidence, metadata }) => ({
      type,
      name,
      confidence,
      ...(metadata === undefined ? {} : { metadata: { ...metadata } }),
    })),
    ...(isWhole ? {} : moreCapabilities(announced)),
    version,
  };
}

function moreCapabilities(
  { advertisement, capabilityDigest: digest }: Announced,
): Pick<NodeView, "moreCapabilities"> {
  if (digest === undefined || digest === capabilityDigest(advertisement.capabilities)) return {};
  return { moreCapabilities: true };
}
