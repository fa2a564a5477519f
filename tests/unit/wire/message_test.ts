import assert from "node:assert/strict";
import { Position } from "../../../src/wire/generated/cap/common.js";
import { EventPriority, PeatEvent } from "../../../src/wire/generated/cap/event.js";
import { NodeState } from "../../../src/wire/generated/cap/node.js";
import { EmbeddingProduct } from "../../../src/wire/generated/cap/product.js";
import { WIRE_LIMITS } from "../../../src/wire/limits.ts";
import { decodeMessage, encodeMessage } from "../../../src/wire/message.ts";
import { WireError } from "../../../src/wire/wire_error.ts";

Deno.test("a message survives the way to bytes and back", () => {
  const bytes = encodeMessage(PeatEvent, {
    eventId: "event-1",
    timestamp: { seconds: 1_760_000_000n, nanos: 5 },
    routing: { priority: EventPriority.PRIORITY_NORMAL, ttlSeconds: 60 },
    payloadValue: Uint8Array.of(1, 2, 3),
  });
  const event = decodeMessage(PeatEvent, bytes);
  assert.equal(event.eventId, "event-1");
  assert.equal(event.timestamp?.seconds, 1_760_000_000n);
  assert.equal(event.routing?.priority, EventPriority.PRIORITY_NORMAL);
  assert.deepEqual([...event.payloadValue], [1, 2, 3]);
});

Deno.test("an event without a priority is critical, so an emitter that forgets is loud", () => {
  const event = decodeMessage(PeatEvent, encodeMessage(PeatEvent, { routing: { ttlSeconds: 1 } }));
  assert.equal(event.routing?.priority, EventPriority.PRIORITY_CRITICAL);
});

Deno.test("unknown fields survive at every level, and unknown enumeration numbers with them", () => {
  // Field 99 within the timestamp and at the top, and a health that nobody has named.
  const bytes = Uint8Array.fromHex("184d" + "3a05" + "080198" + "0607" + "9a06" + "0161");
  const state = decodeMessage(NodeState, bytes);
  assert.equal(state.health, 77);
  assert.equal(state.timestamp?.$unknowns?.length, 1);
  assert.equal(encodeMessage(NodeState, state).toHex(), bytes.toHex());
});

Deno.test("explicit presence tells an empty text from none", () => {
  const present = decodeMessage(NodeState, encodeMessage(NodeState, { cellId: "" }));
  const absent = decodeMessage(NodeState, encodeMessage(NodeState, {}));
  assert.equal(present.cellId, "");
  assert.equal(absent.cellId, null);
});

Deno.test("a message beyond the limit is refused before it is looked at", () => {
  const bytes = new Uint8Array(WIRE_LIMITS.frameBytes + 1);
  assert.throws(
    () => decodeMessage(PeatEvent, bytes),
    (error) => error instanceof WireError && error.code === "tooLarge",
  );
});

Deno.test("a NaN goes out in one form, whichever it came in", () => {
  const position = decodeMessage(Position, Uint8Array.fromHex("0901000000000ff8ff"));
  assert.equal(encodeMessage(Position, position).toHex(), "09000000000000f87f");
  const vector = decodeMessage(EmbeddingProduct, Uint8Array.fromHex("0a080100c0ff0000803f"));
  assert.equal(encodeMessage(EmbeddingProduct, vector).toHex(), "0a080000c07f0000803f");
});

Deno.test("half a surrogate pair goes out as the replacement character", () => {
  const event = decodeMessage(PeatEvent, encodeMessage(PeatEvent, { eventId: "a\ud800b" }));
  assert.equal(event.eventId, "a\ufffdb");
});
