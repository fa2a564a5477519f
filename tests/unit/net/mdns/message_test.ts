import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeMdns } from "../../../../src/net/mdns/decode.ts";
import { encodeMdns } from "../../../../src/net/mdns/encode.ts";
import { type Message, type Name, TYPE } from "../../../../src/net/mdns/message.ts";

/** Two answers as RFC 1035 writes them, the second's name pointing into the first's. */
const HAND_MADE = Uint8Array.fromHex(
  [
    "000084000000000200000000",
    "055f70656174045f756470056c6f63616c00", // _peat._udp.local at 12
    "000c000100000078" + "0009" + "06706561742d61" + "c00c", // PTR to peat-a._peat._udp.local
    "c028" + "0021800100000078" + "000a" + "000000002bc4" + "0161" + "c017",
  ].join(""),
);

Deno.test("a message made by hand is read, with its pointers followed", () => {
  const message = decodeMdns(HAND_MADE);
  assert.deepEqual(message?.answers, [
    {
      name: ["_peat", "_udp", "local"],
      ttlSeconds: 120,
      isWhole: false,
      data: { type: "PTR", target: ["peat-a", "_peat", "_udp", "local"] },
    },
    {
      name: ["peat-a", "_peat", "_udp", "local"],
      ttlSeconds: 120,
      isWhole: true,
      data: { type: "SRV", priority: 0, weight: 0, port: 11_204, target: ["a", "local"] },
    },
  ]);
});

Deno.test("each name is written once, and a label may have dots in it", () => {
  const name = ["peat-drone.alpha.1", "_peat", "_udp", "local"];
  const question = { name, type: TYPE.SRV, wantsUnicast: false };
  const bytes = encodeMdns(query([question, { ...question, type: TYPE.TXT }]));
  assert.equal(bytes.length, 12 + (19 + 6 + 5 + 6 + 1) + 4 + 2 + 4);
  assert.deepEqual(decodeMdns(bytes)?.questions[1]?.name, name);
});

Deno.test("a name whose pointer leads to itself or onwards is refused", () => {
  const head = "000000000001000000000000";
  for (const name of ["c00c", "c00e" + "00", "0161c00c", "c010" + "0000" + "00"]) {
    assert.equal(decodeMdns(Uint8Array.fromHex(`${head}${name}000c0001`)), undefined, name);
  }
});

Deno.test("names of more than 255 bytes, too many entries and cut messages are refused", () => {
  const label = "3f" + "61".repeat(63);
  const long = `000000000001000000000000${label.repeat(4)}00000c0001`;
  assert.equal(decodeMdns(Uint8Array.fromHex(long)), undefined);
  const crowded = new Uint8Array(12 + 5 * 300);
  new DataView(crowded.buffer).setUint16(4, 300);
  assert.equal(decodeMdns(crowded), undefined);
  for (let length = 0; length < HAND_MADE.length; length++) {
    assert.equal(decodeMdns(HAND_MADE.slice(0, length)), undefined, `${length}`);
  }
  assert.equal(decodeMdns(new Uint8Array(9_001)), undefined);
});

const label = fc.string({ unit: "grapheme", minLength: 1, maxLength: 15 })
  .filter((text) => new TextEncoder().encode(text).length <= 60);
const name: fc.Arbitrary<Name> = fc.array(label, { minLength: 1, maxLength: 3 });
const uint16 = fc.nat(0xffff);
const text = fc.string({ minLength: 1, maxLength: 60 });
const group = fc.nat(0xffff);
const data = fc.oneof(
  fc.record({ type: fc.constant("A" as const), address: fc.ipV4() }),
  fc.record({
    type: fc.constant("AAAA" as const),
    address: fc.tuple(group, group, group).map((groups) =>
      `fd00:1:2:3:4:${groups.map((value) => (value | 1).toString(16)).join(":")}`
    ),
  }),
  fc.record({ type: fc.constant("PTR" as const), target: name }),
  fc.record({ type: fc.constant("TXT" as const), texts: fc.array(text, { maxLength: 4 }) }),
  fc.record({
    type: fc.constant("SRV" as const),
    priority: uint16,
    weight: uint16,
    port: uint16,
    target: name,
  }),
);
const record = fc.record({
  name,
  ttlSeconds: fc.nat(0xffff_ffff),
  isWhole: fc.boolean(),
  data,
});
const records = fc.array(record, { maxLength: 4 });
const anyMessage: fc.Arbitrary<Message> = fc.record({
  id: uint16,
  isResponse: fc.boolean(),
  questions: fc.array(fc.record({ name, type: uint16, wantsUnicast: fc.boolean() }), {
    maxLength: 4,
  }),
  answers: records,
  authorities: records,
  additionals: records,
});

Deno.test("every message that can be written is read back as it was", () => {
  fc.assert(fc.property(anyMessage, (message) => {
    // Compression finds names alike whose letters differ in case only.
    assert.deepEqual(lowerCase(decodeMdns(encodeMdns(message))), lowerCase(message));
  }));
});

Deno.test("no bytes make the decoder throw or wander, be they random or a spoilt message", () => {
  const spoilt = fc.tuple(anyMessage, fc.array(fc.tuple(fc.nat(2_000), fc.nat(255))))
    .map(([message, changes]) => {
      const bytes = encodeMdns(message);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), spoilt), (bytes) => {
      const message = decodeMdns(bytes);
      for (const { name } of message?.answers ?? []) assert.ok(name.length <= 127);
    }),
    { numRuns: 3_000 },
  );
});

function query(questions: Message["questions"]): Message {
  return { id: 0, isResponse: false, questions, answers: [], authorities: [], additionals: [] };
}

function lowerCase(message: Message | undefined): string {
  return JSON.stringify(message).toLowerCase();
}
