/**
 * What a member with the best of credentials can do to the documents of others, tried on real nodes:
 * the sender loses its connection or is not listened to, everything is counted, and nothing is lost.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { lifeOf } from "../../src/core/state/document.ts";
import { DocumentProofs } from "../../src/daemon/document_proofs.ts";
import { FormationTime } from "../../src/security/formation_time.ts";
import { loadAutomerge } from "../../src/store/automerge.ts";
import { AutomergeDocuments } from "../../src/store/automerge_documents.ts";
import { PeerMessage } from "../../src/wire/generated/peat/peer.js";
import { ChangeList } from "../../src/wire/generated/peat/state.js";
import { encodeMessage } from "../../src/wire/message.ts";
import { Attacker } from "./attacker.ts";
import { temporaryFolder } from "./harness.ts";
import { HostileMember } from "./hostile_member.ts";
import { createFormation, TestMesh } from "./mesh.ts";
import { residentBytes } from "./resident_bytes.ts";
import { SharedDocuments } from "./shared_documents.ts";

const NAME = "mallory";
const BOOT = 7;
const LIFE = lifeOf({ author: NAME, boot: BOOT });
/** What connections of nodes are closed with, by their numbers on the wire. */
const CLOSED = { disconnected: 2, oversizeFrame: 15 } as const;

const HUNDRED_MEGABYTES = 100 << 20;
/** What is thrown at a node is several times that, and a heap that breathes needs no more. */
const GROWTH_LIMIT_BYTES = 64 << 20;

