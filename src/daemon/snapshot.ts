import type { NodeStatus, NodeView } from "../control/contract.ts";
import type { Peer } from "../core/beacon/observer.ts";
import type { ForwarderCounts } from "../core/discovery/forwarder.ts";
import { repeatsRefused } from "../core/discovery/repeater.ts";
import { SOURCE_NAMES } from "../core/discovery/source.ts";
import type { NodeId } from "../core/kernel/ids.ts";
import type { RelayedPeer } from "../core/discovery/relay_io.ts";
import { type Millis, NEVER } from "../core/kernel/time.ts";
import type { Node } from "../core/node.ts";
import type { MulticastCounts } from "../net/multicast.ts";
import type { ConnectionStatus } from "../net/transport.ts";
import type { PeerMessageCounts } from "./peer_messages.ts";
import { sumCounts } from "./sum_counts.ts";
import { announcedView, describedView } from "./announced_view.ts";

/** What is known of a node outside its core. */
export interface Surroundings extends
  Pick<
    NodeStatus,
    | "profile"
    | "pid"
    | "beaconPort"
    | "dataDir"
    | "socket"
    | "interfaces"
    | "privileges"
    | "formation"
    | "deviceId"
    | "port"
    | "clock"
  > {
  readonly startedAt: Millis;
  /** The ways of learning of peers that were chosen. */
  readonly ways: readonly string[];
  readonly beaconsRepeated: number;
  /** What became of the name service's messages; absent where it is not asked. */
  readonly mdns: Readonly<Record<string, number>> | undefined;
  readonly multicast: Readonly<MulticastCounts>;
  /** What was refused before it reached the core, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Absent for a node that takes no streams. */
  readonly messages: Readonly<PeerMessageCounts> | undefined;
  readonly inputsDropped: number;
  readonly eventReadersDropped: number;
}

/** How a node does, for `peat node status`. */
export function nodeStatus(node: Node, now: Millis, around: Surroundings): NodeStatus {
  const { announcement, boot } = node.broadcaster;
  const { profile, pid, beaconPort, dataDir, socket, interfaces, privileges } = around;
  const wakesNext = nextWake(node, now);
  return {
    nodeId: node.nodeId,
    ...membershipOf(around),
    ...announcedView(announcement),
    ...leaderOf(node, now),
    state: node.state,
    peers: node.observer.present,
    connections: node.keeper.connected,
    uptimeMs: Math.round(now - around.startedAt),
    version: announcement.advertisement.version,
    profile,
    boot,
    ...(node.emcon ? { emcon: true as const } : {}),
    ...(node.repeater === undefined ? {} : { relay: true as const }),
    discovery: discoveryOf(node, around),
    ...(wakesNext === undefined ? {} : { wakesNext }),
    rejected: rejectedBy(node, around),
    counts: countsOf(node, around),
    pid,
    beaconPort,
    dataDir,
    socket,
    interfaces: interfaces.map(({ name, address }) => ({ name, address })),
    privileges,
  };
}

/** Everyone the node knows, for `peat nodes`: itself, then its peers by name. */
export function nodeViews(
  node: Node,
  now: Millis,
  connections: readonly ConnectionStatus[],
): NodeView[] {
  const connectionOf = new Map(connections.map((connection) => [connection.peer, connection]));
  const relayed = [...node.relay.peers()]
    .map((peer) => relayedView(node, now, peer, connectionOf.get(peer.nodeId)));
  const isOtherwiseKnown = ({ nodeId }: { nodeId: string }) => !node.relay.peer(nodeId);
  const peers = [...node.peers()].filter(isOfInterest).filter(isOtherwiseKnown)
    .map((peer) => peerView(node, now, peer, connectionOf.get(peer.nodeId)));
  const told = [...node.hybrid.nodeIds()]
    .filter((nodeId) => !node.observer.peer(nodeId) && !node.relay.peer(nodeId))
    .map((nodeId) => toldView(node, nodeId, connectionOf.get(nodeId)));
  const byName = (left: NodeView, right: NodeView) => left.nodeId < right.nodeId ? -1 : 1;
  return [selfView(node), ...[...peers, ...relayed, ...told].sort(byName)];
}

