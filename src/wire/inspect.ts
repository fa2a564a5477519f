/**
 * What `peat wire` does: any type of the schema by its name, bytes to JSON and back. It loads the
 * generated code of all packages, so nothing else in the daemon imports it.
 */

import type { JsonValue } from "./json.ts";
import { messageFromJson } from "./json_input.ts";
import { messageToJson } from "./json_output.ts";
import { decodeMessage, encodeMessage } from "./message.ts";
import { suggest } from "./suggest.ts";
import { describe, type MessageDescriptor, typeNames } from "./schema.ts";
import { WireError } from "./wire_error.ts";

export interface TypeListing {
  /** The full name, such as `cap.event.v1.PeatEvent`. */
  readonly type: string;
  readonly kind: "message" | "enum";
  readonly package: string;
}

/** Every type of the schema, in the order of the alphabet. */
export function listTypes(): TypeListing[] {
  return typeNames().map((type) => ({
    type,
    kind: describe(type)!.kind,
    package: type.split(".", 3).join("."),
  }));
}

/** Canonical proto3 JSON of a message, with unknown fields under `$unknown`. */
export function decodeToJson(typeName: string, bytes: Uint8Array): JsonValue {
  const descriptor = findMessage(typeName);
  return messageToJson(descriptor, decodeMessage(descriptor.type, bytes));
}

/** The bytes of a message, from the JSON that `decodeToJson` makes or a person types. */
export function encodeFromJson(typeName: string, json: JsonValue): Uint8Array<ArrayBuffer> {
  const descriptor = findMessage(typeName);
  return encodeMessage(descriptor.type, messageFromJson(descriptor, json));
}

/** Finds a message by its full name, or by as much of its end as leaves no doubt. */
function findMessage(typeName: string): MessageDescriptor {
  const names = typeNames();
  const matches = names.includes(typeName)
    ? [typeName]
    : names.filter((name) => name.endsWith(`.${typeName}`));
  if (matches.length > 1) refuse(typeName, `it may be ${matches.join(" or ")}`);
  if (matches.length === 0) {
    refuse(typeName, `there is no such type${suggestType(typeName, names)}`);
  }
  const descriptor = describe(matches[0]!)!;
  return descriptor.kind === "message" ? descriptor : refuse(typeName, "it is an enumeration");
}

/** Who types a short name slips in a short name, so that both are compared with their like. */
function suggestType(typeName: string, names: readonly string[]): string {
  if (typeName.includes(".")) return suggest(typeName, names);
  return suggest(typeName, names.map((name) => name.slice(name.lastIndexOf(".") + 1)));
}

function refuse(typeName: string, state: string): never {
  throw new WireError("unknownType", `Cannot use type ${JSON.stringify(typeName)}: ${state}`);
}
