import assert from "node:assert/strict";
import type { Beacon, Position } from "../../../../src/core/beacon/beacon.ts";
import { encodeGeohash } from "../../../../src/core/beacon/geohash.ts";
import type { Capability } from "../../../../src/core/capability/capability.ts";
import {
  BeaconSources,
  type SourceOptions,
} from "../../../../src/core/discovery/beacon_sources.ts";
import { parseWant } from "../../../../src/core/discovery/capability_match.ts";
import { TOLD_LIMIT } from "../../../../src/core/discovery/hybrid.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";

const HERE: Position = { latitude: 47.1, longitude: 8.5 };
const THERE: Position = { latitude: 47.2, longitude: 8.5 };
const TTL_MS = 10_000;

interface Said {
  readonly position?: Position | undefined;
  readonly capabilities?: readonly Capability[];
}

/** The sources of a node, and whom they tell of. */
class Ears {
  readonly sources: BeaconSources;
  readonly told = new Set<string>();
  now = 0;

  constructor(options: SourceOptions, position: Position | undefined = HERE) {
    this.sources = new BeaconSources("self", position, options);
  }

  /** What is said of it, in words. */
  hear(nodeId: string, { position, capabilities = [] }: Said = {}): string[] {
    const advertisement = {
      version: "1",
      level: 0,
      capabilities,
      ...(position === undefined ? {} : { position }),
    };
    const numbers = { boot: 1, sequence: 1, ttlMs: TTL_MS, leaving: false };
    const beacon: Beacon = { nodeId, ...numbers, advertisement };
    const address = { from: `${nodeId}:1`, port: 4_000 };
    this.sources.handle(this.now, { kind: "said", beacon, address });
    return this.follow();
  }

  gone(nodeId: string): string[] {
    this.sources.handle(this.now, { kind: "gone", nodeId });
    return this.follow();
  }

  move(position: Position): string[] {
    this.sources.handle(this.now, { kind: "moved", position });
    return this.follow();
  }

  wait(forMs: number): string[] {
    this.now += forMs;
    this.sources.handle(this.now, { kind: "due" });
    return this.follow();
  }

  follow(): string[] {
    return drain(this.sources).flatMap((output) => {
      if (output.kind === "notice") {
        const { type, ...rest } = output.notice;
        return [`${type} ${"nodeId" in rest ? rest.nodeId : ""}`];
      }
      if (output.event.kind === "seen") this.told.add(output.event.nodeId);
      else if (output.event.kind === "lost") this.told.delete(output.event.nodeId);
      return [];
    });
  }
}

Deno.test("peers in one cluster are told of, as they come, move and go", () => {
  const ears = new Ears({ geographic: {} });
  assert.deepEqual(ears.hear("far", { position: THERE }), []);
  assert.deepEqual(ears.hear("nowhere"), []);
  assert.deepEqual(ears.hear("near", { position: HERE }), ["clusterJoined near"]);
  assert.deepEqual(ears.hear("near", { position: HERE }), []);
  assert.deepEqual([...ears.told], ["near"]);
  assert.deepEqual(ears.move(THERE), ["clusterLeft near", "clusterJoined far"]);
  assert.deepEqual(ears.hear("far", { position: HERE }), ["clusterLeft far"]);
  assert.deepEqual(ears.move(HERE), ["clusterJoined far", "clusterJoined near"]);
  assert.deepEqual(ears.gone("near"), ["clusterLeft near"]);
  assert.deepEqual(ears.hear("far"), ["clusterLeft far"], "it does not say any more where it is");
  assert.deepEqual([...ears.told], []);
});

Deno.test("a node that speaks often makes no cluster alone", () => {
  const ears = new Ears({ geographic: { leastSize: 3 } });
  for (let count = 0; count < 10; count++) {
    assert.deepEqual(ears.hear("loud", { position: HERE }), []);
  }
  assert.deepEqual(ears.hear("second", { position: HERE }), [
    "clusterJoined loud",
    "clusterJoined second",
  ]);
  assert.deepEqual(ears.gone("second"), ["clusterLeft loud", "clusterLeft second"]);
});

