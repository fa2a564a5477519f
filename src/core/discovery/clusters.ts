import type { Position } from "../beacon/beacon.ts";
import { encodeGeohash, GEOHASH_PRECISION } from "../beacon/geohash.ts";
import type { NodeId } from "../kernel/ids.ts";

/** Of a node, what decides which cluster it is in. */
export interface Placed {
  readonly nodeId: NodeId;
  readonly position?: Position | undefined;
}

/** Nodes that are in one cell of the world's grid. */
export interface Cluster {
  readonly geohash: string;
  /** In the order of their ids: the first is who begins, wherever one has to. */
  readonly members: readonly NodeId[];
}

export interface ClusterRule {
  /** How many characters of their geohash the members share. */
  readonly precision?: number;
  /** Fewer distinct nodes are no cluster. */
  readonly leastSize?: number;
}

const LEAST_SIZE = 2;

/**
 * The largest cluster first, and by geohash among equals. A node counts once, however often and by
 * whomever it is named, so that nobody makes a cluster alone by talking much.
 */
export function clustersOf(
  nodes: Iterable<Placed>,
  { precision = GEOHASH_PRECISION, leastSize = LEAST_SIZE }: ClusterRule = {},
): Cluster[] {
  const places = new Map<NodeId, string>();
  for (const { nodeId, position } of nodes) {
    if (position !== undefined) places.set(nodeId, encodeGeohash(position, precision));
  }
  const clusters = new Map<string, NodeId[]>();
  for (const [nodeId, geohash] of places) {
    const members = clusters.get(geohash) ?? [];
    members.push(nodeId);
    clusters.set(geohash, members);
  }
  return [...clusters]
    .filter(([, members]) => members.length >= leastSize)
    .map(([geohash, members]) => ({ geohash, members: members.sort() }))
    .sort((one, other) =>
      other.members.length - one.members.length || (one.geohash < other.geohash ? -1 : 1)
    );
}
