import type { Advertisement } from "../beacon/beacon.ts";
import type { Observer } from "../beacon/observer.ts";
import type { Resources } from "../beacon/resources.ts";
import type { Capability } from "../capability/capability.ts";
import type { Placed } from "../discovery/clusters.ts";
import type { Forwarder } from "../discovery/forwarder.ts";
import type { Relay } from "../discovery/relay.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { CellPeer } from "./cell_io.ts";

/** The machines that know of peers. */
interface Knowledge {
  readonly observer: Observer;
  readonly relay: Relay;
  readonly forwarder: Forwarder;
}

/** Everybody who was heard or is known through others, each once. */
export function knownPeers({ observer, relay }: Knowledge): Set<NodeId> {
  const known = new Set<NodeId>();
  for (const { nodeId } of observer.peers()) known.add(nodeId);
  for (const { nodeId } of relay.peers()) known.add(nodeId);
  return known;
}

/** What the node knows of a peer, in the words of its cell. */
export function viewPeer({ observer, relay, forwarder }: Knowledge, nodeId: NodeId): CellPeer {
  const via = forwarder.firstLegTo(nodeId);
  const reach = via === undefined ? {} : { via };
  const relayed = relay.peer(nodeId);
  // Whoever is relayed is not heard, so what was heard of it is older.
  const peer = relayed === undefined
    ? observer.peer(nodeId)
    : { boot: relayed.beacon.boot, beacon: relayed.beacon, state: "alive" as const };
  if (peer === undefined) {
    return {
      nodeId,
      boot: 0,
      isPresent: via !== undefined,
      ...reach,
      profile: { capabilities: [] },
    };
  }
  const { advertisement: { cell, transient, capabilities }, resources } = peer.beacon;
  // A goodbye is a leave: whoever comes back joins anew.
  const belongs = transient !== true && peer.state !== "left";
  return {
    nodeId,
    boot: peer.boot,
    cellId: belongs ? cell ?? null : null,
    isPresent: via !== undefined || peer.state === "alive" || peer.state === "suspect",
    ...reach,
    profile: { capabilities: relied(capabilities), ...powerOf(resources) },
  };
}

/** What a node is not relied on for at all makes it no better at anything. */
export function relied(capabilities: readonly Capability[]): readonly Capability[] {
  return capabilities.filter(({ confidence }) => confidence > 0);
}

/** Where everybody is that is there to stay and says so, the node itself included. */
export function* placesAround(
  nodeId: NodeId,
  { position }: Advertisement,
  observer: Observer,
): Generator<Placed> {
  yield { nodeId, position };
  for (const { nodeId: peer, state, beacon: { advertisement } } of observer.peers()) {
    const isPresent = state === "alive" || state === "suspect";
    if (!isPresent || advertisement.transient === true) continue;
    yield { nodeId: peer, position: advertisement.position };
  }
}

/** A battery's charge from 0 to 1, or 1 on mains; nothing where nothing is known. */
export function powerOf(resources: Resources | undefined): { power?: number } {
  const { onMains, batteryPercent } = resources ?? {};
  if (onMains === true) return { power: 1 };
  return batteryPercent === undefined ? {} : { power: batteryPercent / 100 };
}
