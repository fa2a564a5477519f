import {
  type Advertisement,
  type Beacon,
  BEACON_LIMITS,
  MOBILITIES,
  type Position,
  type Pulse,
  ROLES,
  type Standing,
} from "../core/beacon/beacon.ts";
import {
  type Capability,
  CAPABILITY_LIMITS,
  CAPABILITY_TYPES,
} from "../core/capability/capability.ts";
import { metadataText, readMetadataValue } from "../core/capability/metadata.ts";
import type {
  Beacon as BeaconOnWire,
  Capability as CapabilityOnWire,
  Position as PositionOnWire,
  Pulse as PulseOnWire,
} from "./generated/peat/datagram.js";
import type { Draft } from "./message_type.ts";
import { draftBeat, readBeatOf } from "./beat.ts";
import { draftResources, readResources } from "./resources.ts";
import { readAddress, readCount, readLabel, readNodeId, readNumber } from "./values.ts";
import { WireError } from "./wire_error.ts";

const HIGHEST_PORT = 65_535;
const DIGEST_BYTES = 8;

/** How the core's beacon looks on the wire. */
export function draftBeacon(beacon: Beacon): Draft<BeaconOnWire> {
  const { version, level, cell, position, port, address, capabilities } = beacon.advertisement;
  const { mobility, canParent, parentPriority, transient } = beacon.advertisement;
  const { role, term, parentId, linkedPeers = [] } = beacon.standing ?? {};
  const { capabilityDigest, resources, peers } = beacon;
  return {
    nodeId: beacon.nodeId,
    boot: BigInt(beacon.boot),
    sequence: BigInt(beacon.sequence),
    ttlMs: beacon.ttlMs,
    pulseMs: beacon.pulseMs,
    leaving: beacon.leaving,
    wantsBothFamilies: beacon.wantsBothFamilies === true,
    version,
    level,
    cell,
    position,
    port,
    address,
    transient,
    capabilities: capabilities.slice(0, BEACON_LIMITS.capabilities).map(draftCapability),
    capabilityDigest: capabilityDigest === undefined
      ? undefined
      : Uint8Array.fromHex(capabilityDigest),
    parentId,
    role: role === undefined ? undefined : ROLES.indexOf(role) + 1,
    term: term === undefined ? undefined : BigInt(term),
    peers,
    knownDigest: beacon.knownDigest,
    linkedPeers: linkedPeers.slice(0, BEACON_LIMITS.linkedPeers),
    resources: resources && draftResources(resources),
    mobility: mobility === undefined ? undefined : MOBILITIES.indexOf(mobility) + 1,
    canParent,
    parentPriority,
    beat: beacon.beat && draftBeat(beacon.beat),
  };
}

/**
 * The same beacon with less and less in it: first without the last of the linked peers, and so on
 * until none is left; then without the last capability's metadata, then without the last two's, and
 * so on; then without the last capability, and so on until none is left. What stays is always what
 * was named first, and the number of peers and the digest of the capabilities tell what is missing.
 */
export function* slimmerBeacons(full: Beacon): Generator<Beacon> {
  let beacon = full;
  const { linkedPeers = [], ...standing } = full.standing ?? {};
  const linked = linkedPeers.slice(0, BEACON_LIMITS.linkedPeers);
  while (linked.pop() !== undefined) {
    beacon = { ...full, standing: { ...standing, linkedPeers: [...linked] } };
    yield beacon;
  }
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
  const { shortestTtlMs, longestTtlMs } = BEACON_LIMITS;
  if (beacon.capabilities.length > BEACON_LIMITS.capabilities) {
    throw new WireError(
      "tooMany",
      `Cannot decode beacon: it has ${beacon.capabilities.length} capabilities, the limit is ` +
        BEACON_LIMITS.capabilities,
    );
  }
  const standing = readStanding(beacon);
  return {
    nodeId: readNodeId(beacon.nodeId),
    boot: readCount("boot", beacon.boot),
    sequence: readCount("sequence", beacon.sequence),
    ttlMs: readNumber("time to live", beacon.ttlMs, shortestTtlMs, longestTtlMs),
    ...(beacon.pulseMs === null ? {} : { pulseMs: readPulseMs(beacon.pulseMs) }),
    leaving: beacon.leaving,
    ...(beacon.wantsBothFamilies ? { wantsBothFamilies: true } : {}),
    advertisement: readAdvertisement(beacon),
    ...readDigest(beacon.capabilityDigest),
    ...(beacon.peers === 0
      ? {}
      : { peers: readNumber("number of peers", beacon.peers, 1, BEACON_LIMITS.peers) }),
    ...(beacon.knownDigest === null ? {} : { knownDigest: beacon.knownDigest }),
    ...(standing === undefined ? {} : { standing }),
    ...(beacon.resources === null ? {} : { resources: readResources(beacon.resources) }),
    ...readBeatOf(beacon),
  };
}

