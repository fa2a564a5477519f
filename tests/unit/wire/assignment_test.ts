import assert from "node:assert/strict";
import {
  ASSIGNMENT_LIMITS,
  ASSIGNMENT_REASONS,
  ASSIGNMENT_STATES,
  type AssignmentMessage,
  LONGEST_TIMEOUT_MS,
  type NodeAssignment,
} from "../../../src/core/assignment/node_assignment.ts";
import {
  type AssignmentTerms,
  decodeAssignmentTerms,
  encodeAssignmentTerms,
} from "../../../src/wire/assignment.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../src/wire/envelope.ts";
import { NodeAssignment as NodeAssignmentType } from "../../../src/wire/generated/peat/cell.js";
import {
  type PeerMessage as PeerMessageOnWire,
  PeerMessage as PeerMessageType,
} from "../../../src/wire/generated/peat/peer.js";
import { encodeMessage } from "../../../src/wire/message.ts";
import type { Draft } from "../../../src/wire/message_type.ts";
import { decodePeerMessage, encodePeerMessage } from "../../../src/wire/peer_message.ts";
import { WireError } from "../../../src/wire/wire_error.ts";
import { NO_ORIGINALS } from "./no_originals.ts";

const TERMS: AssignmentTerms = {
  cellId: "red",
  peers: [
    { nodeId: "c", addresses: ["10.0.0.3:11205", "[fe80::1]:9"] },
    { nodeId: "d", addresses: [] },
  ],
  timeoutMs: 60_000,
};

const ASSIGNMENT: NodeAssignment = {
  ...TERMS,
  nodeId: "b",
  issuer: "a",
  number: 1_790_000_000_000,
  leftMs: 5_000,
  proof: "AQID",
};

/** Of a node that believes whatever is signed. */
const ORIGINALS = {
  ...NO_ORIGINALS,
  openAssignment: (signed: Uint8Array) => ({ ...ASSIGNMENT, proof: signed.toBase64() }),
};

function isRefused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof WireError && error.code === code;
}

Deno.test("what an operator signs of an assignment reads back as it was", () => {
  assert.deepEqual(decodeAssignmentTerms(encodeAssignmentTerms(TERMS)), TERMS);
});

Deno.test("terms that no honest node signs are refused whole", () => {
  const peer = { nodeId: "c", endpoints: [] };
  const many = (length: number) => Array.from({ length }, () => peer);
  const at = (address: string, port = 1) => (
    { cellId: "red", timeoutMs: 60_000, peers: [{ nodeId: "c", endpoints: [{ address, port }] }] }
  );
  const spoiled: [Draft<NodeAssignmentType>, string][] = [
    [{ timeoutMs: 60_000 }, "badValue"],
    [{ cellId: "red blue", timeoutMs: 60_000 }, "badValue"],
    [{ cellId: "red" }, "badValue"],
    [{ cellId: "red", timeoutMs: LONGEST_TIMEOUT_MS + 1 }, "badValue"],
    [{ cellId: "red", timeoutMs: 60_000, peers: many(ASSIGNMENT_LIMITS.peers + 1) }, "tooMany"],
    [at("relay.example"), "badValue"],
    [at("10.0.0.3", 0), "badValue"],
    [at("10.0.0.3", 65_536), "badValue"],
  ];
  for (const [draft, code] of spoiled) {
    const bytes = encodeMessage<NodeAssignmentType>(NodeAssignmentType, draft);
    assert.throws(() => decodeAssignmentTerms(bytes), isRefused(code), JSON.stringify(draft));
  }
});

Deno.test("assignments and reports go straight and over others, and read back as they were", () => {
  const reports = ASSIGNMENT_STATES.map((state): AssignmentMessage => ({
    kind: "report",
    issuer: "a",
    number: ASSIGNMENT.number,
    progress: { state, isMember: state === "completed", missingPeers: ["c"] },
  }));
  const failures = ASSIGNMENT_REASONS.map((reason): AssignmentMessage => ({
    kind: "report",
    issuer: "a",
    number: 1,
    progress: { state: "failed", reason, isMember: false, missingPeers: [] },
  }));
  const all = [{ kind: "assign", assignment: ASSIGNMENT } as const, ...reports, ...failures];
  for (const message of all) {
    const post = { kind: "assignment", message } as const;
    const bytes = encodePeerMessage(post, ORIGINALS)!;
    assert.deepEqual(decodePeerMessage(bytes, "a", ORIGINALS), post);
    const envelope = { origin: "a", target: "b", targetBoot: 3, message: post };
    assert.deepEqual(decodeEnvelope(encodeEnvelope(envelope), "a", ORIGINALS), envelope);
  }
});

Deno.test("an assignment that does not hold is nothing, and one that is malformed is refused", () => {
  const post = { kind: "assignment", message: { kind: "assign", assignment: ASSIGNMENT } } as const;
  const bytes = encodePeerMessage(post, ORIGINALS)!;
  assert.equal(decodePeerMessage(bytes, "a", NO_ORIGINALS), undefined);
  const good = { issuer: "a", number: 1n, state: 1 };
  const missing = Array.from({ length: ASSIGNMENT_LIMITS.peers + 1 }, () => "c");
  const spoiled: [Draft<PeerMessageOnWire>, string][] = [
    [{ assignment: {} }, "unknownType"],
    [{ assignment: { order: { signed: new Uint8Array(5_000) } } }, "tooLarge"],
    [{ assignment: { report: { ...good, state: 0 } } }, "badValue"],
    [{ assignment: { report: { ...good, state: 5 } } }, "badValue"],
    [{ assignment: { report: { ...good, issuer: "" } } }, "badValue"],
    [{ assignment: { report: { ...good, number: 2n ** 60n } } }, "badValue"],
    [{ assignment: { report: { ...good, missingPeers: ["?"] } } }, "badValue"],
    [{ assignment: { report: { ...good, missingPeers: missing } } }, "tooMany"],
  ];
  for (const [draft, code] of spoiled) {
    const malformed = encodeMessage<PeerMessageOnWire>(PeerMessageType, draft);
    assert.throws(() => decodePeerMessage(malformed, "a", ORIGINALS), isRefused(code), code);
  }
});
