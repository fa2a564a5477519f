import type { StateMessage } from "../../src/core/state/state_message.ts";
import { hashOfChange } from "../../src/wire/state.ts";
import assert from "node:assert/strict";
import {
  ASSIGNMENT_REASONS,
  ASSIGNMENT_STATES,
  type AssignmentMessage,
  type NodeAssignment,
} from "../../src/core/assignment/node_assignment.ts";
import type { Beacon } from "../../src/core/beacon/beacon.ts";
import { type Capability, CAPABILITY_TYPES } from "../../src/core/capability/capability.ts";
import type { CapabilityMessage } from "../../src/core/capability/inquirer.ts";
import type { CellMessage } from "../../src/core/cell/message.ts";
import type { Random } from "../../src/core/kernel/random.ts";
import type { Datagram } from "../../src/core/messages.ts";
import type { PeerMessage } from "../../src/core/peer_message.ts";
import type { TrustMessage } from "../../src/core/trust/trust_message.ts";
import { decodeAssignmentTerms, encodeAssignmentTerms } from "../../src/wire/assignment.ts";
import { decodeDatagram, encodeDatagram } from "../../src/wire/datagram.ts";
import { decodeEnvelope, encodeEnvelope } from "../../src/wire/envelope.ts";
import { encodeFrames, FrameReader } from "../../src/wire/framing.ts";
import { encodeFromJson } from "../../src/wire/inspect.ts";
import { messageFromJson } from "../../src/wire/json_input.ts";
import { messageToJson } from "../../src/wire/json_output.ts";
import { decodeMessage, encodeMessage } from "../../src/wire/message.ts";
import type { OrderOpener } from "../../src/wire/order_opener.ts";
import {
  decodePeerMessage,
  encodePeerMessage,
  type Originals,
} from "../../src/wire/peer_message.ts";
import { describe, type MessageDescriptor, typeNames } from "../../src/wire/schema.ts";
import { makeInput, randomBytes } from "./mutate.ts";
import { randomMessage } from "./random_message.ts";

/** One codec under fire. Each call makes one input, and throws what the codec should not. */
export type Family = (random: Random) => void;

const messages = typeNames().map(describe).filter((type) => type?.kind === "message");

export const FAMILIES: Readonly<Record<string, Family>> = {
  message: fuzzMessage,
  json: fuzzJson,
  datagram: fuzzDatagram,
  peerMessage: fuzzPeerMessage,
  assignmentTerms: fuzzAssignmentTerms,
  framing: fuzzFraming,
};

/** What a message decodes to must encode and decode to itself, as bytes and as JSON. */
function fuzzMessage(random: Random): void {
  const type = random.pick(messages) as MessageDescriptor;
  const input = makeInput(random, () => encodeMessage(type.type, randomMessage(random, type)));
  const bytes = encodeMessage(type.type, decodeMessage(type.type, input));
  const message = decodeMessage(type.type, bytes);
  assert.equal(encodeMessage(type.type, message).toHex(), bytes.toHex());
  const json = JSON.parse(JSON.stringify(messageToJson(type, message)));
  const again = encodeMessage(type.type, messageFromJson(type, json));
  // Padded numbers within unknown fields come back without their padding, and thus shorter.
  if (message.$unknowns === undefined) assert(again.length <= bytes.length);
}

function fuzzJson(random: Random): void {
  const type = random.pick(messages) as MessageDescriptor;
  const text = JSON.stringify(messageToJson(type, randomMessage(random, type)));
  const input = makeInput(random, () => new TextEncoder().encode(text));
  encodeFromJson(type.name, parseOrNull(new TextDecoder().decode(input)));
}