/** A peer that this node cannot hear, and knows through another. */
function relayedView(
  node: Node,
  now: Millis,
  { nodeId, via, hops, address, beacon, saidAt }: RelayedPeer,
  connection: ConnectionStatus | undefined,
): NodeView {
  return {
    nodeId,
    ...describedView(beacon, node.abilities.book.entry(nodeId)),
    state: "alive",
    sources: node.hybrid.sources(nodeId),
    via,
    hops,
    lastSeenMs: Math.round(now - saidAt),
    address,
    connected: connection?.state === "connected",
    ...(connection?.state === "connected" ? { connection: trafficOf(connection) } : {}),
    boot: beacon.boot,
  };
}

/** A peer that some source tells of, and whose beacons were not heard. */
function toldView(
  node: Node,
  nodeId: NodeId,
  connection: ConnectionStatus | undefined,
): NodeView {
  const address = node.hybrid.address(nodeId)?.from;
  return {
    nodeId,
    state: "silent",
    sources: node.hybrid.sources(nodeId),
    capabilities: [],
    ...(address === undefined ? {} : { address }),
    connected: connection?.state === "connected",
    ...(connection?.state === "connected" ? { connection: trafficOf(connection) } : {}),
  };
}

function discoveryOf(node: Node, { ways, mdns }: Surroundings): NodeStatus["discovery"] {
  const sources = SOURCE_NAMES.filter((source) => node.hybrid.sizeOf(source) > 0);
  const { refused, addressesDropped } = node.hybrid.counts;
  return {
    ways: [...ways],
    peers: Object.fromEntries(sources.map((source) => [source, node.hybrid.sizeOf(source)])),
    refused: refused + node.contacts.refused + node.meeting.refused + node.sources.refused,
    addressesDropped,
    ...(mdns === undefined ? {} : { mdns: { ...mdns } }),
  };
}

/** A visitor that is gone is no loss to anybody. */
function isOfInterest({ state, beacon }: Peer): boolean {
  return beacon.advertisement.transient !== true || state === "alive" || state === "suspect";
}

function selfView(node: Node): NodeView {
  const { announcement, boot } = node.broadcaster;
  return {
    nodeId: node.nodeId,
    self: true,
    ...describedView(announcement, node.abilities.book.entry(node.nodeId)),
    state: "alive",
    lastSeenMs: 0,
    boot,
  };
}

function peerView(
  node: Node,
  now: Millis,
  peer: Peer,
  connection: ConnectionStatus | undefined,
): NodeView {
  const rttMs = node.prober.estimate(peer.nodeId)?.smoothedMs;
  const sources = node.hybrid.sources(peer.nodeId);
  return {
    nodeId: peer.nodeId,
    ...describedView(peer.beacon, node.abilities.book.entry(peer.nodeId)),
    // What is still told of is not lost.
    state: peer.state === "lost" && sources.length > 0 ? "silent" : peer.state,
    sources,
    ...(rttMs === undefined ? {} : { rttMs: thousandths(rttMs) }),
    lastSeenMs: Math.round(now - peer.lastHeardAt),
    address: peer.address,
    connected: connection?.state === "connected",
    ...(connection?.state === "connected" ? { connection: trafficOf(connection) } : {}),
    boot: peer.boot,
  };
}

function trafficOf({ address, bytesIn, bytesOut }: ConnectionStatus) {
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  return { address, bytesIn: sum(bytesIn), bytesOut: sum(bytesOut) };
}

function membershipOf({ formation, deviceId, port, clock }: Surroundings) {
  return {
    ...(formation === undefined ? {} : { formation }),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(port === undefined ? {} : { port }),
    ...(clock === undefined ? {} : { clock }),
  };
}

/** Everything that came in and changed nothing, by the reason. */
function rejectedBy(node: Node, around: Surroundings): NodeStatus["rejected"] {
  const { oversize, foreign } = around.multicast;
  const { replayed, full, unknown } = node.observer.counts;
  const core = {
    oversize,
    foreign,
    replayed,
    unknownPeer: unknown,
    tableFull: full,
    strayPongs: node.prober.counts.strayPongs,
    pingsOverRate: node.prober.unanswered,
    queueFull: around.inputsDropped,
  };
  return sumCounts(
    { malformed: 0 },
    around.rejected,
    core,
    rejectedInCell(node),
    rejectedAssignments(node),
    rejectedInDocuments(node),
    rejectedOfAbilities(node),
  );
}

/** What came of documents, was proven, and was not taken all the same. */
function rejectedInDocuments({ shared }: Node): Record<string, number> {
  if (shared === undefined) return {};
  const { archive, exchange: { counts: { unasked, overflowed, endless } }, tooEarly } = shared;
  return refusedOver("documents", { ...archive.counts, unasked, overflowed, endless, tooEarly });
}

