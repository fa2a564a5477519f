import assert from "node:assert/strict";
import { OperatingError } from "../../../src/core/kernel/operating_error.ts";
import { CertificateStore } from "../../../src/security/certificate_store.ts";
import type { Credentials } from "../../../src/security/credentials.ts";
import { DatagramGate } from "../../../src/security/datagram_gate.ts";
import { Formation } from "../../../src/security/formation.ts";
import { revoke, rotateFormation } from "../../../src/security/formation_life.ts";
import { FormationTime } from "../../../src/security/formation_time.ts";
import { ReplayWindows } from "../../../src/security/replay_windows.ts";
import {
  DatagramSealer,
  LAST_BOOT,
  LAST_SEQUENCE,
  openDatagram,
  SEAL_BYTES,
} from "../../../src/security/sealed_datagram.ts";
import { Enrolled, flipped, HOUR_MS, nodeOf, sharedRecord, START_MS, timeOf } from "./fixtures.ts";

const BODY = new TextEncoder().encode("drone-1 at 47.1, 8.5 leads");
const NOW = START_MS + 1_000;

function storeOf({ formation, revocations }: Credentials, known: readonly Credentials[] = []) {
  const store = new CertificateStore(formation, revocations);
  for (const credentials of known) assert(store.learn(credentials.member(NOW), NOW).ok);
  return store;
}

function reasonOf(
  datagram: Uint8Array,
  receiver: Credentials,
  store: CertificateStore,
  formationTimeMs = NOW,
): string {
  const verdict = openDatagram(datagram, receiver.formation, store, formationTimeMs);
  if (!verdict.ok) return verdict.reason;
  const learnt = store.learn(verdict.member, formationTimeMs);
  if (!learnt.ok) return learnt.reason;
  const reason = store.refuses(verdict.member, formationTimeMs);
  if (reason === undefined) store.prove(verdict.member.deviceId, formationTimeMs);
  return reason ?? "ok";
}

function gateAt(
  wallMs: number,
  node: Credentials,
  { sealer = new DatagramSealer(node, 1), windows = new ReplayWindows() } = {},
) {
  return new DatagramGate(node, sealer, timeOf(node, wallMs), windows);
}

Deno.test("what one member seals another opens, and knows who it was", () => {
  const record = sharedRecord();
  const [sender, receiver] = [nodeOf(record, "drone-1", "operator"), nodeOf(record, "drone-2")];
  const sealer = new DatagramSealer(sender, 7);
  sealer.seal(BODY, NOW);
  const verdict = openDatagram(
    sealer.seal(BODY, NOW),
    receiver.formation,
    storeOf(receiver, [sender]),
    NOW,
  );
  assert(verdict.ok);
  const { member, body, ...rest } = verdict;
  const { nodeId, deviceId, role } = member;
  assert.deepEqual([nodeId, deviceId, role], ["drone-1", sender.identity.deviceId, "operator"]);
  assert.deepEqual([...body], [...BODY]);
  assert.deepEqual(rest, { ok: true, epoch: 1, boot: 7, sequence: 1 });
});

Deno.test("a certificate in the seal makes its sender known", () => {
  const fleet = new Enrolled();
  const [sender, receiver] = [fleet.enrol("drone-1"), fleet.enrol("drone-2")];
  const store = storeOf(receiver);
  const sealer = new DatagramSealer(sender, 1);
  assert.equal(reasonOf(sealer.seal(BODY, NOW), receiver, store), "unknownDevice");
  assert.equal(
    reasonOf(sealer.seal(BODY, NOW, { wallMs: NOW }), receiver, store),
    "ok",
  );
  assert.equal(reasonOf(sealer.seal(BODY, NOW), receiver, store), "ok");
});

Deno.test("of a hundred sealed datagrams no changed byte is accepted", () => {
  const record = sharedRecord();
  const [sender, receiver] = [nodeOf(record, "drone-1"), nodeOf(record, "drone-2")];
  const store = storeOf(receiver, [sender]);
  const sealer = new DatagramSealer(sender, 3);
  let accepted = 0;
  for (let count = 0; count < 100; count++) {
    const datagram = sealer.seal(BODY, NOW, { wallMs: count % 10 === 0 ? NOW : undefined });
    assert.equal(reasonOf(datagram, receiver, store), "ok");
    for (let index = 0; index < datagram.length; index++) {
      const mask = 1 << ((index + count) % 8);
      if (reasonOf(flipped(datagram, index, mask), receiver, store) === "ok") accepted++;
    }
  }
  assert.equal(accepted, 0);
});

