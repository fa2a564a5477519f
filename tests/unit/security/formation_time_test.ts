import assert from "node:assert/strict";
import type { Credentials } from "../../../src/security/credentials.ts";
import { DatagramGate } from "../../../src/security/datagram_gate.ts";
import { rotateFormation } from "../../../src/security/formation_life.ts";
import { FormationTime } from "../../../src/security/formation_time.ts";
import { ReplayWindows } from "../../../src/security/replay_windows.ts";
import { DatagramSealer } from "../../../src/security/sealed_datagram.ts";
import { Credentials as Node } from "../../../src/security/credentials.ts";
import { makeIdentity } from "../../../src/security/identity.ts";
import { issueMembership } from "../../../src/security/membership.ts";
import { Enrolled, HOUR_MS, nodeOf, sharedRecord, START_MS, timeOf } from "./fixtures.ts";

const BODY = new Uint8Array(20);
const YEAR_MS = 365 * 24 * HOUR_MS;
const PRESENT = START_MS + YEAR_MS;

/** What comes in at a node whose own clock shows this. */
function earOf(node: Credentials, wallMs: number) {
  const clock = { sinceMs: 0 };
  const time = new FormationTime(node, {
    monotonicMs: () => clock.sinceMs,
    wallMs: () => wallMs + clock.sinceMs,
  });
  const expired: string[] = [];
  const gate = new DatagramGate(node, new DatagramSealer(node, 1), time, new ReplayWindows(), {
    onExpired: (nodeId) => expired.push(nodeId),
  });
  return {
    time,
    gate,
    /** How long the receiver has run. */
    clock,
    /** Whom the gate told of. */
    expired,
    /** How the receiver takes a beacon of a sender whose own clock shows this. */
    hear(sender: DatagramSealer, wallMs: number): string {
      const verdict = gate.receive(sender.seal(BODY, wallMs, { wallMs }));
      return verdict.ok ? "ok" : verdict.reason;
    },
  };
}

function sealers(...nodes: Credentials[]): DatagramSealer[] {
  return nodes.map((node) => new DatagramSealer(node, 1));
}

Deno.test("a node whose own clock is years off lets in who is good, and nobody else", () => {
  for (const errorMs of [-30 * YEAR_MS, -YEAR_MS / 2, 0, 10 * YEAR_MS]) {
    const fleet = new Enrolled();
    const receiver = fleet.enrol("receiver");
    const expiresAtMs = PRESENT + YEAR_MS;
    const [first, second] = sealers(
      fleet.enrol("first", { expiresAtMs }),
      fleet.enrol("second", { expiresAtMs }),
    );
    const [expired] = sealers(fleet.enrol("expired", { expiresAtMs: START_MS + YEAR_MS / 4 }));
    const { hear } = earOf(receiver, PRESENT + errorMs);
    hear(first!, PRESENT);
    hear(second!, PRESENT);
    assert.equal(hear(first!, PRESENT), "ok", `${errorMs}`);
    assert.equal(hear(second!, PRESENT), "ok", `${errorMs}`);
    assert.equal(hear(expired!, PRESENT), "expired", `${errorMs}`);
  }
});

Deno.test("one member that lies makes nobody's expired certificate good", () => {
  const fleet = new Enrolled();
  const [receiver, liar] = [fleet.enrol("receiver"), fleet.enrol("liar")];
  const [expired] = sealers(fleet.enrol("expired", { expiresAtMs: PRESENT - HOUR_MS }));
  const { hear } = earOf(receiver, PRESENT);
  assert.equal(hear(sealers(liar)[0]!, PRESENT - 2 * HOUR_MS), "ok");
  assert.equal(hear(expired!, PRESENT), "expired");
  // Nor does the one whose certificate it is, when it is the only one that is heard.
  const alone = earOf(receiver, PRESENT);
  assert.equal(alone.hear(expired!, PRESENT - 2 * HOUR_MS), "expired");
});

Deno.test("whoever was let in is put out once the formation's time passes its certificate's end", () => {
  const fleet = new Enrolled();
  const receiver = fleet.enrol("receiver");
  const expiresAtMs = START_MS + HOUR_MS;
  const [expired, first, second] = sealers(
    fleet.enrol("expired", { expiresAtMs }),
    fleet.enrol("first"),
    fleet.enrol("second"),
  );
  // Both clocks are years behind, so nothing says yet that the certificate's time is over.
  const ear = earOf(receiver, START_MS - 10 * YEAR_MS);
  assert.equal(ear.hear(expired!, START_MS - 10 * YEAR_MS), "ok");
  ear.gate.expire();
  assert.deepEqual(ear.expired, []);
  ear.hear(first!, PRESENT);
  ear.hear(second!, PRESENT);
  assert.deepEqual(ear.expired, ["expired"], "the moment the time is known");
  assert.equal(ear.hear(expired!, START_MS - 10 * YEAR_MS), "expired");
  ear.gate.expire();
  assert.deepEqual(ear.expired, ["expired"], "once");
});

