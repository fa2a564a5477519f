import assert from "node:assert/strict";
import type { PeerMessage } from "../../../src/core/peer_message.ts";
import { PeerMessages } from "../../../src/daemon/peer_messages.ts";
import { NO_ORIGINALS } from "../wire/no_originals.ts";

const QUESTION: PeerMessage = { kind: "peersWanted", heard: ["a"], relayed: [], room: 1 };

Deno.test("a message that finds no room is dropped and counted", () => {
  const messages = new PeerMessages(NO_ORIGINALS);
  messages.send(QUESTION, () => true);
  messages.send(QUESTION, () => false);
  assert.deepEqual(messages.counts, { sent: 1, received: 0, dropped: 1, unknown: 0 });
});

Deno.test("an unknown kind is counted and ignored, the malformed end their connection", () => {
  const messages = new PeerMessages(NO_ORIGINALS);
  const taken: PeerMessage[] = [];
  const receive = (bytes: Uint8Array) =>
    messages.receive("a", bytes, (message) => taken.push(message));
  let sent = new Uint8Array(0);
  messages.send(QUESTION, (bytes) => {
    sent = bytes.slice();
    return true;
  });
  assert.equal(receive(sent), true);
  assert.equal(receive(Uint8Array.of(0xfa, 0x01, 1, 5)), true);
  assert.equal(receive(Uint8Array.of(0xff)), false);
  assert.deepEqual(taken, [QUESTION]);
  assert.deepEqual(messages.counts, { sent: 1, received: 1, dropped: 0, unknown: 1 });
  assert.deepEqual(messages.rejected(), { malformedMessage: 1 });
});