Deno.test("a datagram cut short or made longer is refused", () => {
  const record = sharedRecord();
  const [sender, receiver] = [nodeOf(record, "drone-1"), nodeOf(record, "drone-2")];
  const store = storeOf(receiver, [sender]);
  const datagram = new DatagramSealer(sender, 3).seal(BODY, NOW);
  for (let length = 0; length < datagram.length; length++) {
    assert.notEqual(reasonOf(datagram.subarray(0, length), receiver, store), "ok");
  }
  assert.equal(reasonOf(new Uint8Array([...datagram, 0]), receiver, store), "badSeal");
  const endless = new Uint8Array(1_201).fill(0xc1);
  assert.equal(reasonOf(endless, receiver, store), "tooLong");
});

Deno.test("a seal costs 110 bytes in the first boots and never more than its bound", () => {
  const sender = nodeOf(sharedRecord(), "drone-1");
  const overhead = (boot: number) =>
    new DatagramSealer(sender, boot).seal(BODY, NOW).length - BODY.length;
  assert.equal(overhead(1), 110);
  assert.equal(overhead(63), 110);
  assert.equal(overhead(64), 111);
  assert.equal(overhead(LAST_BOOT), SEAL_BYTES);
});

Deno.test("nothing that names the sender, its device, its role or its place is in clear", () => {
  const record = sharedRecord();
  const sender = nodeOf(record, "drone-1", "operator");
  const sealer = new DatagramSealer(sender, 1);
  const datagrams = [sealer.seal(BODY, NOW), sealer.seal(BODY, NOW, { wallMs: NOW })];
  const secrets = [
    new TextEncoder().encode("drone-1"),
    new TextEncoder().encode("alpha"),
    Uint8Array.fromHex(sender.identity.deviceId),
    Uint8Array.fromHex(record.id),
    sender.identity.signingKey.publicKey,
    BODY.subarray(0, 8),
  ];
  for (const datagram of datagrams) {
    for (const secret of secrets) assert(!datagram.toHex().includes(secret.toHex()));
  }
});

Deno.test("no two datagrams of fifty boots share a nonce", () => {
  const sender = nodeOf(sharedRecord(), "drone-1");
  const nonces = new Set<string>();
  for (let boot = 1; boot <= 50; boot++) {
    // A node that was killed may come up with the boot number it had.
    const sealer = new DatagramSealer(sender, Math.ceil(boot / 2));
    for (let count = 0; count < 20; count++) {
      nonces.add(sealer.seal(BODY, NOW).subarray(1, 13).toHex());
    }
  }
  assert.equal(nonces.size, 1_000);
});

Deno.test("a sealer stops after the last sequence number", () => {
  const sealer = new DatagramSealer(nodeOf(sharedRecord(), "drone-1"), 1, LAST_SEQUENCE);
  sealer.seal(BODY, NOW);
  assert.throws(
    () => sealer.seal(BODY, NOW),
    (error) => error instanceof OperatingError && error.code === "sequence-exhausted",
  );
});

Deno.test("another formation's datagram, a plain one and an old epoch's are told apart", () => {
  const record = sharedRecord();
  const receiver = nodeOf(record, "drone-2");
  const store = storeOf(receiver);
  const stranger = new DatagramSealer(nodeOf(sharedRecord(), "drone-1"), 1);
  assert.equal(reasonOf(stranger.seal(BODY, NOW), receiver, store), "badSeal");
  const plain = Uint8Array.of(0x0a, 0x07, ...new Uint8Array(200));
  assert.equal(reasonOf(plain, receiver, store), "notSealed");
  const rotated = rotateFormation(record, { graceMs: 0, nowMs: NOW });
  const later = nodeOf(rotated, "drone-3");
  const old = new DatagramSealer(nodeOf(record, "drone-1"), 1).seal(BODY, NOW);
  assert.equal(reasonOf(old, later, storeOf(later)), "unknownEpoch");
});

Deno.test("a member cannot speak for another", () => {
  const fleet = new Enrolled();
  const [victim, receiver] = [fleet.enrol("drone-1"), fleet.enrol("drone-2")];
  const thief = fleet.enrol("drone-3");
  const store = storeOf(receiver, [victim, thief]);
  const disguised = {
    formation: thief.formation,
    identity: { ...thief.identity, deviceId: victim.identity.deviceId },
    member: (formationTimeMs: number) => thief.member(formationTimeMs),
  } as unknown as Credentials;
  const sealer = new DatagramSealer(disguised, 1);
  assert.equal(reasonOf(sealer.seal(BODY, NOW), receiver, store), "badSignature");
  const withOwn = sealer.seal(BODY, NOW, { wallMs: NOW });
  assert.equal(reasonOf(withOwn, receiver, store), "wrongDevice");
});

