import type { Capability } from "../capability/capability.ts";
import type { CellBeat } from "../cell/beat.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import type { Resources } from "./resources.ts";

/** What a node says about itself to everyone in reach. */
export interface Beacon {
  readonly nodeId: NodeId;
  /** Rises at every start of the node and is on disk before the first beacon that carries it. */
  readonly boot: number;
  /** Rises by one from beacon to beacon of a boot. With `boot` it orders all beacons of a node. */
  readonly sequence: number;
  /** How long this beacon holds good without another. */
  readonly ttlMs: Millis;
  /** How often the node gives a sign of life; absent when only beacons tell that it lives. */
  readonly pulseMs?: Millis;
  /** A goodbye: the node is stopping and this is its last beacon. */
  readonly leaving: boolean;
  /** The node hears some peer by IPv6 alone, or not any more, so that pulses must come by both. */
  readonly wantsBothFamilies?: true;
  readonly advertisement: Advertisement;
  /** Over all the node's capabilities: whoever got fewer than all computes another one. */
  readonly capabilityDigest?: string;
  /** How many peers are present at the node. */
  readonly peers?: number;
  /** Over the names of all that the node knows, itself included. Who knows the same has the same. */
  readonly knownDigest?: number;
  readonly standing?: Standing;
  readonly resources?: Resources;
  /** What this word means to the sender's cell besides. */
  readonly beat?: CellBeat;
}

/** What a node is to others at this time. Elections and topology decide it. */
export interface Standing {
  readonly role?: Role;
  /** The term of the leader that it follows, or is. */
  readonly term?: number;
  readonly parentId?: NodeId;
  /** The first few of the peers that the node is linked with. */
  readonly linkedPeers?: readonly NodeId[];
}

export const ROLES = ["standalone", "member", "leader"] as const;
export type Role = (typeof ROLES)[number];

export const MOBILITIES = ["static", "semi-mobile", "mobile"] as const;
export type Mobility = (typeof MOBILITIES)[number];

/** A sign of life between two beacons, as short as it can be. */
export interface Pulse {
  readonly nodeId: NodeId;
  /** Beacons and pulses share their numbers, so that either makes an earlier one old. */
  readonly boot: number;
  readonly sequence: number;
  readonly pulseMs: Millis;
  readonly beat?: CellBeat;
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
  /** It came for one command and soon leaves: no member, no candidate, nobody to count on. */
  readonly transient?: true;
  /** The IP address for streams, where it is not the one that the node's datagrams come from. */
  readonly address?: string;
  readonly mobility?: Mobility;
  /** The node takes others below it. */
  readonly canParent?: true;
  /** Among those that can, the higher the sooner. */
  readonly parentPriority?: number;
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
  shortestPulseMs: 50,
  capabilities: 8,
  nameLength: 64,
  level: 255,
  parentPriority: 255,
  linkedPeers: 8,
  peers: 1_000_000,
} as const;

/** What orders all that a node says. */
export type Numbers = Pick<Beacon, "boot" | "sequence">;

/** Whether the first of two messages from one node was made after the second. */
export function isFresher(left: Numbers, right: Numbers): boolean {
  return left.boot > right.boot || (left.boot === right.boot && left.sequence > right.sequence);
}