function readAdvertisement(beacon: BeaconOnWire): Advertisement {
  const { level: highestLevel, parentPriority: highestPriority } = BEACON_LIMITS;
  const { version, cell, position, port, address, capabilities, parentPriority } = beacon;
  const mobility = MOBILITIES[beacon.mobility - 1];
  return {
    version: version === "" ? "" : readLabel("version", version),
    level: readNumber("level", beacon.level, 0, highestLevel),
    ...(cell === null ? {} : { cell: readLabel("cell", cell) }),
    ...(position === null ? {} : { position: readPosition(position) }),
    ...(port === null ? {} : { port: readNumber("port", port, 1, HIGHEST_PORT) }),
    ...(address === null ? {} : { address: readAddress("address", address) }),
    ...(beacon.transient ? { transient: true } : {}),
    ...(mobility === undefined ? {} : { mobility }),
    ...(beacon.canParent ? { canParent: true } : {}),
    ...(parentPriority === 0
      ? {}
      : { parentPriority: readNumber("parent priority", parentPriority, 1, highestPriority) }),
    capabilities: capabilities.filter(isKnown).map(readCapability),
  };
}

/** Undefined of a node that nobody elected and nobody linked with. */
function readStanding({ role, term, parentId, linkedPeers }: BeaconOnWire): Standing | undefined {
  const { linkedPeers: most } = BEACON_LIMITS;
  if (linkedPeers.length > most) {
    throw new WireError(
      "tooMany",
      `Cannot decode beacon: it has ${linkedPeers.length} linked peers, the limit is ${most}`,
    );
  }
  const known = ROLES[role - 1]; // A newer node may have roles that are unknown here.
  const isSilent = parentId === null && term === null && linkedPeers.length === 0;
  if (known === undefined && isSilent) return undefined;
  return {
    ...(known === undefined ? {} : { role: known }),
    ...(term === null ? {} : { term: readCount("term", term) }),
    ...(parentId === null ? {} : { parentId: readNodeId(parentId) }),
    ...(linkedPeers.length === 0 ? {} : { linkedPeers: linkedPeers.map(readNodeId) }),
  };
}

function readDigest(bytes: Uint8Array): Pick<Beacon, "capabilityDigest"> {
  const capabilityDigest = readCapabilityDigest(bytes);
  return capabilityDigest === undefined ? {} : { capabilityDigest };
}

/** Undefined where there is none. */
export function readCapabilityDigest(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  if (bytes.length === DIGEST_BYTES) return bytes.toHex();
  throw new WireError(
    "badValue",
    `Cannot decode capability digest: it has ${bytes.length} bytes instead of ${DIGEST_BYTES}`,
  );
}

export function draftPulse({ nodeId, boot, sequence, pulseMs, beat }: Pulse): Draft<PulseOnWire> {
  return {
    nodeId,
    boot: BigInt(boot),
    sequence: BigInt(sequence),
    pulseMs,
    beat: beat && draftBeat(beat),
  };
}

export function readPulse(pulse: PulseOnWire): Pulse {
  return {
    nodeId: readNodeId(pulse.nodeId),
    boot: readCount("boot", pulse.boot),
    sequence: readCount("sequence", pulse.sequence),
    pulseMs: readPulseMs(pulse.pulseMs),
    ...readBeatOf(pulse),
  };
}

function readPulseMs(pulseMs: number): number {
  return readNumber("pulse", pulseMs, BEACON_LIMITS.shortestPulseMs, BEACON_LIMITS.longestTtlMs);
}

function withCapabilities(beacon: Beacon, capabilities: readonly Capability[]): Beacon {
  return { ...beacon, advertisement: { ...beacon.advertisement, capabilities } };
}

export function draftCapability(capability: Capability): Draft<CapabilityOnWire> {
  const { type, name, confidence, metadata = {} } = capability;
  const texts = Object.entries(metadata).map(([key, value]) => [key, metadataText(value)]);
  return {
    type: CAPABILITY_TYPES.indexOf(type) + 1,
    name,
    confidence,
    metadata: Object.fromEntries(texts) as Record<string, string>,
  };
}

/** A newer node may have kinds of capability that are unknown here. The others are still true. */
export function isKnown(capability: CapabilityOnWire): boolean {
  return capability.type <= CAPABILITY_TYPES.length;
}

export function readCapability(capability: CapabilityOnWire): Capability {
  const type = CAPABILITY_TYPES[capability.type - 1];
  if (type === undefined) {
    throw new WireError("badValue", `Cannot decode capability: its type is ${capability.type}`);
  }
  const name = readLabel("capability", capability.name);
  const confidence = readNumber("confidence", capability.confidence, 0, 1);
  const entries = Object.entries(capability.metadata);
  if (entries.length === 0) return { type, name, confidence };
  if (entries.length > CAPABILITY_LIMITS.metadata) {
    throw new WireError(
      "tooMany",
      `Cannot decode capability: it has ${entries.length} values, the limit is ` +
        CAPABILITY_LIMITS.metadata,
    );
  }
  const metadata = entries.map(([key, text]) => [
    readLabel("metadata key", key),
    text === "" ? "" : readMetadataValue(readLabel("metadata value", text)),
  ]);
  return { type, name, confidence, metadata: Object.fromEntries(metadata) };
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
