import type { Capability } from "../capability/capability.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";

/** What a node says about itself to everyone in reach. */
export interface Beacon {
  readonly nodeId: NodeId;
  /** Rises at every start of the node and is on disk before the first beacon that carries it. */
  readonly boot: number;
  /** Rises by one from beacon to beacon of a boot. With `boot` it orders all beacons of a node. */
  readonly sequence: number;
  /** How long this beacon holds good without another. */
  readonly ttlMs: Millis;
  /** A goodbye: the node is stopping and this is its last beacon. */
  readonly leaving: boolean;
  readonly advertisement: Advertisement;
}

/** The part of a beacon that the node's configuration decides. */
export interface Advertisement {
  /** The software's version, so that skew in a formation can be seen. */
  readonly version: string;
  readonly level: number;
  readonly cell?: string;
  readonly position?: Position;
  /** The port for streams, absent for a node that takes none. */
  readonly port?: number;
  /** The first few of the node's capabilities; a datagram has room for no more. */
  readonly capabilities: readonly Capability[];
}

export interface Position {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude?: number;
}

/** Bounds that every decoder of a beacon enforces. A beacon beyond them is refused whole. */
export const BEACON_LIMITS = {
  shortestTtlMs: 500,
  longestTtlMs: 600_000,
  capabilities: 8,
  nameLength: 64,
  level: 255,
} as const;

/** Whether the first of two beacons from one node was made after the second. */
export function isFresher(
  left: Pick<Beacon, "boot" | "sequence">,
  right: Pick<Beacon, "boot" | "sequence">,
): boolean {
  return left.boot > right.boot || (left.boot === right.boot && left.sequence > right.sequence);
}
