import type { WireReader } from "./reader.ts";
import type { WireWriter } from "./writer.ts";

/** A generated class, as its declarations describe it. */
export interface MessageType<T> {
  new (): T;
  readonly name: string;
  encode(message: Draft<T>, writer: WireWriter): unknown;
  decode(reader: WireReader): T;
}

/**
 * What an encoder takes: any part of a message, as a plain object. What is left out is not sent,
 * and the receiver reads the default: zero, empty, or the first value of an enumeration. In
 * `cap.event.v1` that first value means something: an event whose priority is left out is CRITICAL,
 * and one whose propagation is left out goes to everyone. Set both, always.
 */
export type Draft<T> = unknown extends T ? T
  : T extends string | number | bigint | boolean | null | Uint8Array ? T
  : T extends readonly (infer Element)[] ? readonly Draft<Element>[]
  : { readonly [Key in keyof T]?: Draft<T[Key]> | undefined };
