import type { Position } from "./beacon.ts";
import { distanceMeters } from "./distance.ts";
import { encodeGeohash, geohashNeighbours } from "./geohash.ts";

interface Placed {
  readonly nodeId: string;
  readonly position?: Position | undefined;
}

export interface Nearby<Node extends Placed> {
  readonly node: Node;
  readonly distanceMeters: number;
}

/** Whoever says where it is, with how far that is: the nearest first, and by id among equals. */
export function byDistance<Node extends Placed>(
  nodes: Iterable<Node>,
  from: Position,
): Nearby<Node>[] {
  const nearby: Nearby<Node>[] = [];
  for (const node of nodes) {
    if (node.position === undefined) continue;
    nearby.push({ node, distanceMeters: distanceMeters(from, node.position) });
  }
  return nearby.sort((one, other) =>
    one.distanceMeters - other.distanceMeters || (one.node.nodeId < other.node.nodeId ? -1 : 1)
  );
}

/** Whoever is in this cell or in one of the eight around it, however exactly it says where. */
export function inNeighbourhood<Node extends Placed>(
  nodes: Iterable<Node>,
  geohash: string,
): Node[] {
  const cells = new Set([geohash, ...geohashNeighbours(geohash)]);
  return [...nodes].filter(({ position }) =>
    position !== undefined && cells.has(encodeGeohash(position, geohash.length))
  );
}
