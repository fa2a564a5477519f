import assert from "node:assert/strict";
import type { Beacon } from "../../../src/core/beacon/beacon.ts";
import { CAPABILITY_LIMITS } from "../../../src/core/capability/capability.ts";
import {
  type Envelope,
  PEER_MESSAGE_LIMITS,
  type PeerMessage,
} from "../../../src/core/peer_message.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../src/wire/envelope.ts";
import {
  Envelope as EnvelopeType,
  PeerMessage as PeerMessageType,
} from "../../../src/wire/generated/peat/peer.js";
import { WIRE_LIMITS } from "../../../src/wire/limits.ts";
import { encodeMessage } from "../../../src/wire/message.ts";
import type { Draft } from "../../../src/wire/message_type.ts";
import {
  decodePeerMessage,
  encodePeerMessage,
  type Originals,
} from "../../../src/wire/peer_message.ts";
import { WireError, type WireErrorCode } from "../../../src/wire/wire_error.ts";
import { NO_ORIGINALS } from "./no_originals.ts";

const BEACON: Beacon = {
  nodeId: "c",
  boot: 1,
  sequence: 2,
  ttlMs: 30_000,
  leaving: false,
  advertisement: { version: "1", level: 0, capabilities: [] },
};

/** The datagram of the one beacon there is. */
const DATAGRAM = Uint8Array.of(7, 7, 7);

/** And the one envelope, with what its origin made of it. */
const ENVELOPE: Envelope = {
  origin: "a",
  target: "c",
  targetBoot: 4,
  message: {
    kind: "cell",
    cellId: "alpha",
    message: { kind: "leave" },
  },
};
const SEALED = Uint8Array.of(8, 8);
const ORIGINALS: Originals = {
  ...NO_ORIGINALS,
  datagramOf: (beacon) => beacon === BEACON ? DATAGRAM : undefined,
  open: (datagram) => datagram.toHex() === DATAGRAM.toHex() ? BEACON : undefined,
  sealedOf: (envelope) => envelope === ENVELOPE ? SEALED : undefined,
  unseal: (sealed) => sealed.toHex() === SEALED.toHex() ? ENVELOPE : undefined,
};

Deno.test("every kind of message between peers survives the way to bytes and back", () => {
  const messages: PeerMessage[] = [
    { kind: "peersWanted", heard: [], relayed: [], room: 0 },
    { kind: "capability", message: { kind: "capabilitiesWanted", nonce: 7 } },
    { kind: "capability", message: { kind: "holdingWanted", nonce: 0xffff_ffff } },
    { kind: "capability", message: { kind: "holdingTold", nonce: 1 } },
    {
      kind: "capability",
      message: { kind: "holdingTold", nonce: 1, digest: "0123456789abcdef" },
    },
    {
      kind: "capability",
      message: {
        kind: "capabilitiesTold",
        nonce: 2,
        capabilities: [
          { type: "compute", name: "gpu", confidence: 0 },
          {
            type: "sensor",
            name: "eye",
            confidence: 0.25,
            metadata: { range_m: 2_000, night: true, serial: "007", band: "IR", free: "" },
          },
        ],
      },
    },
    {
      kind: "peersWanted",
      heard: ["a", "b"],
      relayed: [{ nodeId: "c", boot: 3, sequence: Number.MAX_SAFE_INTEGER }],
      room: 256,
    },
    { kind: "introduction", hops: 3, ageMs: 17, address: "10.0.0.1:11205", beacon: BEACON },
    { kind: "forwarded", hops: 2, envelope: ENVELOPE },
  ];
  for (const message of messages) {
    const bytes = encodePeerMessage(message, ORIGINALS);
    assert.deepEqual(decodePeerMessage(bytes!, "b", ORIGINALS), message);
  }
});

Deno.test("a beacon whose datagram is not there any more cannot be handed on", () => {
  const beacon = { ...BEACON };
  const message = { kind: "introduction", hops: 1, ageMs: 0, address: "a:1", beacon } as const;
  assert.equal(encodePeerMessage(message, ORIGINALS), undefined);
});

Deno.test("an introduction whose datagram does not hold is nobody's message", () => {
  const introduction = { hops: 1, ageMs: 0, address: "a:1", datagram: Uint8Array.of(1) };
  const bytes = encodeMessage(PeerMessageType, { introduction });
  assert.equal(decodePeerMessage(bytes, "b", ORIGINALS), undefined);
});

Deno.test("an envelope is carried as its origin sealed it, and not at all without that", () => {
  const { message } = ENVELOPE;
  assert.deepEqual(decodeEnvelope(encodeEnvelope(ENVELOPE), "a", NO_ORIGINALS), ENVELOPE);
  const copy = { kind: "forwarded", hops: 1, envelope: { ...ENVELOPE, message } } as const;
  assert.equal(encodePeerMessage(copy, ORIGINALS), undefined);
  const forwarded = { hops: 1, sealed: Uint8Array.of(8, 9) };
  const bytes = encodeMessage(PeerMessageType, { forwarded });
  assert.equal(decodePeerMessage(bytes, "b", ORIGINALS), undefined, "which ends no connection");
});

