import assert from "node:assert/strict";
import type { CellBeat } from "../../../src/core/cell/beat.ts";
import type { Authority } from "../../../src/core/election/claim.ts";
import type { Datagram } from "../../../src/core/messages.ts";
import { PlainCodec } from "../../../src/daemon/datagram_codec.ts";
import { type RivalMeeting, SealedCodec } from "../../../src/daemon/sealed_codec.ts";
import { Credentials } from "../../../src/security/credentials.ts";
import { createFormation } from "../../../src/security/formation_life.ts";
import { makeIdentity } from "../../../src/security/identity.ts";
import { timeOf } from "../security/fixtures.ts";
import { ReplayWindows } from "../../../src/security/replay_windows.ts";
import { encodeDatagram } from "../../../src/wire/datagram.ts";

const NOW = Date.UTC(2026, 0, 1);
const FORMATION = createFormation("alpha", "shared", NOW);

function codecOf(
  nodeId: string,
  formation = FORMATION,
  boot: () => number | undefined = () => 7,
  onRival: (meeting: RivalMeeting) => void = () => {},
): SealedCodec {
  const credentials = new Credentials(formation, makeIdentity(), nodeId);
  return new SealedCodec({
    credentials,
    boot,
    time: timeOf(credentials, NOW),
    windows: new ReplayWindows(),
    onRival,
  });
}

function beaconOf(nodeId: string, sequence = 1): Datagram {
  const advertisement = { version: "1", level: 0, capabilities: [] };
  const beacon = { nodeId, boot: 7, sequence, ttlMs: 30_000, leaving: false, advertisement };
  return { kind: "beacon", beacon };
}

function pulsingBeaconOf(nodeId: string, sequence: number): Datagram {
  const message = beaconOf(nodeId, sequence) as Extract<Datagram, { kind: "beacon" }>;
  return { ...message, beacon: { ...message.beacon, pulseMs: 1_000 } };
}

function pulseOf(nodeId: string, sequence: number): Datagram {
  return { kind: "pulse", pulse: { nodeId, boot: 7, sequence, pulseMs: 1_000 } };
}

function withBeat(message: Datagram, beat: CellBeat): Datagram {
  if (message.kind === "beacon") return { ...message, beacon: { ...message.beacon, beat } };
  assert.ok(message.kind === "pulse");
  return { ...message, pulse: { ...message.pulse, beat } };
}

function leadingBeat(authority: Authority): CellBeat {
  return { kind: "heartbeat", cellId: "alpha", term: 3, authority, promiseMs: 600 };
}

function followingBeat(heard: number): CellBeat {
  const claim = { term: 3, nodeId: "bob" };
  return { kind: "acknowledgement", cellId: "alpha", claim, heard };
}

Deno.test("what a member seals another member opens, once it knows the sender", () => {
  const alice = codecOf("alice");
  const bob = codecOf("bob");
  assert.equal(bob.decode(alice.encode(pulseOf("alice", 1))!), undefined);
  assert.deepEqual(bob.rejected(), { unknownDevice: 1 });
  assert.deepEqual(bob.decode(alice.encode(beaconOf("alice", 2))!), beaconOf("alice", 2));
  assert.deepEqual(bob.decode(alice.encode(pulseOf("alice", 3))!), pulseOf("alice", 3));
});

Deno.test("nobody outside the formation is heard, and none of it is readable there", () => {
  const alice = codecOf("alice");
  const stranger = codecOf("stranger", createFormation("beta", "shared", NOW));
  const sealed = alice.encode(beaconOf("alice"))!;
  assert.ok(!new TextDecoder().decode(sealed).includes("alice"));
  assert.equal(alice.decode(stranger.encode(beaconOf("stranger"))!), undefined);
  assert.equal(alice.decode(encodeDatagram(beaconOf("nobody"))), undefined);
  assert.deepEqual(alice.rejected(), { badSeal: 1, notSealed: 1 });
  const open = new PlainCodec();
  assert.equal(open.decode(sealed), undefined);
  assert.deepEqual(open.rejected(), { malformed: 1 });
});

Deno.test("a datagram that comes twice is taken once", () => {
  const alice = codecOf("alice");
  const bob = codecOf("bob");
  const sealed = alice.encode(beaconOf("alice"))!;
  assert.ok(bob.decode(sealed));
  assert.equal(bob.decode(sealed), undefined);
  assert.deepEqual(bob.rejected(), { replayed: 1 });
});

