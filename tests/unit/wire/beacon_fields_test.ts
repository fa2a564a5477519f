import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Advertisement,
  type Beacon,
  BEACON_LIMITS,
  MOBILITIES,
  ROLES,
  type Standing,
} from "../../../src/core/beacon/beacon.ts";
import type { Resources } from "../../../src/core/beacon/resources.ts";
import { decodeDatagram, encodeDatagram } from "../../../src/wire/datagram.ts";
import { WIRE_LIMITS } from "../../../src/wire/limits.ts";
import {
  type Beacon as BeaconOnWire,
  Datagram as DatagramType,
} from "../../../src/wire/generated/peat/datagram.js";
import { encodeMessage } from "../../../src/wire/message.ts";
import type { Draft } from "../../../src/wire/message_type.ts";
import { WireError } from "../../../src/wire/wire_error.ts";

const nodeId = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
const percent = fc.nat(100);

/** A record in which any key may be missing. */
function some<T>(model: { [Key in keyof T]-?: fc.Arbitrary<NonNullable<T[Key]>> }) {
  return fc.record(model, { requiredKeys: [], noNullPrototype: true }) as unknown as fc.Arbitrary<
    T
  >;
}

const resources = some<Resources>({
  cpuCores: fc.nat(256),
  memoryMb: fc.nat(1 << 20),
  cpuUsagePercent: percent,
  memoryUsagePercent: percent,
  batteryPercent: percent,
  onMains: fc.constant(true as const),
  bandwidthMbps: fc.nat(400_000),
});
const standing = some<Standing>({
  term: fc.nat(),
  role: fc.constantFrom(...ROLES),
  parentId: nodeId,
  linkedPeers: fc.array(nodeId, { minLength: 1, maxLength: BEACON_LIMITS.linkedPeers }),
}).filter((standing) => Object.keys(standing).length > 0);
const advertisement = some<Omit<Advertisement, "version" | "level" | "capabilities">>({
  cell: nodeId,
  position: fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  }, { noNullPrototype: true }),
  port: fc.integer({ min: 1, max: 65_535 }),
  transient: fc.constant(true as const),
  address: fc.constantFrom("10.0.0.7", "fd00::1", "::1", "fe80::a:b"),
  mobility: fc.constantFrom(...MOBILITIES),
  canParent: fc.constant(true as const),
  parentPriority: fc.integer({ min: 1, max: 255 }),
}).map((rest): Advertisement => ({ version: "1", level: 1, capabilities: [], ...rest }));
const beacon = fc.tuple(
  fc.record({
    nodeId,
    boot: fc.nat(),
    sequence: fc.nat(),
    ttlMs: fc.integer({ min: 500, max: 600_000 }),
    leaving: fc.boolean(),
    advertisement,
  }, { noNullPrototype: true }),
  some<Pick<Beacon, "capabilityDigest" | "peers" | "standing" | "resources">>({
    capabilityDigest: fc.stringMatching(/^[0-9a-f]{16}$/),
    peers: fc.integer({ min: 1, max: 4_096 }),
    standing,
    resources,
  }),
).map(([needed, rest]): Beacon => ({ ...needed, ...rest }));

const smallest: Draft<BeaconOnWire> = { nodeId: "a", ttlMs: 500 };

Deno.test("whatever a beacon says or leaves out comes back as it was", () => {
  fc.assert(
    fc.property(beacon, (beacon) => {
      const bytes = encodeDatagram({ kind: "beacon", beacon });
      assert.deepEqual(decodeDatagram(bytes), { kind: "beacon", beacon });
    }),
    { seed: 60, numRuns: 500 },
  );
});

Deno.test("what a beacon leaves out takes no byte", () => {
  const bare: Beacon = {
    nodeId: "n",
    boot: 1,
    sequence: 1,
    ttlMs: 500,
    leaving: false,
    advertisement: { version: "", level: 0, capabilities: [] },
  };
  assert.equal(encodeDatagram({ kind: "beacon", beacon: bare }).length, 12);
  const withResources = { ...bare, resources: { cpuCores: 8, memoryMb: 16_000, onMains: true } };
  assert(encodeDatagram({ kind: "beacon", beacon: withResources as Beacon }).length <= 12 + 11);
});

