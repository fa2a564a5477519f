import { WIRE_LIMITS } from "./limits.ts";
import type { Draft, MessageType } from "./message_type.ts";
import { WireReader } from "./reader.ts";
import { WireError } from "./wire_error.ts";
import { WireWriter } from "./writer.ts";

/**
 * Decodes bytes from outside. Refuses with a `WireError` and with nothing else.
 *
 * Unknown fields stay with the message, at every level, and `encodeMessage` writes them again after
 * the known ones. Byte fields and unknown fields are views of `bytes`: copy what must outlive them.
 */
export function decodeMessage<T>(
  type: MessageType<T>,
  bytes: Uint8Array,
  longestBytes: number = WIRE_LIMITS.frameBytes,
): T {
  if (bytes.length > longestBytes) {
    throw new WireError(
      "tooLarge",
      `Cannot decode ${type.name}: it has ${bytes.length} bytes, the limit is ${longestBytes}`,
    );
  }
  return type.decode(new WireReader(bytes));
}

/** Encodes a message: its fields in the order of their numbers, then its unknown fields. */
export function encodeMessage<T>(type: MessageType<T>, message: Draft<T>): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter();
  type.encode(message, writer);
  return writer.finish();
}