Deno.test("a node that does not know where it is has nobody near", () => {
  const lost = new BeaconSources("self", undefined, { geographic: {} });
  const beacon: Beacon = {
    nodeId: "near",
    boot: 1,
    sequence: 1,
    ttlMs: TTL_MS,
    leaving: false,
    advertisement: { version: "1", level: 0, capabilities: [], position: HERE },
  };
  lost.handle(0, { kind: "said", beacon, address: { from: "near:1" } });
  assert.deepEqual(drain(lost), []);
});

Deno.test("whom nobody hears any more is told of until its last beacon runs out", () => {
  const thermal = { type: "sensor", name: "thermal", confidence: 0.9 } as const;
  const search = { required: [parseWant("sensor:thermal")], optional: [], leastScore: 0.6 };
  const ears = new Ears({ geographic: {}, capability: search });
  const said = { position: HERE, capabilities: [thermal] };
  assert.deepEqual(ears.hear("b", said).sort(), ["capabilityFound b", "clusterJoined b"]);
  assert.deepEqual(ears.wait(TTL_MS - 1), []);
  assert.deepEqual(ears.hear("b", said), []);
  assert.deepEqual(ears.wait(TTL_MS - 1), [], "the later beacon counts");
  assert.deepEqual(ears.wait(1).sort(), ["capabilityLost b", "clusterLeft b"]);
  assert.deepEqual([...ears.told], []);
});

Deno.test("a peer is told of for as long as it can do what is looked for", () => {
  const search = {
    required: [parseWant("sensor:thermal=0.5")],
    optional: [parseWant("compute")],
    leastScore: 0.9,
  };
  const ears = new Ears({ capability: search });
  const thermal = (confidence: number): Capability => ({
    type: "sensor",
    name: "thermal",
    confidence,
  });
  const gpu: Capability = { type: "compute", name: "gpu", confidence: 1 };
  assert.deepEqual(ears.hear("b", { capabilities: [gpu] }), [], "what is required is not there");
  assert.deepEqual(ears.hear("b", { capabilities: [thermal(1)] }), [], "0.7 is not enough");
  assert.deepEqual(ears.hear("b", { capabilities: [thermal(0.4), gpu] }), []);
  assert.deepEqual(ears.hear("b", { capabilities: [thermal(0.6), gpu] }), ["capabilityFound b"]);
  assert.deepEqual(ears.hear("b", { capabilities: [gpu, thermal(0.9)] }), []);
  assert.deepEqual(ears.hear("b", { capabilities: [thermal(1)] }), ["capabilityLost b"]);
});

Deno.test("of no more nodes is remembered than a source may tell of, and the rest are counted", () => {
  const ears = new Ears({ geographic: {} });
  for (let count = 0; count < TOLD_LIMIT + 10; count++) ears.hear(`n${count}`, { position: HERE });
  assert.equal(ears.told.size, TOLD_LIMIT);
  assert.equal(ears.sources.refused, 10);
});

Deno.test("whatever comes in whatever order, those are told of who are in one cluster", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(`clusters ${seed}`);
    const leastSize = random.between(2, 4);
    const ears = new Ears({ geographic: { precision: 5, leastSize } });
    const places = new Map<string, { position: Position; until: number }>();
    let own: Position = HERE;
    const anywhere = () => ({ latitude: 47 + random.below(3) / 10, longitude: 8.5 });
    for (let step = 0; step < 200; step++) {
      const nodeId = `n${random.below(6)}`;
      ears.wait(random.below(2_000));
      const action = random.below(10);
      if (action === 0) {
        own = anywhere();
        ears.move(own);
      } else if (action === 1) {
        places.delete(nodeId);
        ears.gone(nodeId);
      } else {
        const position = action === 2 ? undefined : anywhere();
        if (position === undefined) places.delete(nodeId);
        else places.set(nodeId, { position, until: ears.now + TTL_MS });
        ears.hear(nodeId, { position });
      }
      const near = [...places].filter(([_, { position, until }]) =>
        until > ears.now && encodeGeohash(position, 5) === encodeGeohash(own, 5)
      ).map(([its]) => its);
      const expected = near.length + 1 >= leastSize ? near.sort() : [];
      assert.deepEqual([...ears.told].sort(), expected, `seed ${seed}, step ${step}`);
    }
  }
});
