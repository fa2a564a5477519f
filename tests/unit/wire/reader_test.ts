import assert from "node:assert/strict";
import { Metadata, Timestamp, Uuid } from "../../../src/wire/generated/cap/common.js";
import { EmbeddingProduct } from "../../../src/wire/generated/cap/product.js";
import { decodeMessage, encodeMessage } from "../../../src/wire/message.ts";
import type { MessageType } from "../../../src/wire/message_type.ts";
import { WireReader } from "../../../src/wire/reader.ts";
import { WireError, type WireErrorCode } from "../../../src/wire/wire_error.ts";

Deno.test("bytes that end too early are refused with the place where they do", () => {
  refuses(Uuid, "0a05616263", "truncated", 1);
  refuses(Uuid, "0a", "truncated", 1);
  refuses(Timestamp, "08ff", "truncated", 2);
  refuses(Metadata, "0a050a0361", "truncated", 1);
  refuses(EmbeddingProduct, "0a0300000000", "truncated", 2);
});

Deno.test("a length of gigabytes is refused without an attempt to make room", () => {
  refuses(Uuid, "0affffffff0f61", "truncated", 1);
  refuses(Metadata, "0affffffff0f61", "truncated", 1);
});

Deno.test("a length within a message may not reach past that message", () => {
  // The entry has four bytes, its key claims five, and the bytes after the entry would do.
  refuses(Metadata, "0a040a05616200000000", "truncated", 3);
});

Deno.test("a number of more than ten bytes is refused", () => {
  refuses(Timestamp, `08${"80".repeat(10)}01`, "badVarint", 1);
});

Deno.test("numbers may be padded, as other implementations allow", () => {
  assert.equal(decode(Timestamp, "08818000").seconds, 1n);
  assert.equal(decode(Timestamp, "1081808080808080808000").nanos, 1);
});

Deno.test("text that is not UTF-8 is refused, short or long", () => {
  refuses(Uuid, "0a02c328", "badUtf8", 2);
  refuses(Uuid, `0a64${"61".repeat(99)}ff`, "badUtf8", 2);
  // Half a surrogate pair, which a careless encoder makes of broken UTF-16.
  refuses(Uuid, "0a03eda080", "badUtf8", 2);
});

Deno.test("tags without a field and wire types without a meaning are refused", () => {
  refuses(Uuid, "00", "badWireType", 0);
  refuses(Uuid, "0f", "badWireType", 1);
  refuses(Uuid, "0c", "badWireType", 1);
  refuses(Uuid, `${"8a".repeat(5)}00`, "badWireType", 0);
});

Deno.test("groups must end with their own number and may not be nested without end", () => {
  assert.equal(decode(Uuid, "13180114").$unknowns?.length, 1);
  refuses(Uuid, "13180124", "badWireType", 3);
  refuses(Uuid, "1318", "truncated", 2);
  refuses(Uuid, "13".repeat(200), "tooDeep");
});

Deno.test("a field of the wrong wire type is kept as an unknown one", () => {
  const message = decode(Uuid, "0801");
  assert.equal(message.value, "");
  assert.equal(encodeMessage(Uuid, message).toHex(), "0801");
});

Deno.test("64-bit integers are bigint and exact to the last digit", () => {
  for (const seconds of [0n, 1n, 127n, 128n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
    const bytes = encodeMessage(Timestamp, { seconds });
    assert.equal(decodeMessage(Timestamp, bytes).seconds, seconds);
  }
});

Deno.test("packed and unpacked lists may follow each other", () => {
  const { vector } = decode(EmbeddingProduct, "0a080000803f00000040" + "0d00004040");
  assert.deepEqual(vector, [1, 2, 3]);
});

Deno.test("a value that arrives twice counts as it arrived last, even if that is zero", () => {
  const message = decode(Timestamp, "080510060800");
  assert.deepEqual([message.seconds, message.nanos], [0n, 6]);
  assert.equal(encodeMessage(Timestamp, message).toHex(), "1006");
});

Deno.test("a map's keys may be called anything", () => {
  const { fields } = decode(Metadata, "0a0e0a095f5f70726f746f5f5f120178");
  assert.deepEqual(Object.entries(fields), [["__proto__", "x"]]);
});

Deno.test("a reader keeps to the bytes that it was given of a larger buffer", () => {
  const whole = Uint8Array.fromHex("ffff0d0000803fffff");
  const reader = new WireReader(whole.subarray(2, 7));
  assert.equal(reader.tag(), 13);
  assert.equal(reader.float(), 1);
});

function decode<T>(type: MessageType<T>, hex: string): T {
  return decodeMessage(type, Uint8Array.fromHex(hex));
}

function refuses<T>(type: MessageType<T>, hex: string, code: WireErrorCode, offset?: number): void {
  assert.throws(() => decode(type, hex), (error) => {
    assert(error instanceof WireError, String(error));
    assert.equal(error.code, code, `${hex}: ${error.message}`);
    if (offset !== undefined) assert.equal(error.offset, offset, `${hex}: ${error.message}`);
    return /^Cannot decode .+: .+ at byte \d+$/.test(error.message);
  });
}