Deno.test("a certificate that ends while nobody says a word puts its owner out, until it is renewed", () => {
  const fleet = new Enrolled();
  const ear = earOf(fleet.enrol("receiver"), START_MS);
  const identity = makeIdentity();
  const enrol = (expiresAtMs: number) =>
    sealers(fleet.enrol("peer", { identity, expiresAtMs }))[0]!;
  assert.equal(ear.hear(enrol(START_MS + HOUR_MS), START_MS), "ok");
  ear.clock.sinceMs = HOUR_MS - 1;
  ear.gate.expire();
  assert.deepEqual(ear.expired, []);
  ear.clock.sinceMs = HOUR_MS;
  ear.gate.expire();
  assert.deepEqual(ear.expired, ["peer"]);
  const sealer = new DatagramSealer(
    fleet.enrol("peer", { identity, expiresAtMs: START_MS + 3 * HOUR_MS }),
    2,
  );
  assert.equal(ear.hear(sealer, START_MS + HOUR_MS), "ok");
  ear.clock.sinceMs = 2 * HOUR_MS;
  ear.gate.expire();
  assert.deepEqual(ear.expired, ["peer"]);
  ear.clock.sinceMs = 3 * HOUR_MS;
  ear.gate.expire();
  assert.deepEqual(ear.expired, ["peer", "peer"]);
});

Deno.test("what the authority signs proves what time it is, and what members sign does not", () => {
  const fleet = new Enrolled();
  const { time, hear } = earOf(fleet.enrol("receiver"), 0);
  assert.equal(time.nowMs(), START_MS);
  hear(sealers(fleet.enrol("first"))[0]!, 0);
  assert.deepEqual([time.nowMs(), time.view().basis], [START_MS, "proven"]);

  const record = sharedRecord();
  const sender = nodeOf(record, "sender");
  const { formation, identity } = sender;
  const { serverCertificateHash } = sender.member(START_MS);
  const certificate = issueMembership(formation, formation.keys.newest, {
    nodeId: "sender",
    devicePublicKey: identity.signingKey.publicKey,
    role: "admin",
    serial: 9,
    issuedAtMs: PRESENT + 50 * YEAR_MS,
    expiresAtMs: 0,
    serverCertificateHash,
  });
  const boaster = {
    formation,
    identity,
    member: () => ({ certificate }),
  } as unknown as Credentials;
  const shared = earOf(nodeOf(record, "receiver"), PRESENT);
  assert.equal(shared.hear(new DatagramSealer(boaster, 1), PRESENT), "ok");
  assert.equal(shared.time.nowMs(), PRESENT);
});

Deno.test("a replayed datagram says nothing about the time", () => {
  const fleet = new Enrolled();
  const receiver = fleet.enrol("receiver");
  const [sender] = sealers(fleet.enrol("sender"));
  const time = timeOf(receiver, PRESENT);
  const gate = new DatagramGate(
    receiver,
    new DatagramSealer(receiver, 1),
    time,
    new ReplayWindows(),
  );
  const old = sender!.seal(BODY, PRESENT, { wallMs: PRESENT + 2 * YEAR_MS });
  assert.ok(gate.receive(old).ok);
  assert.ok(gate.receive(sender!.seal(BODY, PRESENT, { wallMs: PRESENT })).ok);
  assert.equal(time.nowMs(), PRESENT);
  assert.ok(!gate.receive(old).ok);
  assert.equal(time.nowMs(), PRESENT);
});

Deno.test("a node years ahead hears its enrolled formation through a rotation, not after it", () => {
  const graceMs = 24 * HOUR_MS;
  const fleet = new Enrolled();
  const identities = ["receiver", "first", "second"].map((nodeId) => ({
    nodeId,
    identity: makeIdentity(),
  }));
  fleet.record = rotateFormation(fleet.record, { graceMs, nowMs: PRESENT }) as typeof fleet.record;
  const [receiver, first, second] = identities.map(({ nodeId, identity }) =>
    new Node(fleet.memberRecord(nodeId, identity), identity, nodeId)
  );
  // The first half of the grace: everyone still seals with the key of before.
  const ahead = earOf(receiver!, PRESENT + 10 * YEAR_MS);
  const senders = sealers(first!, second!);
  assert.equal(ahead.hear(senders[0]!, PRESENT + HOUR_MS), "unknownEpoch");
  assert.equal(ahead.hear(senders[1]!, PRESENT + HOUR_MS), "ok");
  assert.equal(ahead.hear(senders[0]!, PRESENT + HOUR_MS), "ok");
  const after = earOf(receiver!, PRESENT + 2 * graceMs);
  const old = senders[0]!.seal(BODY, PRESENT + HOUR_MS, { wallMs: PRESENT + 2 * graceMs });
  const gate = new DatagramGate(
    receiver!,
    new DatagramSealer(receiver!, 2),
    after.time,
    new ReplayWindows(),
  );
  const verdict = gate.receive(old);
  assert.equal(verdict.ok ? "ok" : verdict.reason, "unknownEpoch");
});
