import { type Beacon, BEACON_LIMITS, type Position, type Pulse } from "../core/beacon/beacon.ts";
import { type Capability, CAPABILITY_TYPES } from "../core/capability/capability.ts";
import type {
  Beacon as BeaconOnWire,
  Capability as CapabilityOnWire,
  Position as PositionOnWire,
  Pulse as PulseOnWire,
} from "./generated/peat/datagram.js";
import type { Draft } from "./message_type.ts";
import { readCount, readLabel, readNodeId, readNumber } from "./values.ts";
import { WireError } from "./wire_error.ts";

const HIGHEST_PORT = 65_535;

/** How the core's beacon looks on the wire. */
export function draftBeacon(beacon: Beacon): Draft<BeaconOnWire> {
  const { version, level, cell, position, port, transient, capabilities } = beacon.advertisement;
  return {
    nodeId: beacon.nodeId,
    boot: BigInt(beacon.boot),
    sequence: BigInt(beacon.sequence),
    ttlMs: beacon.ttlMs,
    pulseMs: beacon.pulseMs,
    leaving: beacon.leaving,
    version,
    level,
    cell,
    position,
    port,
    transient: transient === true,
    capabilities: capabilities.slice(0, BEACON_LIMITS.capabilities).map(draftCapability),
  };
}

/**
 * The same beacon with less and less in it: first without the last capability's metadata, then
 * without the last two's, and so on; then without the last capability, and so on until none is
 * left. What stays is always what the node's configuration named first.
 */
export function* slimmerBeacons(beacon: Beacon): Generator<Beacon> {
  const capabilities = beacon.advertisement.capabilities.slice(0, BEACON_LIMITS.capabilities);
  for (let index = capabilities.length - 1; index >= 0; index--) {
    const { type, name, confidence, metadata } = capabilities[index]!;
    if (metadata === undefined) continue;
    capabilities[index] = { type, name, confidence };
    yield withCapabilities(beacon, capabilities);
  }
  while (capabilities.pop() !== undefined) yield withCapabilities(beacon, capabilities);
}

/** Turns a beacon from the wire into the core's, or refuses it with a `WireError`. */
export function readBeacon(beacon: BeaconOnWire): Beacon {
  const { shortestTtlMs, longestTtlMs, level: highestLevel } = BEACON_LIMITS;
  if (beacon.capabilities.length > BEACON_LIMITS.capabilities) {
    throw new WireError(
      "tooMany",
      `Cannot decode beacon: it has ${beacon.capabilities.length} capabilities, the limit is ` +
        BEACON_LIMITS.capabilities,
    );
  }
  return {
    nodeId: readNodeId(beacon.nodeId),
    boot: readCount("boot", beacon.boot),
    sequence: readCount("sequence", beacon.sequence),
    ttlMs: readNumber("time to live", beacon.ttlMs, shortestTtlMs, longestTtlMs),
    ...(beacon.pulseMs === null ? {} : { pulseMs: readPulseMs(beacon.pulseMs) }),
    leaving: beacon.leaving,
    advertisement: {
      version: beacon.version === "" ? "" : readLabel("version", beacon.version),
      level: readNumber("level", beacon.level, 0, highestLevel),
      ...(beacon.cell === null ? {} : { cell: readLabel("cell", beacon.cell) }),
      ...(beacon.position === null ? {} : { position: readPosition(beacon.position) }),
      ...(beacon.port === null ? {} : { port: readNumber("port", beacon.port, 1, HIGHEST_PORT) }),
      ...(beacon.transient ? { transient: true } : {}),
      capabilities: beacon.capabilities.filter(isKnown).map(readCapability),
    },
  };
}

export function draftPulse({ nodeId, boot, sequence, pulseMs }: Pulse): Draft<PulseOnWire> {
  return { nodeId, boot: BigInt(boot), sequence: BigInt(sequence), pulseMs };
}

export function readPulse({ nodeId, boot, sequence, pulseMs }: PulseOnWire): Pulse {
  return {
    nodeId: readNodeId(nodeId),
    boot: readCount("boot", boot),
    sequence: readCount("sequence", sequence),
    pulseMs: readPulseMs(pulseMs),
  };
}

function readPulseMs(pulseMs: number): number {
  return readNumber("pulse", pulseMs, BEACON_LIMITS.shortestPulseMs, BEACON_LIMITS.longestTtlMs);
}

function withCapabilities(beacon: Beacon, capabilities: readonly Capability[]): Beacon {
  return { ...beacon, advertisement: { ...beacon.advertisement, capabilities } };
}

function draftCapability(capability: Capability): Draft<CapabilityOnWire> {
  const { type, name, confidence, metadata } = capability;
  return { type: CAPABILITY_TYPES.indexOf(type) + 1, name, confidence, metadata };
}

/** A newer node may have kinds of capability that are unknown here. The others are still true. */
function isKnown(capability: CapabilityOnWire): boolean {
  return capability.type <= CAPABILITY_TYPES.length;
}

function readCapability(capability: CapabilityOnWire): Capability {
  const type = CAPABILITY_TYPES[capability.type - 1];
  if (type === undefined) {
    throw new WireError("badValue", `Cannot decode capability: its type is ${capability.type}`);
  }
  const name = readLabel("capability", capability.name);
  const confidence = readNumber("confidence", capability.confidence, 0, 1);
  const entries = Object.entries(capability.metadata);
  if (entries.length === 0) return { type, name, confidence };
  for (const [key, value] of entries) {
    readLabel("metadata key", key);
    if (value !== "") readLabel("metadata value", value);
  }
  return { type, name, confidence, metadata: Object.fromEntries(entries) };
}

function readPosition({ latitude, longitude, altitude }: PositionOnWire): Position {
  return {
    latitude: readNumber("latitude", latitude, -90, 90),
    longitude: readNumber("longitude", longitude, -180, 180),
    ...(altitude === null
      ? {}
      : { altitude: readNumber("altitude", altitude, -Number.MAX_VALUE, Number.MAX_VALUE) }),
  };
}