Deno.test("a device that is heard keeps its name, and one that is silent loses it", () => {
  const record = sharedRecord();
  const [sender, rival] = [nodeOf(record, "drone-1"), nodeOf(record, "drone-1")];
  const receiver = nodeOf(record, "drone-2");
  const store = storeOf(receiver, [sender]);
  const claim = new DatagramSealer(rival, 1);
  const reasonAt = (sealer: DatagramSealer, at: number) =>
    reasonOf(
      sealer.seal(BODY, at, { wallMs: sealer === claim ? at : undefined }),
      receiver,
      store,
      at,
    );
  assert.equal(reasonAt(new DatagramSealer(sender, 1), NOW + 50_000), "ok");
  assert.equal(reasonAt(claim, NOW + 60_000), "nodeTaken");
  assert.equal(reasonAt(claim, NOW + 110_000), "ok");
});

Deno.test("nobody takes a name by another's certificate, or by what was said long ago", () => {
  const record = sharedRecord();
  const receiver = nodeOf(record, "drone-2");
  const [winner, loser] = [nodeOf(record, "drone-1"), nodeOf(record, "drone-1")]
    .sort((left, right) => left.identity.deviceId < right.identity.deviceId ? -1 : 1);
  let wallMs = NOW;
  const time = new FormationTime(receiver, { monotonicMs: () => wallMs, wallMs: () => wallMs });
  const successions: string[] = [];
  const gate = new DatagramGate(
    receiver,
    new DatagramSealer(receiver, 1),
    time,
    new ReplayWindows(),
    { onSuccession: (nodeId) => successions.push(nodeId) },
  );
  const reasonAt = (datagram: Uint8Array, at: number, isRelayed = false) => {
    wallMs = at;
    const verdict = isRelayed ? gate.receiveRelayed(datagram) : gate.receive(datagram);
    return verdict.ok ? "ok" : verdict.reason;
  };
  const beaconOf = (sender: DatagramSealer, at: number) => sender.seal(BODY, at, { wallMs: at });
  const said = beaconOf(new DatagramSealer(winner!, 1), NOW);
  assert.equal(reasonAt(said, NOW), "ok");
  const late = NOW + 100_000;
  assert.equal(reasonAt(beaconOf(new DatagramSealer(loser!, 1), late), late), "ok");
  assert.deepEqual(successions, ["drone-1"]);

  // Silent for so long, the one that has the name would yield it to the other.
  const later = late + 20_000;
  assert.equal(reasonAt(said, later), "replayed");
  assert.equal(reasonAt(said, later, true), "replayed");
  const thief = nodeOf(record, "thief");
  const disguised = {
    formation: thief.formation,
    identity: { ...thief.identity, deviceId: winner!.identity.deviceId },
    member: (formationTimeMs: number) => winner!.member(formationTimeMs),
  } as unknown as Credentials;
  assert.equal(reasonAt(beaconOf(new DatagramSealer(disguised, 2), later), later), "badSignature");
  const own = { ...disguised, identity: thief.identity } as unknown as Credentials;
  assert.equal(reasonAt(beaconOf(new DatagramSealer(own, 2), later), later), "wrongDevice");
  assert.deepEqual(successions, ["drone-1"]);
  assert.equal(gate.certificates.findNode("drone-1")?.deviceId, loser!.identity.deviceId);
  assert.equal(reasonAt(beaconOf(new DatagramSealer(winner!, 2), later), later), "ok");
  assert.deepEqual(successions, ["drone-1", "drone-1"]);
});

Deno.test("a member whose time is over, or who was put out, is refused by name", () => {
  const fleet = new Enrolled();
  const receiver = fleet.enrol("drone-2");
  const guest = fleet.enrol("drone-1", { expiresAtMs: START_MS + HOUR_MS });
  const store = storeOf(receiver, [guest]);
  const sealer = new DatagramSealer(guest, 1);
  assert.equal(reasonOf(sealer.seal(BODY, NOW), receiver, store), "ok");
  const late = START_MS + HOUR_MS;
  assert.equal(reasonOf(sealer.seal(BODY, late), receiver, store, late), "expired");
  const early = START_MS - 2 * HOUR_MS;
  assert.equal(reasonOf(sealer.seal(BODY, early), receiver, store, early), "notYetValid");
  const { record } = revoke(fleet.record, "drone-1", NOW);
  const [entry] = record.revocations;
  assert.equal(receiver.revocations.merge(Uint8Array.fromBase64(entry!)), "added");
  assert.equal(reasonOf(sealer.seal(BODY, NOW), receiver, store), "revoked");
});