Deno.test("a hostile member costs its victim no document, no peer and little memory", async (t) => {
  await using folder = await temporaryFolder();
  const formationPath = await createFormation(folder.path, "alpha");
  // Whoever is held up for a second, as on a machine that does much else, is not yet missed.
  const mesh = new TestMesh(folder.path, { formationPath, profile: "tactical" });
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await Promise.all([first, second].map((node) => node.line(/^ready/)));
  await mesh.untilConnected("first", "second");
  const [documents, others] = ["first", "second"].map((id) =>
    new SharedDocuments(`${mesh.dataDir(id)}/control.sock`)
  ) as [SharedDocuments, SharedDocuments];
  const kept = { route: "north", eta: 12 };
  await documents.set("notes/kept", kept, 1);
  const { port = 0 } = await documents.status();
  Deno.mkdirSync(mesh.dataDir(NAME));
  const attacker = Attacker.of(NAME, mesh.dataDir(NAME), formationPath);
  const { credentials } = attacker;
  const clocks = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
  const proofs = new DocumentProofs(credentials, new FormationTime(credentials, clocks));
  const { connection } = await mesh.untilConnected("first", "second");

  /** Does it on a connection of its own, and sees the node count it. */
  const tries = (title: string, reason: string, attack: (by: HostileMember) => Promise<unknown>) =>
    t.step(title, async () => {
      const counted = (await mesh.rejected("first"))[reason] ?? 0;
      await using member = await HostileMember.connect(attacker, port, proofs);
      await attack(member);
      await mesh.untilRejected("first", reason, counted + 1);
    });
  const closes = async (member: HostileMember, code: number) => equal(await member.closed, code);

  const sayHundredMegabytes = async (member: HostileMember) => {
    await sendHundredMegabytes(member);
    await closes(member, CLOSED.disconnected);
  };
  await tries(
    "100 MB before anything is measured",
    "documents.refused.endless",
    sayHundredMegabytes,
  );
  // A heap takes room for the first that is so large, as it does for any work. What leaks adds up.
  const before = residentBytes(first);

  await tries("a document of 100 MB in one frame", "oversizeFrame", async (member) => {
    const frame = new Uint8Array(4 + (2 << 20));
    new DataView(frame.buffer).setUint32(0, HUNDRED_MEGABYTES);
    await member.say(frame);
    await closes(member, CLOSED.oversizeFrame);
  });

  await tries("a document of 100 MB packed small", "malformedMessage", async (member) => {
    await member.frame(changesFrame(deflateRawSync(new Uint8Array(HUNDRED_MEGABYTES))));
    await closes(member, CLOSED.disconnected);
  });

  await tries(
    "a document of 100 MB in changes that are good each",
    "documents.refused.endless",
    sayHundredMegabytes,
  );

  await tries("a message that claims a million changes", "malformedMessage", async (member) => {
    const million = encodeMessage(ChangeList, { changes: Array(1_000_000).fill({}) });
    await member.frame(changesFrame(deflateRawSync(million)));
    await closes(member, CLOSED.disconnected);
  });

  await tries("more changes than a message may have", "malformedMessage", async (member) => {
    const many = encodeMessage(ChangeList, { changes: Array(10_000).fill({}) });
    await member.frame(changesFrame(deflateRawSync(many)));
    await closes(member, CLOSED.disconnected);
  });

  await tries(
    "a change that claims a million operations",
    "documents.refused.malformed",
    async (member) => {
      await offerChange(member, "notes/million", changeOfAMillion());
      await closes(member, CLOSED.disconnected);
    },
  );

  await tries(
    "a change that is noise, and signed",
    "documents.refused.malformed",
    async (member) => {
      await offerChange(member, "notes/noise", crypto.getRandomValues(new Uint8Array(4_096)));
      await closes(member, CLOSED.disconnected);
    },
  );

  await tries("a change that was damaged", "documents.refused.badProof", async (member) => {
    const body = new Uint8Array(200);
    const change = member.sign(
      NAME,
      { key: "notes/bad", generation: 2, number: 1, boot: BOOT },
      body,
    );
    await member.offer("notes/bad", 2, LIFE, 1);
    body[100] = 1;
    await member.state({
      kind: "documentChanges",
      key: "notes/bad",
      generation: 2,
      quietMs: 0,
      isLast: true,
      changes: [{ ...change, body: body.toBase64() }],
    });
  });

  await tries("changes that do not unpack", "malformedMessage", async (member) => {
    await member.frame(changesFrame(crypto.getRandomValues(new Uint8Array(8_192))));
    await closes(member, CLOSED.disconnected);
  });

  await tries("changes that end too early", "malformedMessage", async (member) => {
    const packed = deflateRawSync(encodeMessage(ChangeList, { changes: [{ number: 1 }] }));
    await member.frame(changesFrame(packed.subarray(0, -1)));
    await closes(member, CLOSED.disconnected);
  });

  const million = unchecked(capabilityOf(1_000_000));
  await tries("a capability with a million metadata keys", "oversizeFrame", async (member) => {
    await member.say(million);
    await closes(member, CLOSED.oversizeFrame);
  });

  await tries(
    "a capability with more keys than it may have",
    "malformedMessage",
    async (member) => {
      await member.frame(capabilityOf(50_000));
      await closes(member, CLOSED.disconnected);
    },
  );

  await tries(
    "a document of a capability with more keys than it may have",
    "capabilities.refused.malformed",
    async (member) => {
      const metadata = Object.fromEntries(Array.from({ length: 4_000 }, (_, at) => [`k${at}`, at]));
      const one = { id: "sensor", type: "sensor", name: "sensor", confidence: 1, metadata };
      const value = { health: "nominal", formerly: [], capabilities: [one] };
      const key = `capabilities/${NAME}`;
      using writer = await openWriter(key);
      await offerChange(member, key, writer.write(value));
    },
  );

  await t.step("the victim has what it had, writes on, and did not grow", async () => {
    for (const its of [documents, others]) deepEqual((await its.find("notes/kept"))?.value, kept);
    await documents.set("notes/after", { all: "well" }, 1);
    deepEqual((await others.find("notes/after"))?.value, { all: "well" });
    for (const key of ["notes/million", "notes/noise", "notes/bad"]) {
      equal(await documents.find(key), undefined);
    }
    // The very connection that it was before.
    const still = await mesh.untilConnected("first", "second");
    equal(still.connection?.address, connection?.address);
    const grownBytes = residentBytes(first) - before;
    if (Deno.env.has("HOSTILE_DOCUMENTS")) console.log(JSON.stringify({ grownBytes }));
    ok(grownBytes < GROWTH_LIMIT_BYTES, `grew by ${grownBytes} bytes`);
  });
});