Deno.test("a copy that comes another way is no offence, while it is recent", () => {
  const alice = codecOf("alice");
  const bob = codecOf("bob");
  const sealed = alice.encode(beaconOf("alice"))!;
  assert.ok(bob.decode(sealed, "10.0.0.1:4000"));
  assert.equal(bob.decode(sealed, "[fe80::1%eth0]:4001"), undefined);
  assert.deepEqual(bob.rejected(), {});
  assert.equal(bob.decode(sealed, "10.0.0.1:4002"), undefined);
  assert.deepEqual(bob.rejected(), { replayed: 1 });
  for (let count = 0; count < 600; count++) {
    assert.ok(bob.decode(alice.encode(beaconOf("alice"))!, "10.0.0.1:4000"));
  }
  assert.equal(bob.decode(sealed, "[fe80::1%eth0]:4001"), undefined);
  assert.deepEqual(bob.rejected(), { replayed: 1, tooOld: 1 });
});

Deno.test("a forgery keeps no datagram from being heard another way", () => {
  const [alice, bob] = [codecOf("alice"), codecOf("bob")];
  const sealed = alice.encode(beaconOf("alice"))!;
  const forged = sealed.slice();
  forged[20]! ^= 1;
  assert.equal(bob.decode(forged, "10.0.0.9:4000"), undefined);
  assert.ok(bob.decode(sealed, "10.0.0.1:4000"));
  assert.deepEqual(bob.rejected(), { badSeal: 1 });
});

Deno.test("another of one's name is met with what both are known by, and heard by nobody", () => {
  const met: RivalMeeting[] = [];
  const alice = codecOf("alice", FORMATION, () => 7, (meeting) => met.push(meeting));
  const namesake = codecOf("alice", FORMATION, () => 9);
  const message = beaconOf("alice");
  const sealed = namesake.encode(message)!;
  assert.equal(alice.decode(sealed, "10.0.0.9:4000"), undefined);
  const [{ from, own, rival, message: said }] = met as [RivalMeeting];
  assert.deepEqual([from, said.kind, own.boot, rival.boot], ["10.0.0.9:4000", "beacon", 7, 9]);
  assert.notEqual(own.deviceId, rival.deviceId);
  assert.equal(alice.decode(sealed, "10.0.0.9:4000"), undefined);
  assert.deepEqual(alice.rejected(), { namesake: 1, replayed: 1 });
  // Without the formation's word for it nobody is met, whatever they say.
  const stranger = codecOf("alice", createFormation("beta", "shared", NOW));
  assert.equal(alice.decode(stranger.encode(message)!), undefined);
  assert.equal(alice.decode(encodeDatagram(message)), undefined);
  assert.equal(met.length, 1);
});

Deno.test("a node's own echo is no rival, and one of its copies is", () => {
  const met: RivalMeeting[] = [];
  const credentials = new Credentials(FORMATION, makeIdentity(), "alice");
  const options = {
    credentials,
    time: timeOf(credentials, NOW),
    windows: new ReplayWindows(),
    onRival: (meeting: RivalMeeting) => met.push(meeting),
  };
  const alice = new SealedCodec({ ...options, boot: () => 7 });
  alice.decode(alice.encode(beaconOf("alice"))!);
  assert.equal(met.length, 0);
  for (const boot of [7, 8, 6]) {
    const copy = new SealedCodec({ ...options, boot: () => boot });
    alice.decode(copy.encode(beaconOf("alice"))!);
  }
  assert.deepEqual(met.map(({ rival }) => rival.boot), [7, 8, 6]);
  assert.ok(met.every(({ own, rival }) => own.deviceId === rival.deviceId));
  assert.ok(met.every(({ own, rival }) => own.life !== rival.life));
  assert.deepEqual(alice.rejected(), { cloned: 2 });
});

Deno.test("a member cannot speak for another", () => {
  const mallory = codecOf("mallory");
  const bob = codecOf("bob");
  assert.equal(bob.decode(mallory.encode(beaconOf("alice"))!), undefined);
  assert.deepEqual(bob.rejected(), { wrongSender: 1 });
});

Deno.test("a node hears its own multicast without taking offence", () => {
  const alice = codecOf("alice");
  assert.equal(alice.decode(alice.encode(beaconOf("alice"))!), undefined);
  assert.deepEqual(alice.rejected(), {});
});

Deno.test("nothing is sealed before the disk keeps the boot number", () => {
  assert.equal(codecOf("alice", FORMATION, () => undefined).encode(beaconOf("alice")), undefined);
});