/** Text that is no JSON never gets as far as the codec. */
function parseOrNull(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function fuzzDatagram(random: Random): void {
  const input = makeInput(random, () => encodeDatagram(randomDatagram(random)));
  const datagram = decodeDatagram(input);
  assert.deepEqual(decodeDatagram(encodeDatagram(datagram)), datagram);
}

/** An assignment that is signed with nothing. */
const ASSIGNMENT: NodeAssignment = {
  nodeId: "drone-17",
  cellId: "alpha",
  peers: [{ nodeId: "a", addresses: ["10.0.0.1:11205", "[fe80::1]:1"] }],
  issuer: "drone-3",
  number: 1,
  timeoutMs: 60_000,
  leftMs: 60_000,
  proof: "AAAA",
};

const OPENER: OrderOpener = {
  openOrder: () => undefined,
  openAssignment: (signed) => ({ ...ASSIGNMENT, proof: signed.toBase64() }),
};

/** What stands for sealing: a beacon handed on is the datagram that anybody can make of it. */
const ORIGINALS: Originals = {
  datagramOf: (beacon) => encodeDatagram({ kind: "beacon", beacon }),
  open: (bytes) => {
    const datagram = decodeDatagram(bytes);
    return datagram.kind === "beacon" ? datagram.beacon : undefined;
  },
  ...OPENER,
  sealedOf: encodeEnvelope,
  unseal: (sealed) => decodeEnvelope(sealed, "drone-3", OPENER),
  proofs: {
    nodeId: "drone-3",
    hasEnded: () => false,
    seal: () => ({ signature: "AA==", certificate: "AQ==" }),
    prove: () => ({ author: "drone-3", mayCommand: false }),
  },
  statements: {
    revocationOf: (deviceId) => Uint8Array.fromHex(deviceId),
    groupKeysAfter: (epoch) => [Uint8Array.of(epoch % 256)],
    takeRevocations: () => {},
    takeGroupKeys: () => {},
  },
};

function fuzzPeerMessage(random: Random): void {
  const input = makeInput(random, () => encodePeerMessage(randomPeerMessage(random), ORIGINALS)!);
  const message = decodePeerMessage(input, "drone-17", ORIGINALS);
  if (message === undefined) return;
  const bytes = encodePeerMessage(message, ORIGINALS);
  // What the authority signed went to the statements, and is not in the message any more.
  if (bytes === undefined) return;
  assert.deepEqual(decodePeerMessage(bytes, "drone-17", ORIGINALS), message);
}

function randomStateMessage(random: Random): StateMessage {
  const key = random.pick(["notes/a", "nodes/drone-3", "tracks/drone-3:7"]);
  const generation = random.between(1, 9);
  const held = {
    key,
    generation,
    versions: { [`drone-3 ${random.uint32()}`]: random.between(1, 99) },
    quietMs: random.uint32(),
  };
  if (random.chance(0.2)) {
    return { kind: "documentsHeld", documents: [held, held], isReminder: random.chance(0.5) };
  }
  if (random.chance(0.2)) return { kind: "documentsWanted", documents: [held] };
  const seal = { signature: "AA==", certificate: "AQ==" };
  const writer = { author: "drone-3", mayCommand: false, seal };
  const changes = Array.from({ length: random.below(4) }, (_, index) => {
    const body = Uint8Array.from({ length: 9 + random.below(90) }, () => random.below(256));
    const hash = hashOfChange(body);
    return { ...writer, boot: random.uint32(), number: index + 1, hash, body: body.toBase64() };
  });
  const { quietMs } = held;
  const said = {
    kind: "documentChanges",
    key,
    generation,
    quietMs,
    changes,
    isLast: true,
  } as const;
  return generation % 2 === 1 ? { ...said, erasure: writer } : said;
}

function randomPeerMessage(random: Random): PeerMessage {
  const nodeIds = Array.from({ length: random.below(6) }, () => random.pick(["a", "drone-17"]));
  if (random.chance(0.5)) {
    const relayed = nodeIds.map((nodeId) => (
      { nodeId, boot: random.uint32(), sequence: random.uint32() }
    ));
    return { kind: "peersWanted", heard: nodeIds, relayed, room: random.below(300) };
  }
  if (random.chance(0.3)) return { kind: "trust", message: randomTrustMessage(random) };
  if (random.chance(0.3)) return randomForwarded(random);
  if (random.chance(0.3)) return { kind: "assignment", message: randomAssignment(random) };
  if (random.chance(0.3)) return { kind: "state", message: randomStateMessage(random) };
  if (random.chance(0.4)) return { kind: "capability", message: randomCapabilities(random) };
  return {
    kind: "introduction",
    hops: random.between(1, 3),
    ageMs: random.uint32(),
    address: random.pick(["10.0.0.1:11205", "[fe80::1%eth0]:1"]),
    beacon: randomBeacon(random, "drone-17"),
  };
}

function randomCapabilities(random: Random): CapabilityMessage {
  const nonce = random.uint32();
  const { capabilities } = randomBeacon(random, "drone-17").advertisement;
  const digest = randomBytes(random, 8).toHex();
  return random.pick<CapabilityMessage>([
    { kind: "capabilitiesWanted", nonce },
    { kind: "capabilitiesTold", nonce, capabilities },
    { kind: "holdingWanted", nonce },
    { kind: "holdingTold", nonce, digest },
  ]);
}

function randomForwarded(random: Random): PeerMessage {
  const message = random.pick<CellMessage>([
    { kind: "leave" },
    { kind: "roster", roster: { joined: { a: random.uint32() }, removed: {} } },
  ]);
  return {
    kind: "forwarded",
    hops: random.between(1, 3),
    envelope: {
      origin: "drone-3",
      target: random.pick(["a", "drone-17"]),
      targetBoot: random.uint32(),
      message: random.chance(0.3)
        ? { kind: "assignment", message: randomAssignment(random) }
        : { kind: "cell", cellId: random.pick(["alpha", "日本"]), message },
    },
  };
}

function randomAssignment(random: Random): AssignmentMessage {
  if (random.chance(0.5)) return { kind: "assign", assignment: ASSIGNMENT };
  const state = random.pick(ASSIGNMENT_STATES);
  const reason = random.pick(ASSIGNMENT_REASONS);
  return {
    kind: "report",
    issuer: "drone-3",
    number: random.uint32(),
    progress: {
      state,
      ...(state === "failed" ? { reason } : {}),
      isMember: random.chance(0.5),
      missingPeers: random.chance(0.5) ? ["a", "b"] : [],
    },
  };
}

function randomTrustMessage(random: Random): TrustMessage {
  const epoch = random.uint32();
  const digest = randomBytes(random, 32).toHex();
  const deviceIds = Array.from({ length: random.below(4) }, () => randomBytes(random, 16).toHex());
  return random.pick<TrustMessage>([
    { kind: "trustSummary", digest, epoch },
    { kind: "revocationsWanted", known: deviceIds },
    { kind: "revocationsTold", deviceIds: ["ab".repeat(16), ...deviceIds] },
    { kind: "groupKeysWanted", epoch },
    { kind: "groupKeysTold", afterEpoch: epoch, digest },
  ]);
}

function fuzzAssignmentTerms(random: Random): void {
  const addresses = ["10.0.0.1:11205", "[fe80::1]:1"].filter(() => random.chance(0.5));
  const terms = {
    cellId: random.pick(["alpha", "x".repeat(64)]),
    peers: ["a", "drone-17"].map((nodeId) => ({ nodeId, addresses })),
    timeoutMs: random.between(1_000, 3_600_000),
  };
  const read = decodeAssignmentTerms(makeInput(random, () => encodeAssignmentTerms(terms)));
  assert.deepEqual(decodeAssignmentTerms(encodeAssignmentTerms(read)), read);
}

/** A spoiled stream yields frames or is refused. What it yields never exceeds what it was given. */
function fuzzFraming(random: Random): void {
  const payloads = () =>
    Array.from({ length: random.below(6) }, () => randomBytes(random, random.below(100)));
  const stream = makeInput(random, () => encodeFrames(payloads()));
  const reader = new FrameReader(1_000);
  let length = 0;
  for (let offset = 0; offset < stream.length;) {
    const end = offset + random.between(1, 200);
    reader.push(stream.slice(offset, end), (payload) => length += 4 + payload.length);
    offset = end;
  }
  assert(length <= stream.length);
  reader.end();
}

function randomDatagram(random: Random): Datagram {
  const from = random.pick(["a", "drone-17", "n".repeat(64)]);
  if (random.chance(0.2)) return { kind: "ping", from, nonce: random.uint32() };
  if (random.chance(0.2)) return { kind: "pong", from, nonce: random.uint32() };
  const beacon = randomBeacon(random, from);
  if (random.chance(0.8)) return { kind: "beacon", beacon };
  const [hops, ageMs] = [random.between(1, 3), random.uint32()];
  return { kind: "repeated", from: "relay-1", hops, ageMs, address: "192.0.2.1:4000", beacon };
}

function randomBeacon(random: Random, nodeId: string): Beacon {
  const position = { latitude: random.between(-90, 90), longitude: random.between(-180, 180) };
  return {
    nodeId,
    boot: random.uint32(),
    sequence: random.uint32(),
    ttlMs: random.between(500, 600_000),
    leaving: random.chance(0.1),
    advertisement: {
      version: "0.1.0",
      level: random.below(256),
      cell: random.pick(["alpha", "日本"]),
      position: random.chance(0.5) ? position : { ...position, altitude: random.below(9_000) },
      port: random.between(1, 65_535),
      capabilities: Array.from({ length: random.below(9) }, () => randomCapability(random)),
    },
  };
}

function randomCapability(random: Random): Capability {
  return {
    type: random.pick(CAPABILITY_TYPES),
    name: random.pick(["thermal", "x".repeat(64)]),
    confidence: random.unit(),
    metadata: { range_m: random.below(10_000), night: random.chance(0.5) },
  };
}
