import assert from "node:assert/strict";
import type { Beacon } from "../../../src/core/beacon/beacon.ts";
import type { Capability } from "../../../src/core/capability/capability.ts";
import type { Datagram } from "../../../src/core/messages.ts";
import { decodeDatagram, encodeDatagram, encodeRepeated } from "../../../src/wire/datagram.ts";
import {
  type Beacon as BeaconOnWire,
  Datagram as DatagramType,
} from "../../../src/wire/generated/peat/datagram.js";
import { WIRE_LIMITS } from "../../../src/wire/limits.ts";
import { encodeMessage } from "../../../src/wire/message.ts";
import type { Draft } from "../../../src/wire/message_type.ts";
import { WireError, type WireErrorCode } from "../../../src/wire/wire_error.ts";

const beacon: Beacon = {
  nodeId: "drone-17",
  boot: 42,
  sequence: Number.MAX_SAFE_INTEGER,
  ttlMs: 6_000,
  leaving: false,
  advertisement: {
    version: "0.1.0",
    level: 1,
    cell: "alpha",
    position: { latitude: 47.1, longitude: -8.5, altitude: 430 },
    port: 11_204,
    capabilities: [
      { type: "sensor", name: "thermal", confidence: 0.9, metadata: { range_m: 2_000 } },
      { type: "compute", name: "gpu", confidence: 1 },
    ],
  },
};

/** What the smallest acceptable beacon says. Each test spoils one thing of it. */
const smallest: Draft<BeaconOnWire> = { nodeId: "a", ttlMs: 500 };

Deno.test("every kind of datagram survives the way to bytes and back", () => {
  const bare: Beacon = {
    ...beacon,
    sequence: 0,
    leaving: true,
    advertisement: { version: "", level: 0, transient: true, capabilities: [] },
  };
  const datagrams: Datagram[] = [
    { kind: "beacon", beacon },
    { kind: "beacon", beacon: bare },
    { kind: "beacon", beacon, answer: true },
    { kind: "beacon", beacon, direct: true, answer: true },
    { kind: "pulse", pulse: { nodeId: "a", boot: 7, sequence: 8, pulseMs: 1_000 } },
    { kind: "repeated", from: "a", hops: 3, ageMs: 90, address: "[fe80::1%eth0]:4000", beacon },
    { kind: "ping", from: "a", nonce: 0 },
    { kind: "pong", from: "b", nonce: 2 ** 32 - 1 },
  ];
  for (const datagram of datagrams) {
    assert.deepEqual(decodeDatagram(encodeDatagram(datagram)), datagram);
  }
});

Deno.test("what is said again is refused when it went too far, is no beacon, or is itself said again", () => {
  const said = { kind: "repeated", from: "a", ageMs: 0, address: "b:1", beacon } as const;
  for (const hops of [0, 4]) {
    refuses("badValue", () => decodeDatagram(encodeDatagram({ ...said, hops })));
  }
  const head = { ...said, hops: 1 };
  for (const inner of [{ kind: "ping", from: "a", nonce: 1 }, head] as const) {
    refuses("badValue", () => decodeDatagram(encodeRepeated(head, encodeDatagram(inner))));
  }
  refuses("badValue", () => decodeDatagram(encodeRepeated(head, new Uint8Array(0))));
});

Deno.test("a beacon is encoded to the bytes that its .proto file promises", () => {
  const { nodeId, boot } = { nodeId: "n", boot: 300 };
  const advertisement = { version: "", level: 2, port: 1, capabilities: [] };
  const bytes = encodeDatagram({
    kind: "beacon",
    beacon: { nodeId, boot, sequence: 1, ttlMs: 500, leaving: true, advertisement },
  });
  assert.equal(
    bytes.toHex(),
    "0a11" + "0a016e" + "10ac02" + "1801" + "20f403" + "2801" + "3802" + "5001",
  );
});

Deno.test("the smallest beacon is taken", () => {
  assert.equal(decodeBeacon(smallest).kind, "beacon");
});