function loudBeacon(): Datagram {
  const metadata = Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [`key${index}`, "v".repeat(60)]),
  );
  const capabilities = Array.from({ length: 8 }, (_, index) => ({
    type: "sensor" as const,
    name: `${"n".repeat(60)}${index}`,
    confidence: 1,
    metadata,
  }));
  const beacon = beaconOf("alice");
  assert.ok(beacon.kind === "beacon");
  return {
    kind: "beacon",
    beacon: { ...beacon.beacon, advertisement: { version: "1", level: 0, capabilities } },
  };
}

Deno.test("a beacon with much to say still fits a datagram when it is sealed", () => {
  const [alice, bob] = [codecOf("alice"), codecOf("bob")];
  const sealed = alice.encode(loudBeacon())!;
  assert.ok(sealed.length <= 1_200, `${sealed.length} bytes`);
  assert.equal(bob.decode(sealed)?.kind, "beacon");
});

Deno.test("a beacon that another hands on is opened like its sender's own, as often as it comes", () => {
  const [alice, bob, carol] = [codecOf("alice"), codecOf("bob"), codecOf("carol")];
  const heard = bob.decode(alice.encode(beaconOf("alice"))!);
  assert.ok(heard?.kind === "beacon");
  const datagram = bob.datagramOf(heard.beacon)!;
  const first = carol.open(datagram);
  assert.deepEqual({ kind: "beacon", beacon: first }, beaconOf("alice"));
  assert.deepEqual(carol.open(datagram), first);
  assert.deepEqual(carol.datagramOf(first!), datagram, "and handed on again");
  assert.deepEqual(carol.rejected(), {});
});

Deno.test("whoever hands on a beacon can neither change it nor make one of another", () => {
  const [alice, bob, mallory] = [codecOf("alice"), codecOf("bob"), codecOf("mallory")];
  const sealed = alice.encode(beaconOf("alice"))!;
  const changed = sealed.slice();
  changed[100]! ^= 1;
  assert.equal(bob.open(changed), undefined);
  assert.equal(bob.open(mallory.encode(beaconOf("alice"))!), undefined);
  const stranger = codecOf("alice", createFormation("beta", "shared", NOW));
  assert.equal(bob.open(stranger.encode(beaconOf("alice"))!), undefined);
  assert.deepEqual(bob.rejected(), { badSeal: 2, wrongSender: 1 });
  assert.ok(bob.open(sealed));
  assert.equal(bob.open(alice.encode(pulseOf("alice", 2))!), undefined);
  assert.deepEqual(bob.rejected(), { badSeal: 2, wrongSender: 1, notRelayable: 1 });
});

function repeatedBy(from: string, heard: Datagram | undefined): Datagram {
  assert.ok(heard?.kind === "beacon");
  const { beacon } = heard;
  return { kind: "repeated", from, hops: 1, ageMs: 40, address: LONGEST_ADDRESS, beacon };
}

/** Who repeats is known by its own beacons. */
function introduce(sender: SealedCodec, receiver: SealedCodec, nodeId: string): void {
  assert.ok(receiver.decode(sender.encode(beaconOf(nodeId, 0))!));
}

const LONGEST_ADDRESS = "[fe80:1234:5678:9abc:def0:1234:5678:9abc%interface-name1]:65535";

Deno.test("a beacon that is said again is opened as its sender sealed it, by whomever it came", () => {
  const [alice, relay, bob] = [codecOf("alice"), codecOf("relay"), codecOf("bob")];
  const [further, carol] = [codecOf("further"), codecOf("carol")];
  for (const hearer of [alice, bob, further]) introduce(relay, hearer, "relay");
  introduce(further, carol, "further");
  const sealed = alice.encode(beaconOf("alice"))!;
  const said = relay.encode(repeatedBy("relay", relay.decode(sealed)))!;
  assert.ok(said.toHex().length > sealed.toHex().length);
  const heard = bob.decode(said, "10.0.0.9:4000");
  assert.deepEqual(heard, repeatedBy("relay", beaconOf("alice")));
  assert.ok(heard?.kind === "repeated");
  assert.deepEqual(bob.datagramOf(heard.beacon), sealed, "not one byte of it is another");
  // And so does the next that says it again, which heard it from the first.
  const again = further.decode(said);
  assert.ok(again?.kind === "repeated");
  const onward = further.encode({ ...again, from: "further", hops: 2 })!;
  assert.deepEqual(carol.decode(onward), { ...again, from: "further", hops: 2 });
  assert.equal(alice.decode(said), undefined, "its sender is not met as somebody else");
  assert.deepEqual(alice.rejected(), {});
});

