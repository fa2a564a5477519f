import * as v from "valibot";
import { MOBILITIES, ROLES } from "../core/beacon/beacon.ts";
import { CAPABILITY_TYPES } from "../core/capability/capability.ts";
import { AUTHORITIES } from "./election_contract.ts";

/**
 * What a running node answers on its control socket: HTTP/1.1 with JSON. The version in the path
 * changes when an answer changes in a way that a client of before would misread.
 */
export const PATHS = {
  status: "/v1/status",
  nodes: "/v1/nodes",
  /** With `latitude`, `longitude` and, if known, `altitude` as its query. */
  move: "/v1/move",
  /** With `batteryPercent`, or with `onMains=1`, as its query. */
  power: "/v1/power",
  stop: "/v1/stop",
  events: "/v1/events",
} as const;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const durationMs = v.number();

const capability = v.object({
  type: v.picklist(CAPABILITY_TYPES),
  name: v.string(),
  confidence: v.number(),
  metadata: v.exactOptional(
    v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
  ),
});

export const PositionView = v.object({
  latitude: v.pipe(v.number(), v.minValue(-90), v.maxValue(90)),
  longitude: v.pipe(v.number(), v.minValue(-180), v.maxValue(180)),
  altitude: v.exactOptional(v.pipe(v.number(), v.finite())),
});

const permission = v.picklist(["granted", "denied"]);

/** What a node's process may do; where it may write, `/` is anywhere. */
export const Privileges = v.object({
  run: permission,
  ffi: permission,
  write: v.array(v.string()),
});
export type Privileges = v.InferOutput<typeof Privileges>;

const resources = v.object({
  cpuCores: v.exactOptional(count),
  memoryMb: v.exactOptional(count),
  cpuUsagePercent: v.exactOptional(count),
  memoryUsagePercent: v.exactOptional(count),
  batteryPercent: v.exactOptional(count),
  onMains: v.exactOptional(v.literal(true)),
  bandwidthMbps: v.exactOptional(count),
});

/** What a node says about itself in its beacons, whether it is this node or a peer. */
const announced = {
  level: count,
  cell: v.exactOptional(v.string()),
  role: v.exactOptional(v.picklist(ROLES)),
  /** The term of the cell's leader, or its own. */
  term: v.exactOptional(count),
  parentId: v.exactOptional(v.string()),
  linkedPeers: v.exactOptional(v.array(v.string())),
  position: v.exactOptional(PositionView),
  /** Worked out from the position, never taken from anybody. */
  geohash: v.exactOptional(v.string()),
  mobility: v.exactOptional(v.picklist(MOBILITIES)),
  canParent: v.exactOptional(v.literal(true)),
  parentPriority: v.exactOptional(count),
  resources: v.exactOptional(resources),
};

export const NodeStatus = v.object({
  nodeId: v.string(),
  /** What the node is a member of, and what it proves that with. Absent without a formation. */
  formation: v.exactOptional(v.string()),
  deviceId: v.exactOptional(v.string()),
  /** What the formation's time is taken to be, and what for. */
  clock: v.exactOptional(v.object({
    /** How far it is ahead of the node's own clock. */
    offsetMs: v.number(),
    /** This node's clock alone, the middle one of several members', or what the authority signed. */
    basis: v.picklist(["own", "members", "proven"]),
    /** How many other members' clocks were asked. */
    reporters: count,
    /** How many of those, and of the node's own, are off by more than a minute. */
    wrong: count,
  })),
  /** Where it takes streams. */
  port: v.exactOptional(count),
  ...announced,
  /** Who leads the cell, and by what right; absent while nobody does. */
  leaderId: v.exactOptional(v.string()),
  authority: v.exactOptional(v.picklist(AUTHORITIES)),
  state: v.picklist(["starting", "running", "stopping", "stopped"]),
  /** How many peers are present. */
  peers: count,
  connections: count,
  uptimeMs: durationMs,
  version: v.string(),
  profile: v.string(),
  boot: count,
  /** The node sends nothing and only listens. */
  emcon: v.exactOptional(v.literal(true)),
  /** The node says the beacons of one link again on its others. */
  relay: v.exactOptional(v.literal(true)),
  discovery: v.object({
    /** The ways of learning of peers that were chosen, */
    ways: v.array(v.string()),
    /** and of how many peers each source knows. */
    peers: v.record(v.string(), count),
    refused: count,
    addressesDropped: count,
    mdns: v.exactOptional(v.record(v.string(), count)),
  }),
  /** Why the node wakes next, and when. */
  wakesNext: v.exactOptional(v.object({ machine: v.string(), inMs: durationMs })),
  /** What came in and changed nothing, by the reason. */
  rejected: v.record(v.string(), count),
  counts: v.object({
    sent: count,
    received: count,
    sendErrors: count,
    probesSent: count,
    probesTimedOut: count,
    /** Between connected peers. What found its queue full was dropped. */
    messagesSent: count,
    messagesReceived: count,
    messagesDropped: count,
    messagesUnknown: count,
    /** Of others, for peers that those cannot reach, and those that could not be handed on. */
    messagesForwarded: count,
    forwardsRefused: count,
    /** That are shared, deletions that are still remembered among them. */
    documents: count,
    documentSavesFailed: count,
    /** Questions for documents that were lost, or whose answers took too long. */
    documentsAskedAgain: count,
    stalls: count,
    peersRemembered: count,
    /** Known through others, and those for whom there was no room. */
    peersRelayed: count,
    introductionsRefused: count,
    /** Beacons of one link that were said again on others, and those that were not, by a bound. */
    beaconsRepeated: count,
    repeatsRefused: count,
    eventReadersDropped: count,
  }),
  pid: count,
  beaconPort: count,
  dataDir: v.string(),
  socket: v.string(),
  interfaces: v.array(v.object({ name: v.string(), address: v.string() })),
  privileges: Privileges,
});
export type NodeStatus = v.InferOutput<typeof NodeStatus>;