Deno.test("an envelope holds nothing but what members of a cell say", () => {
  const question = { target: "c", message: { peersWanted: { room: 1 } } };
  for (const draft of [{}, question]) {
    assert.throws(
      () => decodeEnvelope(encodeMessage<EnvelopeType>(EnvelopeType, draft), "a", NO_ORIGINALS),
      WireError,
    );
  }
});

Deno.test("what no honest peer would send is refused, and what is unknown is told apart", () => {
  const good = { hops: 1, ageMs: 0, address: "a:1", datagram: DATAGRAM };
  const many = Array.from({ length: PEER_MESSAGE_LIMITS.peersNamed + 1 }, (_, n) => `n${n}`);
  const relayed = many.map((nodeId) => ({ nodeId }));
  const sensor = { type: 1, name: "eye", confidence: 1 };
  const told = (capability: object) => ({
    capabilitiesTold: { capabilities: [{ ...sensor, ...capability }] },
  });
  const keys = Array.from({ length: CAPABILITY_LIMITS.metadata + 1 }, (_, n) => [`key${n}`, "1"]);
  const crowd = new Array(CAPABILITY_LIMITS.capabilities + 1).fill(sensor);
  const cases: [Draft<PeerMessageType>, WireErrorCode][] = [
    [{}, "unknownType"],
    [told({ name: "\u001b[31mred" }), "badValue"],
    [told({ name: "two\nlines" }), "badValue"],
    [told({ confidence: 1.5 }), "badValue"],
    [told({ confidence: NaN }), "badValue"],
    [told({ metadata: Object.fromEntries(keys) }), "tooMany"],
    [told({ metadata: { ["k".repeat(65)]: "1" } }), "badValue"],
    [told({ metadata: { key: "v".repeat(65) } }), "badValue"],
    [told({ metadata: { "\u0007": "bell" } }), "badValue"],
    [told({ metadata: { key: "\u009b2J" } }), "badValue"],
    [{ capabilitiesTold: { capabilities: crowd } }, "tooMany"],
    [{ holdingTold: { digest: Uint8Array.of(1) } }, "badValue"],
    [{ peersWanted: { heard: many } }, "tooMany"],
    [{ peersWanted: { relayed } }, "tooMany"],
    [{ peersWanted: { heard: ["no id"] } }, "badValue"],
    [{ peersWanted: { relayed: [{ nodeId: "" }] } }, "badValue"],
    [{ peersWanted: { relayed: [{ nodeId: "a", boot: 2n ** 63n }] } }, "badValue"],
    [{ introduction: { ...good, hops: 0 } }, "badValue"],
    [{ forwarded: { hops: 0, sealed: SEALED } }, "badValue"],
    [{ forwarded: { hops: PEER_MESSAGE_LIMITS.hops + 1, sealed: SEALED } }, "badValue"],
    [{ introduction: { ...good, hops: PEER_MESSAGE_LIMITS.hops + 1 } }, "badValue"],
    [{ introduction: { ...good, address: "a\n:1" } }, "badValue"],
  ];
  for (const [draft, code] of cases) {
    assert.throws(
      () =>
        decodePeerMessage(encodeMessage<PeerMessageType>(PeerMessageType, draft), "b", ORIGINALS),
      (error) => error instanceof WireError && error.code === code,
      `${
        JSON.stringify(draft, (_, value) => typeof value === "bigint" ? `${value}` : value)
          .slice(0, 80)
      }: ${code}`,
    );
  }
  const ofTheFuture = Uint8Array.of(0xfa, 0x01, 1, 5); // Field 31, one byte.
  assert.throws(
    () => decodePeerMessage(ofTheFuture, "b", ORIGINALS),
    (error) => error instanceof WireError && error.code === "unknownType",
  );
});

Deno.test("a capability with as many values as a message has room for costs its sender, not us", () => {
  const metadata = Object.fromEntries(
    Array.from({ length: 60_000 }, (_, index) => [`k${index}`, "v"]),
  );
  const capabilities = [{ type: 1, name: "eye", confidence: 1, metadata }];
  const bytes = encodeMessage<PeerMessageType>(PeerMessageType, {
    capabilitiesTold: { capabilities },
  });
  assert.ok(bytes.length > 500_000 && bytes.length < WIRE_LIMITS.frameBytes, `${bytes.length}`);
  assert.throws(() => decodePeerMessage(bytes, "b", ORIGINALS), WireError);
});