Deno.test("during a rotation both who has the new file and who has not hear each other", () => {
  const old = sharedRecord();
  const graceMs = 24 * HOUR_MS;
  const rotated = rotateFormation(old, { graceMs, nowMs: NOW });
  const [ahead, behind] = [nodeOf(rotated, "drone-1"), nodeOf(old, "drone-2")];
  const say = (sender: Credentials, receiver: Credentials, at: number) => {
    const datagram = new DatagramSealer(sender, 1).seal(BODY, at, { wallMs: NOW });
    return reasonOf(datagram, receiver, storeOf(receiver), at);
  };
  const firstHalf = NOW + graceMs / 2 - 1;
  assert.equal(say(ahead, behind, firstHalf), "ok");
  assert.equal(say(behind, ahead, firstHalf), "ok");
  const secondHalf = NOW + graceMs - 1;
  assert.equal(say(behind, ahead, secondHalf), "ok");
  assert.equal(say(ahead, behind, secondHalf), "unknownEpoch");
  assert.equal(say(behind, ahead, NOW + graceMs), "unknownEpoch");
});

Deno.test("the gate lets a datagram in once, and again in no later life of the receiver", () => {
  const record = sharedRecord();
  const [sender, receiver] = [nodeOf(record, "drone-1"), nodeOf(record, "drone-2")];
  const windows = new ReplayWindows();
  const sealer = new DatagramSealer(sender, 5);
  const captured = [1, 2, 3].map(() => sealer.seal(BODY, NOW, { wallMs: NOW }));
  const gate = gateAt(NOW, receiver, { windows });
  for (const datagram of captured) assert(gate.receive(datagram).ok);
  for (const datagram of captured) assert(!gate.receive(datagram).ok);
  assert.deepEqual(gate.refused(), { replayed: 3 });
  const kept = new ReplayWindows();
  kept.restore(windows.marks());
  const restarted = gateAt(NOW, receiver, { windows: kept });
  for (const datagram of captured) assert(!restarted.receive(datagram).ok);
  assert(restarted.receive(sealer.seal(BODY, NOW, { wallMs: NOW })).ok);
  const rebooted = new DatagramSealer(sender, 6);
  assert(restarted.receive(rebooted.seal(BODY, NOW)).ok);
  const before = restarted.receive(sealer.seal(BODY, NOW));
  assert(!before.ok && before.reason === "oldBoot");
});

Deno.test("a forged datagram does not move the replay window", () => {
  const record = sharedRecord();
  const [sender, receiver] = [nodeOf(record, "drone-1"), nodeOf(record, "drone-2")];
  const gate = gateAt(NOW, receiver);
  const sealer = new DatagramSealer(sender, 5);
  assert(gate.receive(sealer.seal(BODY, NOW, { wallMs: NOW })).ok);
  // The sequence number is in clear, so anyone can raise it.
  assert(!gate.receive(flipped(sealer.seal(BODY, NOW), 9, 0xff)).ok);
  assert(gate.receive(sealer.seal(BODY, NOW)).ok);
});

Deno.test("a node tells its own echo from a clone with its key", () => {
  const record = sharedRecord();
  const node = nodeOf(record, "drone-1");
  const own = new DatagramSealer(node, 5);
  const gate = gateAt(NOW, node, { sealer: own });
  const reasonAt = (datagram: Uint8Array) => {
    const verdict = gate.receive(datagram);
    return verdict.ok ? "ok" : verdict.reason;
  };
  assert.equal(reasonAt(own.seal(BODY, NOW, { wallMs: NOW })), "own");
  const clone = new DatagramSealer(node, 5);
  assert.equal(reasonAt(clone.seal(BODY, NOW, { wallMs: NOW })), "cloned");
  const recording = new DatagramSealer(node, 4);
  assert.equal(reasonAt(recording.seal(BODY, NOW)), "own");
});

Deno.test("the same secret under another id is another formation", () => {
  const record = sharedRecord();
  const other = { ...record, id: "00".repeat(16) };
  const [left, right] = [new Formation(record), new Formation(other)];
  assert.notDeepEqual(left.keys.newest.groupKey, right.keys.newest.groupKey);
  assert.notEqual(left.fingerprint, right.fingerprint);
});