export const NodeView = v.object({
  nodeId: v.string(),
  /** True for the node that answers, absent for its peers. */
  self: v.exactOptional(v.literal(true)),
  /** True for a node that came for one command and soon leaves. */
  transient: v.exactOptional(v.literal(true)),
  /** This, and all else that beacons say, is absent for a peer whose beacons were not heard. */
  ...announced,
  level: v.exactOptional(count),
  state: v.picklist(["alive", "suspect", "silent", "lost", "left"]),
  /** The smoothed round trip, absent until the first answer. */
  rttMs: v.exactOptional(durationMs),
  lastSeenMs: v.exactOptional(durationMs),
  /** Who knows of the peer: what heard it, then what tells of it. Absent for the node itself. */
  sources: v.exactOptional(v.array(v.string())),
  /** Who speaks for a peer that is not heard directly, and how many nodes stand in between. */
  via: v.exactOptional(v.string()),
  hops: v.exactOptional(count),
  capabilities: v.array(capability),
  /** True when the node can do more than its beacon has room for, and it is not known here what. */
  moreCapabilities: v.exactOptional(v.literal(true)),
  /** How many peers are present at that node. */
  peers: v.exactOptional(count),
  /** Where it takes streams, when that is not where its beacons come from. */
  streamAddress: v.exactOptional(v.string()),
  address: v.exactOptional(v.string()),
  /** Whether there is a connection with the peer; absent for the node itself. */
  connected: v.exactOptional(v.boolean()),
  /**
   * The bytes of the messages' streams with their headers, without requests, the handshake and what
   * QUIC and UDP add.
   */
  connection: v.exactOptional(
    v.object({ address: v.string(), bytesIn: count, bytesOut: count }),
  ),
  version: v.exactOptional(v.string()),
  boot: v.exactOptional(count),
});
export type NodeView = v.InferOutput<typeof NodeView>;

export const NodeViews = v.array(NodeView);

export const MoveAnswer = v.object({
  nodeId: v.string(),
  position: PositionView,
  geohash: v.string(),
});
export type MoveAnswer = v.InferOutput<typeof MoveAnswer>;

/** What feeds a node: a battery with so much left, or something that does not run out. */
export const PowerView = v.union([
  v.strictObject({ batteryPercent: v.pipe(count, v.maxValue(100)) }),
  v.strictObject({ onMains: v.literal(true) }),
]);
export type PowerView = v.InferOutput<typeof PowerView>;

export const PowerAnswer = v.object({
  nodeId: v.string(),
  batteryPercent: v.exactOptional(count),
  onMains: v.exactOptional(v.literal(true)),
});
export type PowerAnswer = v.InferOutput<typeof PowerAnswer>;

export const StopAnswer = v.object({ nodeId: v.string(), pid: count, dataDir: v.string() });
export type StopAnswer = v.InferOutput<typeof StopAnswer>;

/** One line of the stream of events. Kinds that a client does not know pass through it unchanged. */
export const EventLine = v.looseObject({ type: v.string(), ts: v.string() });
export type EventLine = v.InferOutput<typeof EventLine>;

/** What a running node tells about itself on the disk, for those who look for its socket. */
export const RunFile = v.object({
  pid: count,
  nodeId: v.string(),
  socket: v.string(),
  dataDir: v.string(),
  startedAt: v.string(),
});
export type RunFile = v.InferOutput<typeof RunFile>;