Deno.test("a beacon with anything off is refused whole", () => {
  const spoiled: Draft<BeaconOnWire>[] = [
    { nodeId: "" },
    { nodeId: "-starts-with-a-dash" },
    { nodeId: "n".repeat(65) },
    { boot: 2n ** 53n },
    { sequence: 2n ** 64n - 1n },
    { ttlMs: 499 },
    { ttlMs: 600_001 },
    { level: 256 },
    { version: "1.0\u001b[2J" },
    { version: "v".repeat(65) },
    { cell: "" },
    { cell: "a\u0085b" },
    { port: 0 },
    { port: 65_536 },
    { position: { latitude: 90.1, longitude: 0 } },
    { position: { latitude: 0, longitude: -180.1 } },
    { position: { latitude: NaN, longitude: 0 } },
    { position: { latitude: 0, longitude: 0, altitude: Infinity } },
    { capabilities: [{ type: 0, name: "a" }] },
    { capabilities: [{ type: -1, name: "a" }] },
    { capabilities: [{ type: 1, name: "" }] },
    { capabilities: [{ type: 1, name: "a", confidence: 1.1 }] },
    { capabilities: [{ type: 1, name: "a", confidence: NaN }] },
    { capabilities: [{ type: 1, name: "a", metadata: { "": "x" } }] },
    { capabilities: [{ type: 1, name: "a", metadata: { key: "line\nbreak" } }] },
  ];
  for (const part of spoiled) refuses("badValue", () => decodeBeacon({ ...smallest, ...part }));
});

Deno.test("more capabilities than a beacon may have are refused", () => {
  const capabilities = Array.from({ length: 9 }, () => ({ type: 1, name: "a" }));
  refuses("tooMany", () => decodeBeacon({ ...smallest, capabilities }));
});

Deno.test("a kind of capability from the future is passed over, the rest is believed", () => {
  const capabilities = [{ type: 9, name: "magic" }, { type: 2, name: "gpu" }];
  const datagram = decodeBeacon({ ...smallest, capabilities });
  assert(datagram.kind === "beacon");
  assert.deepEqual(datagram.beacon.advertisement.capabilities.map(({ name }) => name), ["gpu"]);
});

Deno.test("a datagram without a known body, or with none, is refused", () => {
  refuses("unknownType", () => decodeDatagram(new Uint8Array(0)));
  refuses("unknownType", () => decodeDatagram(Uint8Array.fromHex("a20100")));
});

Deno.test("a datagram beyond the limit is refused", () => {
  refuses("tooLarge", () => decodeDatagram(new Uint8Array(WIRE_LIMITS.datagramBytes + 1)));
});

Deno.test("a beacon with much to say loses metadata from the end first, then capabilities", () => {
  const capabilities = Array.from({ length: 8 }, (_, index) => heavyCapability(index));
  const kept = (longestBytes: number) => {
    const bytes = encodeDatagram(withCapabilities(capabilities), longestBytes);
    assert(bytes.length <= longestBytes);
    const datagram = decodeDatagram(bytes);
    assert(datagram.kind === "beacon");
    const { capabilities: left } = datagram.beacon.advertisement;
    return [left.length, left.filter(({ metadata }) => metadata !== undefined).length];
  };
  assert.deepEqual(kept(1_200), [8, 3]);
  assert.deepEqual(kept(700), [8, 0]);
  assert.deepEqual(kept(400), [4, 0]);
  assert.deepEqual(kept(130), [0, 0]);
});

Deno.test("the longest beacon that the core allows fits, in whatever script", () => {
  const capabilities = Array.from({ length: 8 }, (): Capability => ({
    type: "payload",
    name: "本".repeat(64),
    confidence: 0.123456789,
  }));
  const { nodeId, version, cell } = {
    nodeId: "n".repeat(64),
    version: "本".repeat(64),
    cell: "本".repeat(64),
  };
  const bytes = encodeDatagram({
    kind: "beacon",
    beacon: {
      ...beacon,
      nodeId,
      advertisement: { ...beacon.advertisement, version, cell, capabilities },
    },
  });
  assert(bytes.length <= WIRE_LIMITS.datagramBytes);
});

function heavyCapability(index: number): Capability {
  const metadata = { note: "x".repeat(64), other: "y".repeat(64) };
  return { type: "sensor", name: `sensor-${index}-${"z".repeat(50)}`, confidence: 1, metadata };
}

function withCapabilities(capabilities: Capability[]): Datagram {
  const advertisement = { ...beacon.advertisement, capabilities };
  return { kind: "beacon", beacon: { ...beacon, advertisement } };
}

function decodeBeacon(draft: Draft<BeaconOnWire>): Datagram {
  return decodeDatagram(encodeMessage(DatagramType, { beacon: draft }));
}

function refuses(code: WireErrorCode, action: () => unknown): void {
  assert.throws(action, (error) => {
    assert(error instanceof WireError, String(error));
    assert.equal(error.code, code, error.message);
    return error.message.startsWith("Cannot decode ");
  });
}
