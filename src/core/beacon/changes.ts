import type { Beacon } from "./beacon.ts";

/** What a beacon can say that others may want to hear of once it changes. */
export type Aspect =
  | "version"
  | "level"
  | "cell"
  | "position"
  | "streams"
  | "capabilities"
  | "parenting"
  | "mobility"
  | "role"
  | "parent"
  | "links";

/**
 * How each aspect reads in one value. Load and the number of peers are missing on purpose: they
 * change all the time, and whoever wants them looks when it wants them.
 */
const READINGS: Readonly<Record<Aspect, (beacon: Beacon) => unknown>> = {
  version: ({ advertisement }) => advertisement.version,
  level: ({ advertisement }) => advertisement.level,
  cell: ({ advertisement }) => advertisement.cell,
  position: ({ advertisement: { position } }) =>
    position && `${position.latitude},${position.longitude},${position.altitude}`,
  streams: ({ advertisement: { address, port } }) => `${address ?? ""} ${port ?? ""}`,
  capabilities: ({ capabilityDigest }) => capabilityDigest,
  parenting: ({ advertisement: { canParent, parentPriority } }) => `${canParent} ${parentPriority}`,
  mobility: ({ advertisement }) => advertisement.mobility,
  role: ({ standing }) => standing?.role,
  parent: ({ standing }) => standing?.parentId,
  links: ({ standing }) => standing?.linkedPeers?.join(),
};

const ASPECTS = Object.keys(READINGS) as Aspect[];

/** What the later of two beacons of a node says otherwise than the earlier. */
export function changedAspects(before: Beacon, after: Beacon): Aspect[] {
  return ASPECTS.filter((aspect) => READINGS[aspect](before) !== READINGS[aspect](after));
}