/** Changes of notes/kept, whatever is packed into them. */
function changesFrame(packed: Uint8Array): Uint8Array {
  return encodeMessage(PeerMessage, {
    state: {
      changes: { key: "notes/kept", generation: 2n, quietMs: 0n, isLast: true, packed },
    },
  });
}

/** One capability that somebody tells of, with so many keys. */
function capabilityOf(keys: number): Uint8Array {
  const capability = new Uint8Array(ENTRY.length * keys);
  for (let at = 0; at < keys; at++) {
    const key = new TextEncoder().encode(String(at).padStart(7, "0"));
    capability.set(ENTRY, at * ENTRY.length);
    capability.set(key, at * ENTRY.length + 4);
  }
  return nested(9, nested(2, capability));
}

/** A key of metadata and its value, as field 4 of a capability; the key's seven digits come in. */
const ENTRY = Uint8Array.of(0x22, 12, 0x0a, 7, 0, 0, 0, 0, 0, 0, 0, 0x12, 1, 0x31);

/** The bytes as a field of protobuf's. */
function nested(field: number, bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  const head = Uint8Array.of((field << 3) | 2, ...length, rest);
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(head);
  whole.set(bytes, head.length);
  return whole;
}

/** A frame that is longer than an honest node makes any. */
function unchecked(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + payload.length);
  new DataView(frame.buffer).setUint32(0, payload.length);
  frame.set(payload, 4);
  return frame;
}

async function offerChange(member: HostileMember, key: string, body: Uint8Array): Promise<void> {
  const place = { key, generation: 2, number: 1, boot: BOOT };
  await member.offer(key, 2, LIFE, 1);
  await member.state({
    kind: "documentChanges",
    key,
    generation: 2,
    quietMs: 0,
    isLast: true,
    changes: [member.sign(NAME, place, body)],
  });
}

/** Answers one question without end, by changes that are all as Automerge makes them. */
async function sendHundredMegabytes(member: HostileMember): Promise<void> {
  const key = "notes/endless";
  const text = crypto.getRandomValues(new Uint8Array(45_000)).toBase64();
  const count = Math.ceil(HUNDRED_MEGABYTES / text.length);
  using writer = await openWriter(key);
  await member.offer(key, 2, LIFE, count);
  let isOver = false;
  member.peer.closed.then(() => isOver = true);
  for (let number = 1; number <= count && !isOver; number++) {
    const body = writer.write({ text: `${number} ${text}` });
    await member.state({
      kind: "documentChanges",
      key,
      generation: 2,
      quietMs: 0,
      isLast: number === count,
      changes: [member.sign(NAME, { key, generation: 2, number, boot: BOOT }, body)],
    });
  }
}

/** Makes the bodies of changes that write values, one after the other. */
async function openWriter(key: string) {
  const documents = new AutomergeDocuments(await loadAutomerge(), { changes: () => [] });
  let number = 0;
  return {
    write(value: Record<string, unknown>): Uint8Array {
      const by = { author: NAME, boot: BOOT, number: ++number, mayCommand: true };
      const change = documents.edit(key, 2, [{ kind: "set", value: value as never }], by);
      if (typeof change === "string") throw new Error(`Cannot write ${key}: ${change}`);
      return Uint8Array.fromBase64(change.body);
    },
    [Symbol.dispose]: () => documents.close(),
  };
}

/** A few bytes in which one column says that it has a million rows. */
function changeOfAMillion(): Uint8Array {
  const actor = [...new TextEncoder().encode(NAME), 0, 0, 0, 0, 0, BOOT];
  const rows = [0xc0, 0x84, 0x3d]; // A million, as a signed LEB128.
  const keys = [...rows, 2, 0x2f, 0x61];
  const chunk = [0, actor.length, ...actor, 1, 1, 0, 0, 0, 1, 0x15, keys.length, ...keys];
  return Uint8Array.of(0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1, chunk.length, ...chunk);
}
