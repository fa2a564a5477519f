import {
  ENTRIES_LIMIT,
  LONGEST_MESSAGE_BYTES,
  LONGEST_NAME_BYTES,
  type Message,
  type Name,
  type Question,
  type RecordData,
  type ResourceRecord,
  TYPE,
} from "./message.ts";

const HEADER_BYTES = 12;
const RESPONSE_BIT = 0x8000;
/** The opcode and the response code; a message that sets either is not for multicast DNS. */
const OTHER_KINDS = 0x780f;
/** The upper bit of a class: "unicast, please" in a question, "this is all" in a record. */
const UPPER_BIT = 0x8000;
const CLASS_INTERNET = 1;
const CLASS_ANY = 255;

const TEXT = new TextDecoder();

/** Thrown within this file, and caught in it. */
class Malformed extends Error {}

/** Reads a message, or answers undefined when it is none. It never throws. */
export function decodeMdns(bytes: Uint8Array): Message | undefined {
  if (bytes.length < HEADER_BYTES || bytes.length > LONGEST_MESSAGE_BYTES) return undefined;
  try {
    return new Decoder(bytes).message();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(): Message | undefined {
    const [id, flags] = [this.#uint16(), this.#uint16()];
    if ((flags & OTHER_KINDS) !== 0) return undefined;
    const counts = [this.#uint16(), this.#uint16(), this.#uint16(), this.#uint16()] as const;
    if (counts.reduce((sum, count) => sum + count, 0) > ENTRIES_LIMIT) return undefined;
    const questions: Question[] = [];
    for (let index = 0; index < counts[0]; index++) questions.push(this.#question());
    return {
      id,
      isResponse: (flags & RESPONSE_BIT) !== 0,
      questions,
      answers: this.#records(counts[1]),
      authorities: this.#records(counts[2]),
      additionals: this.#records(counts[3]),
    };
  }

  #question(): Question {
    const name = this.#name();
    const [type, classBits] = [this.#uint16(), this.#uint16()];
    return { name, type, wantsUnicast: (classBits & UPPER_BIT) !== 0 };
  }

  #records(count: number): ResourceRecord[] {
    const records: ResourceRecord[] = [];
    for (let index = 0; index < count; index++) {
      const record = this.#record();
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  /** Undefined for a type or class that is none of ours. */
  #record(): ResourceRecord | undefined {
    const name = this.#name();
    const [type, classBits] = [this.#uint16(), this.#uint16()];
    const ttlSeconds = this.#uint16() * 0x1_0000 + this.#uint16();
    const length = this.#uint16();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Malformed();
    const data = this.#data(type, end);
    if (data !== undefined && this.#at !== end) throw new Malformed();
    this.#at = end;
    const classOf = classBits & ~UPPER_BIT;
    if (data === undefined || (classOf !== CLASS_INTERNET && classOf !== CLASS_ANY)) {
      return undefined;
    }
    return { name, ttlSeconds, isWhole: (classBits & UPPER_BIT) !== 0, data };
  }

  #data(type: number, end: number): RecordData | undefined {
    switch (type) {
      case TYPE.A:
        return { type: "A", address: this.#take(4).join(".") };
      case TYPE.AAAA:
        return { type: "AAAA", address: addressText(this.#take(16)) };
      case TYPE.PTR:
        return { type: "PTR", target: this.#name() };
      case TYPE.TXT:
        return { type: "TXT", texts: this.#texts(end) };
      case TYPE.SRV: {
        const [priority, weight, port] = [this.#uint16(), this.#uint16(), this.#uint16()];
        return { type: "SRV", priority, weight, port, target: this.#name() };
      }
      default:
        return undefined;
    }
  }

  #texts(end: number): string[] {
    const texts: string[] = [];
    while (this.#at < end) {
      const length = this.#byte();
      if (this.#at + length > end) throw new Malformed();
      const text = TEXT.decode(this.#take(length));
      if (text !== "") texts.push(text);
    }
    return texts;
  }

  /** A pointer must lead further back than where its part began, so that no name goes in a circle. */
  #name(): Name {
    const labels: string[] = [];
    let [at, resumeAt, before, total] = [this.#at, -1, this.#at, 0];
    for (;;) {
      const length = this.#byteAt(at);
      if (length >= 0xc0) {
        const target = (length & 0x3f) << 8 | this.#byteAt(at + 1);
        if (resumeAt < 0) resumeAt = at + 2;
        if (target >= before || target < HEADER_BYTES) throw new Malformed();
        at = before = target;
        continue;
      }
      if (length >= 0x40) throw new Malformed();
      at++;
      if (length === 0) break;
      total += length + 1;
      if (total >= LONGEST_NAME_BYTES || at + length > this.#bytes.length) throw new Malformed();
      labels.push(TEXT.decode(this.#bytes.subarray(at, at + length)));
      at += length;
    }
    this.#at = resumeAt < 0 ? at : resumeAt;
    return labels;
  }

  #byteAt(at: number): number {
    const byte = this.#bytes[at];
    if (byte === undefined) throw new Malformed();
    return byte;
  }

  #byte(): number {
    return this.#byteAt(this.#at++);
  }

  #uint16(): number {
    if (this.#at + 2 > this.#bytes.length) throw new Malformed();
    const value = this.#view.getUint16(this.#at);
    this.#at += 2;
    return value;
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw new Malformed();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** An IPv6 address in its shortest form, as RFC 5952 writes it. */
function addressText(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, index) => (bytes[2 * index]! << 8 | bytes[2 * index + 1]!).toString(16),
  );
  const [at, length] = longestZeros(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, at).join(":")}::${groups.slice(at + length).join(":")}`;
}

function longestZeros(groups: readonly string[]): [at: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === "0") length++;
    if (length > best[1]) best = [at, length];
  }
  return best;
}
