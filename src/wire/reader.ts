import { Reader } from "protobufjs/minimal.js";
import { WIRE_LIMITS } from "./limits.ts";
import { readText } from "./text.ts";
import { WireError, type WireErrorCode } from "./wire_error.ts";

/**
 * What a decoded thing takes in memory at most, in bytes. Generous roundings of what V8 was seen
 * to take; `tests/unit/wire/memory_test.ts` holds them against the real heap.
 */
const COSTS = {
  field: 16,
  number: 16,
  bigint: 24,
  text: 24,
  element: 8,
  message: 64,
  /** A view of bytes, the bytes themselves being the input's. */
  view: 144,
  /** An array has room for 17 elements from its first on. */
  list: 184,
  map: 200,
} as const;

/** The part of protobufjs's reader that is built upon, without its promise of Long objects. */
interface ReaderBase {
  buf: Uint8Array;
  pos: number;
  len: number;
  discardUnknown: boolean;
}
const Base = Reader as unknown as new (bytes: Uint8Array) => ReaderBase;

/**
 * The reader that generated decoders run on. It replaces every method that they call, because
 * protobufjs's own reader trusts its input more than a radio allows:
 *
 * - it refuses with a `WireError` that says where, never with anything else;
 * - it keeps an account of the memory that the message takes, so that a megabyte of empty
 *   messages is refused early and not held as a hundred megabytes of objects;
 * - 64-bit integers are bigint, text is valid UTF-8 or refused, unknown fields are kept.
 */
