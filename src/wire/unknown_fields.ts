import type { JsonObject, JsonValue } from "./json.ts";
import { WireReader } from "./reader.ts";
import { WireError } from "./wire_error.ts";
import { WireWriter } from "./writer.ts";

/** How a value of an unknown field is laid out. 4, the end of a group, belongs to its start. */
const WIRE_TYPES = { varint: 0, fixed64: 1, bytes: 2, group: 3, fixed32: 5 } as const;

const END_OF_GROUP = 4;

/** One unknown field, as kept by a decoder, as JSON: `{field, wireType, value}`. */
export function describeUnknownField(bytes: Uint8Array): JsonObject {
  const reader = new WireReader(bytes);
  const tag = reader.tag();
  const wireType = tag & 7;
  return { field: tag >>> 3, wireType, value: readValue(reader, wireType) };
}

/** The bytes of one unknown field, from the JSON that `describeUnknownField` makes. */
export function encodeUnknownField(json: JsonValue): Uint8Array {
  if (json === null || typeof json !== "object" || Array.isArray(json)) refuse("not an object");
  const { field, wireType, value } = json;
  if (typeof field !== "number" || !(Number.isInteger(field) && field > 0 && field < 2 ** 29)) {
    refuse("its field is not a field number");
  }
  const known = Object.values(WIRE_TYPES).find((type) => type === wireType);
  if (known === undefined) refuse("its wireType is not 0, 1, 2, 3 or 5");
  if (typeof value !== "string") refuse("its value is not a string");
  const writer = new WireWriter().uint32((field << 3 | known) >>> 0);
  writeValue(writer, field, known, value);
  return writer.finish();
}

function readValue(reader: WireReader, wireType: number): string {
  if (wireType === WIRE_TYPES.varint) return reader.uint64().toString();
  if (wireType === WIRE_TYPES.fixed32) return reader.fixed32().toString();
  if (wireType === WIRE_TYPES.fixed64) {
    const low = BigInt(reader.fixed32());
    return (BigInt(reader.fixed32()) << 32n | low).toString();
  }
  if (wireType === WIRE_TYPES.bytes) return reader.bytes().toBase64();
  return readGroup(reader).toBase64();
}

/** What lies between the two tags of a group. */
function readGroup(reader: WireReader): Uint8Array {
  const start = reader.pos;
  while (true) {
    const end = reader.pos;
    const tag = reader.tag();
    if ((tag & 7) === END_OF_GROUP) return reader.raw(start, end);
    reader.skipType(tag & 7, 0, tag >>> 3);
  }
}

function writeValue(writer: WireWriter, field: number, wireType: number, value: string): void {
  if (wireType === WIRE_TYPES.bytes) {
    const bytes = parseBase64(value);
    writer.uint32(bytes.length).raw(bytes);
  } else if (wireType === WIRE_TYPES.group) {
    writer.raw(parseBase64(value)).uint32((field << 3 | END_OF_GROUP) >>> 0);
  } else if (wireType === WIRE_TYPES.fixed32) {
    writer.fixed32(Number(parseUnsigned(value, 32)));
  } else if (wireType === WIRE_TYPES.fixed64) {
    const number = parseUnsigned(value, 64);
    writer.fixed32(Number(number & 0xffffffffn)).fixed32(Number(number >> 32n));
  } else {
    writer.uint64(parseUnsigned(value, 64));
  }
}

function parseUnsigned(text: string, bits: number): bigint {
  const number = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n;
  if (number < 0n || number >> BigInt(bits) !== 0n) {
    refuse(`its value is not a number of ${bits} bits`);
  }
  return number;
}

function parseBase64(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    refuse("its value is not base64");
  }
}

function refuse(state: string): never {
  throw new WireError("badJson", `Cannot encode unknown field: ${state}`);
}