Deno.test("whoever says beacons again can do no more than say them again, which is refused", () => {
  const [alice, relay, bob] = [codecOf("alice"), codecOf("relay"), codecOf("bob")];
  const mallory = codecOf("mallory");
  introduce(relay, bob, "relay");
  introduce(mallory, bob, "mallory");
  const said = relay.encode(repeatedBy("relay", relay.decode(alice.encode(beaconOf("alice"))!)))!;
  // What it never heard from its sender it cannot say.
  const made = { ...repeatedBy("mallory", beaconOf("alice")) };
  assert.equal(mallory.encode(made), undefined);
  const forged = mallory.decode(alice.encode(beaconOf("alice", 2))!);
  const inAnothersName = mallory.encode(repeatedBy("relay", forged))!;
  assert.equal(bob.decode(inAnothersName, "10.0.0.9:4000"), undefined);
  assert.deepEqual(bob.rejected(), { wrongSender: 1 });
  for (let index = 0; index < said.length; index += 7) {
    const changed = said.slice();
    changed[index]! ^= 1;
    assert.equal(bob.decode(changed, "10.0.0.9:4000"), undefined, `byte ${index}`);
  }
  assert.ok(bob.decode(said, "10.0.0.1:4000"));
  assert.equal(bob.decode(said, "10.0.0.9:4000"), undefined, "a copy");
  assert.equal(bob.decode(said, "10.0.0.1:4000"), undefined);
  assert.equal(bob.rejected().replayed, 1);
});

Deno.test("the longest beacon fits a datagram whoever says it again", () => {
  const longName = "n".repeat(64);
  const [alice, relay, bob] = [codecOf("alice"), codecOf(longName), codecOf("bob")];
  introduce(relay, bob, longName);
  const said = relay.encode(repeatedBy(longName, relay.decode(alice.encode(loudBeacon())!)))!;
  assert.ok(said.length <= 1_200, `${said.length} bytes`);
  assert.ok(said.length > 1_000, "and it was one of the longest");
  assert.equal(bob.decode(said)?.kind, "repeated");
});

Deno.test("the memory of a datagram outlives the buffer that it was read into", () => {
  const [alice, bob, carol] = [codecOf("alice"), codecOf("bob"), codecOf("carol")];
  const buffer = alice.encode(beaconOf("alice"))!;
  const heard = bob.decode(buffer);
  buffer.fill(0);
  assert.ok(heard?.kind === "beacon");
  assert.ok(carol.open(bob.datagramOf(heard.beacon)!));
});

Deno.test("a pulse that follows from a beacon costs 46 bytes, is taken once, and is proven", () => {
  const [alice, bob, mallory] = [codecOf("alice"), codecOf("bob"), codecOf("mallory")];
  alice.encode(pulsingBeaconOf("alice", 0)); // The first begins no chain.
  const said = alice.encode(pulsingBeaconOf("alice", 1))!;
  for (const hearer of [bob, mallory]) assert.ok(hearer.decode(said, "10.0.0.1:4000"));
  const pulse = alice.encode(pulseOf("alice", 2))!;
  assert.equal(pulse.length, 46);
  assert.ok(!new TextDecoder().decode(pulse).includes("alice"));
  for (let index = 0; index < pulse.length; index++) {
    const changed = pulse.slice();
    changed[index]! ^= 1;
    assert.equal(bob.decode(changed, "10.0.0.9:4000"), undefined, `byte ${index}`);
  }
  assert.equal(bob.decode(pulse.subarray(1), "10.0.0.9:4000"), undefined);
  assert.equal(bob.decode(pulse.subarray(0, 40), "10.0.0.9:4000"), undefined);
  const before = bob.rejected();
  assert.deepEqual(bob.decode(pulse, "10.0.0.1:4000"), pulseOf("alice", 2));
  assert.equal(bob.decode(pulse, "[fe80::1%eth0]:4000"), undefined, "a copy is no offence");
  assert.deepEqual(bob.rejected(), before);
  assert.equal(bob.decode(pulse, "10.0.0.1:4000"), undefined);
  assert.equal(bob.rejected().replayed, 1);
  assert.equal(alice.decode(pulse, "10.0.0.1:4000"), undefined, "its own echo");
});