export class WireReader extends Base {
  #allowance: number;
  /** The upper half of the varint that was read last. */
  #high = 0;
  #dataView: DataView | undefined;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.discardUnknown = false;
    this.#allowance = bytes.length * WIRE_LIMITS.memoryFactor + WIRE_LIMITS.memorySlackBytes;
  }

  tag(): number {
    const start = this.pos;
    const tag = this.uint32();
    if (tag >>> 3 === 0 || this.pos - start > 5) {
      this.#fail("badWireType", "field", "no field has such a tag", start);
    }
    this.#charge(COSTS.field);
    return tag;
  }

  /** The length of a message or map entry, all of which is there. */
  size(): number {
    const length = this.#length();
    this.#charge(COSTS.message);
    return length;
  }

  uint32(): number {
    const byte = this.buf[this.pos]!;
    if (byte < 128 && this.pos < this.len) {
      this.pos++;
      return byte;
    }
    return this.#varint();
  }

  int32(): number {
    return this.uint32() | 0;
  }

  bool(): boolean {
    return this.#varint() !== 0 || this.#high !== 0;
  }

  uint64(): bigint {
    const low = this.#varint();
    const high = this.#high;
    this.#charge(COSTS.bigint);
    // Up to 2^53 a number holds the value, and one conversion is cheaper than two and a shift.
    if (high < 1 << 21) return BigInt(high * 2 ** 32 + low);
    return BigInt(high) << 32n | BigInt(low);
  }

  fixed32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  float(): number {
    this.#charge(COSTS.number);
    return this.#view.getFloat32(this.#take(4), true);
  }

  double(): number {
    this.#charge(COSTS.number);
    return this.#view.getFloat64(this.#take(8), true);
  }

  stringVerify(): string {
    const length = this.#length();
    const start = this.pos;
    this.#charge(COSTS.text + length);
    const text = readText(this.buf, start, start + length);
    if (text === undefined) this.#fail("badUtf8", "text", "not valid UTF-8", start);
    // Anything but ASCII may take two bytes for each character.
    if (text.length !== length) this.#charge(length);
    this.pos = start + length;
    return text;
  }

  bytes(): Uint8Array {
    const length = this.#length();
    this.pos += length;
    return this.raw(this.pos - length, this.pos);
  }

  /** A view of the input, which therefore lives as long as the message does. */
  raw(start: number, end: number): Uint8Array {
    this.#charge(COSTS.view);
    return this.buf.subarray(start, end);
  }

  /** An empty list or map for a field's first element. Generated code makes none of its own. */
  list(): unknown[] {
    this.#charge(COSTS.list);
    return [];
  }

  map(): Record<string, unknown> {
    this.#charge(COSTS.map);
    return Object.create(null);
  }

  uint32s(values: number[]): number[] {
    return this.#packed(values, this.uint32, countVarints);
  }

  int32s(values: number[]): number[] {
    return this.#packed(values, this.int32, countVarints);
  }

  floats(values: number[]): number[] {
    return this.#packed(values, this.float, (_bytes, start, end) => (end - start) >>> 2);
  }

  skipType(wireType: number, depth: number, field: number): void {
    const start = this.pos;
    if (wireType === 0) this.#varint();
    else if (wireType === 1) this.#take(8);
    else if (wireType === 2) this.#take(this.#length());
    else if (wireType === 3) this.#skipGroup(depth + 1, field);
    else if (wireType === 5) this.#take(4);
    else this.#fail("badWireType", `field ${field}`, `wire type ${wireType} means nothing`, start);
  }

  #skipGroup(depth: number, field: number): void {
    if (depth > WIRE_LIMITS.depth) {
      this.#fail("tooDeep", `field ${field}`, `more than ${WIRE_LIMITS.depth} groups`, this.pos);
    }
    while (true) {
      const start = this.pos;
      const tag = this.tag();
      if (tag === (field << 3 | 4) >>> 0) return;
      if ((tag & 7) === 4) this.#fail("badWireType", `group ${field}`, "another one ends", start);
      this.skipType(tag & 7, depth, tag >>> 3);
    }
  }

  #packed(
    values: number[],
    read: () => number,
    countBetween: (bytes: Uint8Array, start: number, end: number) => number,
  ): number[] {
    const end = this.#length() + this.pos;
    const outerEnd = this.len;
    const count = countBetween(this.buf, this.pos, end);
    this.#charge(count * COSTS.element);
    let index = values.length;
    // Room for all of them at once: a list that grows bit by bit leaves its old selves behind.
    values.length += count;
    this.len = end;
    while (this.pos < end) values[index++] = read.call(this);
    this.len = outerEnd;
    return values;
  }

  /**
   * Reads a varint of up to ten bytes. Answers its lower 32 bits and leaves the upper ones in
   * `#high`. What a tenth byte says beyond 64 bits is dropped, as everywhere.
   */
  #varint(): number {
    const { buf, len } = this;
    const start = this.pos;
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      if (start + index >= len) this.#fail("truncated", "number", "the bytes end", len);
      const byte = buf[start + index]!;
      const bits = byte & 127;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 128) {
        this.pos = start + index + 1;
        this.#high = high >>> 0;
        return low >>> 0;
      }
    }
    this.#fail("badVarint", "number", "longer than ten bytes", start);
  }

  get #view(): DataView {
    const { buffer, byteOffset, length } = this.buf;
    return this.#dataView ??= new DataView(buffer, byteOffset, length);
  }

  #length(): number {
    const start = this.pos;
    const length = this.uint32();
    const left = this.len - this.pos;
    if (length > left || this.pos - start > 5) {
      this.#fail("truncated", "field", `it says ${length} bytes, ${left} are left`, start);
    }
    return length;
  }

  /** Moves on by a number of bytes and answers where they start. */
  #take(length: number): number {
    const start = this.pos;
    if (start + length > this.len) {
      this.#fail(
        "truncated",
        "field",
        `it takes ${length} bytes, ${this.len - start} are left`,
        start,
      );
    }
    this.pos = start + length;
    return start;
  }

  #fail(code: WireErrorCode, what: string, state: string, offset: number): never {
    throw new WireError(code, `Cannot decode ${what}: ${state}`, offset);
  }

  #charge(cost: number): void {
    this.#allowance -= cost;
    if (this.#allowance < 0) {
      this.#fail("tooMany", "message", "too many small parts for its size", this.pos);
    }
  }
}

/** How many varints end in a range: each has one last byte, which is below 128. */
function countVarints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let index = start; index < end; index++) if (bytes[index]! < 128) count++;
  return count;
}

/**
 * The setter of a oneof, which generated decoders use to say which of its fields came last: the
 * others are unset. protobufjs's own deletes each of them, there or not, which costs more than the
 * rest of a small message.
 */
export function setOneOf(fieldNames: readonly string[]) {
  return function (this: Record<string, unknown>, chosen: string): void {
    for (const fieldName of fieldNames) {
      if (fieldName !== chosen && this[fieldName] !== null) this[fieldName] = null;
    }
  };
}
