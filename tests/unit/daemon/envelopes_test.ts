import assert from "node:assert/strict";
import type { Datagram } from "../../../src/core/messages.ts";
import type { Envelope } from "../../../src/core/peer_message.ts";
import { Envelopes } from "../../../src/daemon/envelopes.ts";
import { SealedCodec } from "../../../src/daemon/sealed_codec.ts";
import { Credentials } from "../../../src/security/credentials.ts";
import { createFormation } from "../../../src/security/formation_life.ts";
import { makeIdentity } from "../../../src/security/identity.ts";
import { ReplayWindows } from "../../../src/security/replay_windows.ts";
import { encodeEnvelope } from "../../../src/wire/envelope.ts";
import { timeOf } from "../security/fixtures.ts";
import { NO_ORIGINALS } from "../wire/no_originals.ts";

const NOW = Date.UTC(2026, 0, 1);
const FORMATION = createFormation("alpha", "shared", NOW);

/** One node's edge, as far as it has to do with what goes over others. */
class Edge {
  readonly codec: SealedCodec;
  readonly envelopes: Envelopes;
  boot = 7;

  constructor(readonly nodeId: string, formation = FORMATION) {
    const credentials = new Credentials(formation, makeIdentity(), nodeId);
    const codec = this.codec = new SealedCodec({
      credentials,
      boot: () => this.boot,
      time: timeOf(credentials, NOW),
      windows: new ReplayWindows(),
      onRival: () => {},
    });
    this.envelopes = new Envelopes({
      nodeId,
      boot: () => this.boot,
      seal: (body) => codec.sealEnvelope(body),
      open: (sealed) => codec.openEnvelope(sealed),
      opener: NO_ORIGINALS,
    });
  }

  /** Its beacon, with the certificate that others judge it by. */
  beacon(): Uint8Array {
    const { nodeId, boot } = this;
    const advertisement = { version: "1", level: 0, capabilities: [] };
    const beacon = { nodeId, boot, sequence: 1, ttlMs: 30_000, leaving: false, advertisement };
    const message: Datagram = { kind: "beacon", beacon };
    return this.codec.encode(message)!;
  }
}

function meet(...edges: Edge[]): void {
  const beacons = edges.map((edge) => edge.beacon());
  for (const edge of edges) for (const beacon of beacons) edge.codec.decode(beacon);
}

function envelopeOf(origin: string, target: string, targetBoot = 7): Envelope {
  const message = { kind: "cell", cellId: "alpha", message: { kind: "leave" } } as const;
  return { origin, target, targetBoot, message };
}

Deno.test("what one node seals for another arrives as it was said, over as many as there are", () => {
  const [alice, bob, carol, dave] = ["alice", "bob", "carol", "dave"].map((name) => new Edge(name));
  meet(alice!, bob!, carol!, dave!);
  const first = alice!.envelopes.sealedOf(envelopeOf("alice", "dave"))!;
  const atBob = bob!.envelopes.unseal(first)!;
  assert.deepEqual(atBob, envelopeOf("alice", "dave"));
  const second = bob!.envelopes.sealedOf(atBob)!;
  assert.deepEqual(second, first, "the very bytes go on");
  const atCarol = carol!.envelopes.unseal(second)!;
  assert.deepEqual(dave!.envelopes.unseal(carol!.envelopes.sealedOf(atCarol)!), atBob);
});

Deno.test("whoever hands on an envelope can neither change it nor make one of another", () => {
  const [alice, mallory, dave] = ["alice", "mallory", "dave"].map((name) => new Edge(name));
  meet(alice!, mallory!, dave!);
  const sealed = alice!.envelopes.sealedOf(envelopeOf("alice", "dave"))!;
  const changed = sealed.slice();
  changed[sealed.length - 20]! ^= 1;
  assert.equal(dave!.envelopes.unseal(changed), undefined);
  assert.deepEqual(dave!.codec.rejected(), { badSeal: 1 });
  const forged = envelopeOf("alice", "dave");
  assert.equal(mallory!.envelopes.sealedOf(forged), undefined);
  const asItself = mallory!.codec.sealEnvelope(encodeEnvelope(forged))!;
  assert.equal(dave!.envelopes.unseal(asItself)?.origin, "mallory", "which is who signed it");
  const stranger = new Edge("alice", createFormation("beta", "shared", NOW));
  const strange = stranger.envelopes.sealedOf(envelopeOf("alice", "dave"))!;
  assert.equal(dave!.envelopes.unseal(strange), undefined);
});

Deno.test("an envelope is opened once by whom it is for, and in no other of its lives", () => {
  const [alice, bob, dave] = ["alice", "bob", "dave"].map((name) => new Edge(name));
  meet(alice!, bob!, dave!);
  const sealed = alice!.envelopes.sealedOf(envelopeOf("alice", "dave"))!;
  assert.ok(bob!.envelopes.unseal(sealed) && bob!.envelopes.unseal(sealed), "others hand it on");
  assert.ok(dave!.envelopes.unseal(sealed));
  assert.equal(dave!.envelopes.unseal(sealed), undefined);
  const old = alice!.envelopes.sealedOf(envelopeOf("alice", "dave", 6))!;
  assert.equal(dave!.envelopes.unseal(old), undefined);
  assert.deepEqual(dave!.envelopes.rejected(), { replayedEnvelope: 1, envelopeOfAnotherLife: 1 });
});

Deno.test("an envelope is taken for no datagram, and no datagram for an envelope", () => {
  const [alice, dave] = ["alice", "dave"].map((name) => new Edge(name));
  meet(alice!, dave!);
  assert.equal(
    dave!.codec.decode(alice!.envelopes.sealedOf(envelopeOf("alice", "dave"))!),
    undefined,
  );
  assert.equal(dave!.envelopes.unseal(alice!.beacon()), undefined);
  assert.deepEqual(dave!.codec.rejected(), { badSignature: 2 });
});

Deno.test("what is no envelope in a good seal is its origin's fault, and is counted", () => {
  const [alice, dave] = ["alice", "dave"].map((name) => new Edge(name));
  meet(alice!, dave!);
  assert.equal(dave!.envelopes.unseal(alice!.codec.sealEnvelope(Uint8Array.of(255))!), undefined);
  assert.deepEqual(dave!.envelopes.rejected(), { malformedEnvelope: 1 });
});
