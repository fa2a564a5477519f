import type { Advertisement } from "../beacon/beacon.ts";
import type { Address, NodeId } from "../kernel/ids.ts";

/**
 * The ways of learning of peers, those first whose addresses are believed first. What was heard
 * comes before what was only told, and what an operator wrote before what a stranger may have said.
 */
export const SOURCE_NAMES = [
  /** Beacons that came through the group. */
  "multicast",
  /** Beacons that were sent to this node alone. */
  "direct",
  /** A connection, which proves who is at its other end. */
  "connection",
  /** Peers in whose name another peer speaks. */
  "relay",
  /** An operator's order to contact a peer. */
  "directed",
  /** What the operator wrote down. */
  "static",
  /** Where the node met the peer before it started again. */
  "remembered",
  /** What the local network's name service says. Nobody vouches for it. */
  "mdns",
  /** Peers that are near. */
  "geographic",
  /** Peers that can do what this node looks for. */
  "capability",
] as const;

export type SourceName = (typeof SOURCE_NAMES)[number];

/**
 * Whether a source brings the peer's own word, proven to be its own. The others only tell of a peer:
 * good for an address to try, and no sign that the peer lives.
 */
export const HEARS: Record<SourceName, boolean> = {
  multicast: true,
  direct: true,
  connection: true,
  relay: true,
  directed: false,
  static: false,
  remembered: false,
  mdns: false,
  geographic: false,
  capability: false,
};

/** Where a peer can be reached: at which address it hears datagrams, and at which port streams. */
export interface PeerAddress {
  readonly from: Address;
  /** Absent for a peer that takes no streams, or of which that is not known. */
  readonly port?: number | undefined;
  /** The IP address for streams, where it is another than that for datagrams. */
  readonly host?: string | undefined;
}

/** Where a peer that was heard from there says that it can be reached. */
export function saidAddress(
  from: Address,
  { port, address: host }: Pick<Advertisement, "port" | "address">,
): PeerAddress {
  return host === undefined ? { from, port } : { from, port, host };
}

/** An address of the host that takes the peer's streams; its port is none of theirs. */
export function streamsFrom({ from, port, host }: PeerAddress): Address {
  if (host === undefined) return from;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export function isSameAddress(left: PeerAddress | undefined, right: PeerAddress): boolean {
  return left?.from === right.from && left.port === right.port && left.host === right.host;
}

/**
 * What a source says, whichever it is. `seen` says again, in full, what holds from now on; what a
 * source did not say again stays until it says `lost`.
 */
export type SourceEvent =
  | { readonly kind: "seen"; readonly nodeId: NodeId; readonly addresses: readonly PeerAddress[] }
  | { readonly kind: "lost"; readonly nodeId: NodeId }
  /** The source ended, and vouches for nobody any more. */
  | { readonly kind: "ended" };