/** What was said of what nodes can do, and was not taken. */
function rejectedOfAbilities({ abilities: { book, inquirer } }: Node): Record<string, number> {
  const { refused: full, malformed } = book.counts;
  return refusedOver("capabilities", { full, malformed, ...inquirer.counts });
}

/** Only those reasons that there were. */
function refusedOver(what: string, counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).filter(([_, count]) => count > 0)
      .map(([reason, count]) => [`${what}.refused.${reason}`, count]),
  );
}

/** What was said about the cell and its leader, and had no effect here. */
function rejectedInCell({ affiliation: { cell, elsewhere } }: Node): Record<string, number> {
  if (cell === undefined) return elsewhere === 0 ? {} : { "cell.elsewhere": elsewhere };
  const { strangers, forged, stale, refused, replayed, leaps, rivals, doubleVotes, stray } =
    cell.election.counts;
  const counts = { strangers, forged, stale, refused, replayed, leaps, rivals, doubleVotes, stray };
  const named = Object.entries(counts).map(([reason, count]) => [`election.${reason}`, count]);
  return {
    ...Object.fromEntries(named),
    "cell.foreign": cell.foreign,
    "cell.elsewhere": elsewhere,
    "cell.full": cell.roster.refused,
    ...Object.fromEntries(
      Object.entries(cell.election.bounds).map(([name, count]) => [`election.${name}`, count]),
    ),
    "cell.removalsForgottenEarly": cell.roster.hurried,
    "cell.removalsLost": cell.roster.lost,
  };
}

/** What operators said of who is in which cell, and what is no news or nothing of this node's. */
function rejectedAssignments({ assignments: { refused } }: Node): Record<string, number> {
  const counted = Object.entries(refused).filter(([_, count]) => count > 0);
  return Object.fromEntries(counted.map(([reason, count]) => [`assignment.${reason}`, count]));
}

function leaderOf({ affiliation: { cell } }: Node, now: Millis) {
  const leaderId = cell?.election.leader?.nodeId;
  const authority = cell?.election.authority(now);
  return {
    ...(leaderId === undefined ? {} : { leaderId }),
    ...(authority === undefined ? {} : { authority }),
  };
}

function countsOf(node: Node, around: Surroundings): NodeStatus["counts"] {
  const { sent, received, sendErrors, unroutable } = around.multicast;
  const probes = node.prober.counts;
  return {
    sent,
    received,
    sendErrors: sendErrors + unroutable,
    probesSent: probes.sent,
    probesTimedOut: probes.timedOut,
    messagesSent: around.messages?.sent ?? 0,
    messagesReceived: around.messages?.received ?? 0,
    messagesDropped: around.messages?.dropped ?? 0,
    messagesUnknown: around.messages?.unknown ?? 0,
    messagesForwarded: node.forwarder.counts.forwarded,
    forwardsRefused: refusedOf(node.forwarder.counts),
    documents: node.shared?.archive.size ?? 0,
    documentSavesFailed: node.shared?.saveFailures ?? 0,
    documentsAskedAgain: node.shared?.exchange.counts.unanswered ?? 0,
    stalls: node.stalls,
    peersRemembered: node.observer.size,
    peersRelayed: node.relay.size,
    beaconsRepeated: around.beaconsRepeated,
    repeatsRefused: node.repeater === undefined ? 0 : repeatsRefused(node.repeater.counts),
    introductionsRefused: node.relay.counts.full + node.relay.counts.overRate,
    eventReadersDropped: around.eventReadersDropped,
  };
}

function refusedOf({ tooFar, unreachable, own, closed, overRate }: ForwarderCounts): number {
  return tooFar + unreachable + own + closed + overRate;
}

function nextWake(node: Node, now: Millis): NodeStatus["wakesNext"] {
  const at = node.deadline();
  if (at === NEVER) return undefined;
  const { broadcaster, observer, confirmer, prober, keeper, relay, spreader } = node;
  const { affiliation: cell, assignments, repeater = { deadline: () => NEVER } } = node;
  const machines = {
    ...{ broadcaster, observer, confirmer, prober, keeper, relay, spreader, cell },
    ...{ assignments, repeater },
    documents: node.shared ?? { deadline: () => NEVER },
  };
  const [machine = "node"] = Object.entries(machines).find(([_, its]) => its.deadline() === at) ??
    [];
  return { machine, inMs: Math.max(0, Math.round(at - now)) };
}

function thousandths(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