Deno.test("a pulse that says more than the last beacon, or goes to one alone, is signed", () => {
  const [alice, bob] = [codecOf("alice"), codecOf("bob")];
  for (const sequence of [0, 1]) bob.decode(alice.encode(pulsingBeaconOf("alice", sequence))!);
  const slower = { ...pulseOf("alice", 2), pulse: { nodeId: "alice", boot: 7, sequence: 2 } };
  const other = { ...slower, pulse: { ...slower.pulse, pulseMs: 1_500 } } as Datagram;
  const direct = { ...pulseOf("alice", 3), direct: true } as Datagram;
  for (const message of [other, direct]) {
    const sealed = alice.encode(message)!;
    assert.ok(sealed.length > 110);
    assert.deepEqual(bob.decode(sealed), message);
  }
});

Deno.test("a pulse repeats what its sender's beacon said to its cell, and for 17 bytes what it heard", () => {
  const [alice, bob] = [codecOf("alice"), codecOf("bob")];
  const [leads, follows] = [leadingBeat("quorum"), followingBeat(40)];
  for (const [first, beat, bytes] of [[0, leads, 46], [10, follows, 63]] as const) {
    for (const sequence of [first, first + 1]) {
      const beacon = withBeat(pulsingBeaconOf("alice", sequence), beat);
      assert.deepEqual(bob.decode(alice.encode(beacon)!), beacon);
    }
    const heard = beat.kind === "acknowledgement" ? followingBeat(47) : beat;
    const pulse = withBeat(pulseOf("alice", first + 2), heard);
    const sealed = alice.encode(pulse)!;
    assert.equal(sealed.length, bytes);
    assert.deepEqual(bob.decode(sealed), pulse);
  }
});

Deno.test("a pulse of a leader that leads no more, or by another right, is taken for no heartbeat", () => {
  const [alice, bob, deaf] = [codecOf("alice"), codecOf("bob"), codecOf("deaf")];
  const hear = (message: Datagram) => {
    const sealed = alice.encode(message)!;
    return [bob, deaf].map((hearer) => hearer.decode(sealed));
  };
  for (const sequence of [0, 1]) {
    hear(withBeat(pulsingBeaconOf("alice", sequence), leadingBeat("quorum")));
  }
  const heartbeat = withBeat(pulseOf("alice", 2), leadingBeat("quorum"));
  assert.deepEqual(hear(heartbeat), [heartbeat, heartbeat]);
  // Before the next beacon what is otherwise is signed,
  const weaker = withBeat(pulseOf("alice", 3), leadingBeat("autonomous"));
  assert.deepEqual(hear(weaker), [weaker, weaker]);
  assert.deepEqual(hear(pulseOf("alice", 4)), [pulseOf("alice", 4), pulseOf("alice", 4)]);
  // and whoever misses that beacon cannot take what follows for what was said before.
  bob.decode(alice.encode(pulsingBeaconOf("alice", 5))!);
  assert.deepEqual(hear(pulseOf("alice", 6)), [pulseOf("alice", 6), undefined]);
  assert.equal(deaf.rejected().badPulse, 1);
});

Deno.test("an answer to a newcomer changes nothing for those who follow its sender's pulses", () => {
  const [alice, bob] = [codecOf("alice"), codecOf("bob")];
  for (const sequence of [0, 1]) {
    const beacon = withBeat(pulsingBeaconOf("alice", sequence), leadingBeat("quorum"));
    bob.decode(alice.encode(beacon)!);
  }
  const answer = { ...pulsingBeaconOf("alice", 2), answer: true } as Datagram;
  const newcomer = codecOf("carol");
  assert.ok(newcomer.decode(alice.encode(answer)!));
  const pulse = withBeat(pulseOf("alice", 3), leadingBeat("quorum"));
  const sealed = alice.encode(pulse)!;
  assert.deepEqual(bob.decode(sealed), pulse);
  assert.deepEqual(newcomer.decode(sealed), pulseOf("alice", 3), "it was told of no claim");
});

Deno.test("a pulse of whoever was put out, or of an epoch that is over, is refused", () => {
  const [alice, bob] = [codecOf("alice"), codecOf("bob")];
  for (const sequence of [0, 1]) {
    assert.ok(bob.decode(alice.encode(pulsingBeaconOf("alice", sequence))!));
  }
  bob.gate!.certificates.refuses = () => "revoked";
  assert.equal(bob.decode(alice.encode(pulseOf("alice", 2))!), undefined);
  assert.deepEqual(bob.rejected(), { revoked: 1 });
});
