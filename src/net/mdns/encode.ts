import { assert } from "../../core/kernel/assert.ts";
import { ipv6Groups } from "../socket_address.ts";
import {
  LONGEST_LABEL_BYTES,
  LONGEST_MESSAGE_BYTES,
  type Message,
  type Name,
  nameKey,
  type Question,
  type RecordData,
  type ResourceRecord,
  TYPE,
} from "./message.ts";

const TEXT = new TextEncoder();
/** Pointers have 14 bits. */
const POINTER_REACH = 0x4000;
const LONGEST_TEXT_BYTES = 255;
const UPPER_BIT = 0x8000;
const CLASS_INTERNET = 1;
/** A response, and one with authority, as every one of multicast DNS is. */
const RESPONSE_FLAGS = 0x8400;

/** Writes a message, and each name of it once. Names of one that is too long are a mistake of ours. */
export function encodeMdns(message: Message): Uint8Array<ArrayBuffer> {
  return new Encoder().message(message);
}

class Encoder {
  #bytes = new Uint8Array(LONGEST_MESSAGE_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  readonly #written = new Map<string, number>();

  message(message: Message): Uint8Array<ArrayBuffer> {
    const { questions, answers, authorities, additionals } = message;
    this.#uint16(message.id);
    this.#uint16(message.isResponse ? RESPONSE_FLAGS : 0);
    for (const entries of [questions, answers, authorities, additionals]) {
      this.#uint16(entries.length);
    }
    for (const question of questions) this.#question(question);
    for (const record of [...answers, ...authorities, ...additionals]) this.#record(record);
    return this.#bytes.slice(0, this.#at);
  }

  #question({ name, type, wantsUnicast }: Question): void {
    this.#name(name);
    this.#uint16(type);
    this.#uint16(CLASS_INTERNET | (wantsUnicast ? UPPER_BIT : 0));
  }

  #record({ name, ttlSeconds, isWhole, data }: ResourceRecord): void {
    this.#name(name);
    this.#uint16(TYPE[data.type]);
    this.#uint16(CLASS_INTERNET | (isWhole ? UPPER_BIT : 0));
    this.#uint16(Math.floor(ttlSeconds / 0x1_0000));
    this.#uint16(ttlSeconds % 0x1_0000);
    const lengthAt = this.#at;
    this.#uint16(0);
    this.#data(data);
    this.#view.setUint16(lengthAt, this.#at - lengthAt - 2);
  }

  #data(data: RecordData): void {
    switch (data.type) {
      case "A":
        return this.#put(Uint8Array.from(data.address.split("."), Number));
      case "AAAA":
        return this.#put(addressBytes(data.address));
      case "PTR":
        return this.#name(data.target);
      case "TXT":
        return this.#texts(data.texts);
      case "SRV":
        this.#uint16(data.priority);
        this.#uint16(data.weight);
        this.#uint16(data.port);
        return this.#name(data.target);
    }
  }

  /** A record of texts has at least one, be it empty. */
  #texts(texts: readonly string[]): void {
    for (const text of texts.length === 0 ? [""] : texts) {
      const bytes = TEXT.encode(text);
      assert(bytes.length <= LONGEST_TEXT_BYTES, () => `Cannot write a text: ${text} is too long`);
      this.#byte(bytes.length);
      this.#put(bytes);
    }
  }

  #name(name: Name): void {
    for (let index = 0; index < name.length; index++) {
      const rest = nameKey(name.slice(index));
      const written = this.#written.get(rest);
      if (written !== undefined) return this.#uint16(0xc000 | written);
      if (this.#at < POINTER_REACH) this.#written.set(rest, this.#at);
      const label = TEXT.encode(name[index]);
      assert(
        label.length > 0 && label.length <= LONGEST_LABEL_BYTES,
        () => `Cannot write the name ${name.join(".")}: a label is too long`,
      );
      this.#byte(label.length);
      this.#put(label);
    }
    this.#byte(0);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  #uint16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#at, value);
    this.#at += 2;
  }

  #put(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(length: number): void {
    assert(this.#at + length <= this.#bytes.length, "Cannot write a message: it is too long");
  }
}

/** The 16 bytes of an IPv6 address. */
function addressBytes(address: string): Uint8Array {
  return Uint8Array.from(ipv6Groups(address).flatMap((group) => [group >> 8, group & 0xff]));
}
