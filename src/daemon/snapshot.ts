import type { NodeStatus, NodeView } from "../control/contract.ts";
import type { Advertisement } from "../core/beacon/beacon.ts";
import type { Peer } from "../core/beacon/observer.ts";
import { type Millis, NEVER } from "../core/kernel/time.ts";
import type { Node } from "../core/node.ts";
import type { MulticastCounts } from "../net/multicast.ts";

/** What is known of a node outside its core. */
export interface Surroundings
  extends Pick<NodeStatus, "profile" | "pid" | "beaconPort" | "dataDir" | "socket" | "interfaces"> {
  readonly startedAt: Millis;
  readonly multicast: Readonly<MulticastCounts>;
  readonly malformed: number;
  readonly inputsDropped: number;
  readonly eventReadersDropped: number;
}

/** How a node does, for `peat node status`. */
export function nodeStatus(node: Node, now: Millis, around: Surroundings): NodeStatus {
  const { advertisement, boot } = node.broadcaster;
  const { profile, pid, beaconPort, dataDir, socket, interfaces } = around;
  const wakesNext = nextWake(node, now);
  return {
    nodeId: node.nodeId,
    ...cellOf(advertisement),
    level: advertisement.level,
    state: node.state,
    peers: node.observer.present,
    uptimeMs: Math.round(now - around.startedAt),
    version: advertisement.version,
    profile,
    boot,
    ...(wakesNext === undefined ? {} : { wakesNext }),
    counts: countsOf(node, around),
    pid,
    beaconPort,
    dataDir,
    socket,
    interfaces: interfaces.map(({ name, address }) => ({ name, address })),
  };
}

/** Everyone the node knows, for `peat nodes`: itself, then its peers by name. */
export function nodeViews(node: Node, now: Millis): NodeView[] {
  const peers = [...node.peers()].sort((left, right) => left.nodeId < right.nodeId ? -1 : 1);
  return [selfView(node), ...peers.map((peer) => peerView(node, now, peer))];
}

function selfView(node: Node): NodeView {
  const { advertisement, boot } = node.broadcaster;
  return {
    nodeId: node.nodeId,
    self: true,
    ...advertised(advertisement),
    state: "alive",
    lastSeenMs: 0,
    boot,
  };
}

function peerView(node: Node, now: Millis, peer: Peer): NodeView {
  const rttMs = node.prober.estimate(peer.nodeId)?.smoothedMs;
  return {
    nodeId: peer.nodeId,
    ...advertised(peer.beacon.advertisement),
    state: peer.state,
    ...(rttMs === undefined ? {} : { rttMs: thousandths(rttMs) }),
    lastSeenMs: Math.round(now - peer.lastHeardAt),
    address: peer.address,
    boot: peer.beacon.boot,
  };
}

function advertised(advertisement: Advertisement) {
  const { level, position, version, capabilities } = advertisement;
  return {
    level,
    ...cellOf(advertisement),
    capabilities: capabilities.map((capability) => ({ ...capability })),
    ...(position === undefined ? {} : { position: { ...position } }),
    version,
  };
}

function cellOf({ cell }: Advertisement): { cell?: string } {
  return cell === undefined ? {} : { cell };
}

function countsOf(node: Node, around: Surroundings): NodeStatus["counts"] {
  const { sent, received, sendErrors, oversize, foreign, unroutable } = around.multicast;
  const { replayed, full } = node.observer.counts;
  const probes = node.prober.counts;
  return {
    sent,
    received,
    sendErrors: sendErrors + unroutable,
    rejected: {
      malformed: around.malformed,
      oversize,
      foreign,
      replayed,
      tableFull: full,
      strayPongs: probes.strayPongs,
      pingsOverRate: node.prober.unanswered,
      queueFull: around.inputsDropped,
    },
    probesSent: probes.sent,
    probesTimedOut: probes.timedOut,
    stalls: node.stalls,
    peersRemembered: node.observer.size,
    eventReadersDropped: around.eventReadersDropped,
  };
}

function nextWake(node: Node, now: Millis): NodeStatus["wakesNext"] {
  const at = node.deadline();
  if (at === NEVER) return undefined;
  const machines = { broadcaster: node.broadcaster, observer: node.observer, prober: node.prober };
  const [machine = "node"] = Object.entries(machines).find(([_, its]) => its.deadline() === at) ??
    [];
  return { machine, inMs: Math.max(0, Math.round(at - now)) };
}

function thousandths(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
