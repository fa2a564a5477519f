import * as v from "valibot";
import { CAPABILITY_TYPES } from "../core/capability/capability.ts";

/**
 * What a running node answers on its control socket: HTTP/1.1 with JSON. The version in the path
 * changes when an answer changes in a way that a client of before would misread.
 */
export const PATHS = {
  status: "/v1/status",
  nodes: "/v1/nodes",
  stop: "/v1/stop",
  events: "/v1/events",
} as const;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const durationMs = v.number();

const capability = v.object({
  type: v.picklist(CAPABILITY_TYPES),
  name: v.string(),
  confidence: v.number(),
  metadata: v.exactOptional(v.record(v.string(), v.string())),
});

const position = v.object({
  latitude: v.number(),
  longitude: v.number(),
  altitude: v.exactOptional(v.number()),
});

const permission = v.picklist(["granted", "denied"]);

/** What a node's process may do; where it may write, `/` is anywhere. */
export const Privileges = v.object({
  run: permission,
  ffi: permission,
  write: v.array(v.string()),
});
export type Privileges = v.InferOutput<typeof Privileges>;

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
  cell: v.exactOptional(v.string()),
  level: count,
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
    stalls: count,
    peersRemembered: count,
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
  level: v.exactOptional(count),
  cell: v.exactOptional(v.string()),
  state: v.picklist(["alive", "suspect", "silent", "lost", "left"]),
  /** The smoothed round trip, absent until the first answer. */
  rttMs: v.exactOptional(durationMs),
  lastSeenMs: v.exactOptional(durationMs),
  /** Who knows of the peer: what heard it, then what tells of it. Absent for the node itself. */
  sources: v.exactOptional(v.array(v.string())),
  capabilities: v.array(capability),
  position: v.exactOptional(position),
  address: v.exactOptional(v.string()),
  /** Whether there is a connection with the peer; absent for the node itself. */
  connected: v.exactOptional(v.boolean()),
  connection: v.exactOptional(
    v.object({ address: v.string(), bytesIn: count, bytesOut: count }),
  ),
  version: v.exactOptional(v.string()),
  boot: v.exactOptional(count),
});
export type NodeView = v.InferOutput<typeof NodeView>;

export const NodeViews = v.array(NodeView);

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
