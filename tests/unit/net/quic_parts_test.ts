import assert from "node:assert/strict";
import { EventTeller } from "../../../src/net/event_teller.ts";
import { fromCloseInfo, fromDialError, toCloseInfo } from "../../../src/net/quic/closing.ts";
import {
  type ControlMessage,
  decodeControl,
  drawInstance,
  encodeControl,
} from "../../../src/net/quic/control_message.ts";
import { type Guest, HandshakeSlots } from "../../../src/net/quic/handshake_slots.ts";
import type { TransportEvent } from "../../../src/net/transport.ts";
import { WireError } from "../../../src/wire/wire_error.ts";

Deno.test("every control message survives encoding and decoding", () => {
  const messages: ControlMessage[] = [
    { kind: "handshake", bytes: Uint8Array.of(1, 2, 3) },
    { kind: "hello", instance: drawInstance() },
    { kind: "adopt" },
    { kind: "ping" },
    { kind: "pong" },
    { kind: "bulkReceived", bytes: Number.MAX_SAFE_INTEGER },
    { kind: "echo", number: 1 },
    { kind: "echoed", number: 1 },
  ];
  for (const message of messages) assert.deepEqual(decodeControl(encodeControl(message)), message);
});

Deno.test("a control message of no kind, or of the wrong length, is a WireError", () => {
  const count = [5, ...new Array(8).fill(0xff)];
  for (const bytes of [[], [8], [255, 1], [1, 0], [2, 0], [3, 1], [5, 1], [6, 1], [7], count]) {
    assert.throws(() => decodeControl(Uint8Array.from(bytes)), WireError, String(bytes));
  }
});

Deno.test("a close code survives the wire, and an unknown one means loss", () => {
  const closing = { code: "superseded", reason: "the other dial won" } as const;
  assert.deepEqual(fromCloseInfo(toCloseInfo(closing)), closing);
  for (const closeCode of [0, 999]) {
    assert.equal(fromCloseInfo({ closeCode, reason: "" }).code, "lost");
  }
});

Deno.test("a long reason is cut, and the reason of a refusal stays here", () => {
  const reason = "x".repeat(5_000);
  assert.ok(toCloseInfo({ code: "disconnected", reason }).reason.length <= 200);
  assert.equal(fromCloseInfo({ closeCode: 1, reason }).reason.length, 200);
  assert.equal(toCloseInfo({ code: "notAuthenticated", reason: "badSignature" }).reason, "");
});

Deno.test("a failed dial is sorted by what the runtime says", () => {
  const codeOf = (text: string) => fromDialError(new Error(text)).code;
  assert.equal(codeOf("timed out"), "unreachable");
  assert.equal(codeOf("invalid peer certificate: UnknownIssuer"), "untrusted");
  assert.equal(codeOf("peer doesn't support any known protocol"), "incompatible");
});

Deno.test("a full set of handshakes evicts the oldest of the busiest host", () => {
  const evicted: string[] = [];
  const slots = new HandshakeSlots(3);
  const guest = (hostname: string, name: string): Guest => ({
    hostname,
    evict: () => evicted.push(name),
  });
  slots.add(guest("quiet", "first"));
  slots.add(guest("busy", "second"));
  slots.add(guest("busy", "third"));
  const fourth = guest("late", "fourth");
  slots.add(fourth);
  assert.deepEqual(evicted, ["second"]);
  slots.delete(fourth);
  slots.add(guest("later", "fifth"));
  assert.deepEqual(evicted, ["second"]);
  assert.equal(slots.size, 3);
});

Deno.test("events keep their order, and none is told after a stop", async () => {
  const told: string[] = [];
  const teller = new EventTeller((event) => told.push(event.kind));
  teller.tell({ kind: "disconnected", peer: "b", code: "lost", reason: "" });
  assert.deepEqual(told, []);
  teller.tellNow(message());
  assert.deepEqual(told, ["disconnected", "message"]);
  teller.tell({ kind: "writable", peer: "b", priorityClass: "low" });
  teller.stop();
  teller.tellNow(message());
  await Promise.resolve();
  assert.deepEqual(told, ["disconnected", "message"]);
  assert.equal(teller.counts.disconnected, 1);
});

function message(): TransportEvent {
  return { kind: "message", peer: "b", priorityClass: "low", bytes: new Uint8Array(0) };
}
