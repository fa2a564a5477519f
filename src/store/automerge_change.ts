import { inflateRawSync } from "node:zlib";

/**
 * What may be in one change of a document. Automerge reads columns in which five bytes can claim a
 * million operations, and it believes them; so they are counted here first, without being read out.
 */
export const CHANGE_LIMITS = {
  bytes: 64 << 10,
  operations: 8_192,
} as const;

const MAGIC = [0x85, 0x6f, 0x4a, 0x83];
const HEADER_BYTES = 9;
const PLAIN = 1;
const PACKED = 2;
const HASH_BYTES = 32;
/** In the number of a column: whether it is packed, and how it is written. */
const COLUMN_PACKED = 8;
const COLUMN_KINDS = 8;
const BOOLEANS = 4;
const TEXTS = 5;
const BYTES = 7;

/** Automerge packs long changes. Ours travel and lie plain, so that nothing swells when it is read. */
export function plainChange(bytes: Uint8Array): Uint8Array {
  const reader = new Reader(bytes, 8);
  const kind = reader.byte();
  if (kind === PLAIN) return bytes;
  if (kind !== PACKED) throw new Error(`it is a chunk of kind ${kind}`);
  const packed = reader.take(reader.unsigned());
  const body = inflateRawSync(packed, { maxOutputLength: 16 * CHANGE_LIMITS.bytes });
  const length = unsigned(body.length);
  const plain = new Uint8Array(HEADER_BYTES + length.length + body.length);
  plain.set(bytes.subarray(0, 8));
  plain[8] = PLAIN;
  plain.set(length, HEADER_BYTES);
  plain.set(body, HEADER_BYTES + length.length);
  return plain;
}

/** Whether Automerge can be given the bytes without fear: they are one plain change of a fair size. */
export function isFairChange(bytes: Uint8Array): boolean {
  if (bytes.length > CHANGE_LIMITS.bytes || bytes.length < HEADER_BYTES) return false;
  try {
    return readChange(new Reader(bytes, 0));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function readChange(reader: Reader): boolean {
  if (!MAGIC.every((byte) => reader.byte() === byte)) return false;
  reader.take(4);
  if (reader.byte() !== PLAIN) return false;
  if (reader.unsigned() !== reader.left) return false;
  reader.take(reader.unsigned() * HASH_BYTES); // What it depends on.
  reader.take(reader.unsigned()); // The actor.
  reader.unsigned(); // Its number,
  reader.unsigned(); // that of its first operation,
  reader.unsigned(); // the time,
  reader.take(reader.unsigned()); // and the message.
  for (let actors = reader.unsigned(); actors > 0; actors--) reader.take(reader.unsigned());
  const columns: { readonly kind: number; readonly length: number }[] = [];
  for (let count = reader.unsigned(); count > 0; count--) {
    const number = reader.unsigned();
    if ((number & COLUMN_PACKED) !== 0) return false;
    columns.push({ kind: number % COLUMN_KINDS, length: reader.unsigned() });
  }
  return columns.every(({ kind, length }) =>
    countRows(kind, reader.take(length)) <= CHANGE_LIMITS.operations
  ) && reader.left === 0;
}

/** How many rows a column says that it has. */
function countRows(kind: number, bytes: Uint8Array): number {
  if (kind === BYTES) return 0;
  const reader = new Reader(bytes, 0);
  let rows = 0;
  while (reader.left > 0 && rows <= CHANGE_LIMITS.operations) {
    rows += kind === BOOLEANS ? reader.unsigned() : countRun(kind, reader);
  }
  return rows;
}

/** One value so many times, so many values, or so many times nothing. */
function countRun(kind: number, reader: Reader): number {
  const length = reader.signed();
  if (length === 0) return reader.unsigned();
  const values = length > 0 ? 1 : -length;
  if (values > CHANGE_LIMITS.operations) return values;
  for (let value = 0; value < values; value++) {
    if (kind === TEXTS) reader.take(reader.unsigned());
    else reader.unsigned();
  }
  return Math.abs(length);
}

/** Reads numbers of seven bits a byte. Whatever is not there is a `RangeError`. */
class Reader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    if (this.left < 1) throw new RangeError("the bytes end");
    return this.#bytes[this.#at++]!;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new RangeError("the bytes end");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A signed number is read as well, where only its end matters. */
  unsigned(): number {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      if (scale > 2 ** 56) throw new RangeError("the number is too long");
    }
  }

  signed(): number {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return (byte & 64) === 0 ? value : value - scale * 128;
      if (scale > 2 ** 56) throw new RangeError("the number is too long");
    }
  }
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}