Deno.test("a beacon beyond any of its bounds is refused whole", () => {
  const spoiled: Draft<BeaconOnWire>[] = [
    { parentId: "-no" },
    { parentId: "" },
    { linkedPeers: [""] },
    { linkedPeers: Array.from({ length: BEACON_LIMITS.linkedPeers + 1 }, () => "a") },
    { peers: BEACON_LIMITS.peers + 1 },
    { parentPriority: 256 },
    { capabilityDigest: new Uint8Array(7) },
    { capabilityDigest: new Uint8Array(9) },
    { address: "" },
    { address: "example.org" },
    { address: "10.0.0.256" },
    { address: "a:b" },
    { resources: { cpuUsagePercent: 101 } },
    { resources: { batteryPercent: 101 } },
    { resources: { cpuCores: 65_536 } },
    { resources: { memoryMb: 2 ** 31 } },
    { resources: { bandwidthMbps: 10_000_001 } },
  ];
  for (const part of spoiled) {
    const bytes = encodeMessage(DatagramType, { beacon: { ...smallest, ...part } });
    assert.throws(() => decodeDatagram(bytes), WireError, JSON.stringify(part));
  }
});

Deno.test("a role and a mobility from the future are passed over, the rest is believed", () => {
  const draft = { ...smallest, role: 9, mobility: 9, level: 3 };
  const datagram = decodeDatagram(encodeMessage(DatagramType, { beacon: draft }));
  assert(datagram.kind === "beacon");
  assert.equal(datagram.beacon.standing, undefined);
  assert.deepEqual(datagram.beacon.advertisement, { version: "", level: 3, capabilities: [] });
});

Deno.test("a full beacon lets go of linked peers first, and still tells how many peers it has", () => {
  const full = fullBeacon();
  const read = (longestBytes: number) => {
    const bytes = encodeDatagram({ kind: "beacon", beacon: full }, longestBytes);
    assert(bytes.length <= longestBytes);
    const datagram = decodeDatagram(bytes);
    assert(datagram.kind === "beacon");
    const { standing, peers, capabilityDigest, resources, advertisement } = datagram.beacon;
    assert.equal(peers, full.peers);
    assert.equal(capabilityDigest, full.capabilityDigest);
    assert.deepEqual(resources, full.resources);
    assert.equal(standing?.parentId, full.standing?.parentId);
    return [standing?.linkedPeers?.length ?? 0, advertisement.capabilities.length];
  };
  assert.deepEqual(read(WIRE_LIMITS.datagramBytes), [2, 8]);
  assert.deepEqual(read(800), [0, 4]);
});

function fullBeacon(): Beacon {
  const long = "n".repeat(64);
  return {
    nodeId: long,
    boot: 2 ** 40,
    sequence: 2 ** 40,
    ttlMs: 600_000,
    pulseMs: 600_000,
    leaving: true,
    advertisement: {
      version: "v".repeat(64),
      level: 255,
      cell: long,
      position: { latitude: 1.1, longitude: 2.2, altitude: 3.3 },
      port: 65_535,
      address: "fd00:1111:2222:3333:4444:5555:6666:7777",
      mobility: "mobile",
      canParent: true,
      parentPriority: 255,
      capabilities: Array.from({ length: 8 }, (_, index) => ({
        type: "sensor",
        name: `${index}`.repeat(64),
        confidence: 0.3,
      })),
    },
    capabilityDigest: "0123456789abcdef",
    peers: 4_096,
    standing: { role: "member", parentId: long, linkedPeers: Array(8).fill(long) },
    resources: {
      cpuCores: 65_535,
      memoryMb: 1 << 30,
      cpuUsagePercent: 100,
      memoryUsagePercent: 100,
      batteryPercent: 100,
      onMains: true,
      bandwidthMbps: 10_000_000,
    },
  };
}
