import { type JsonObject, type JsonValue, UNKNOWN_KEY } from "./json.ts";
import { scalarFromJson } from "./json_scalar.ts";
import { suggest } from "./suggest.ts";
import type { AnyMessage, EnumDescriptor, FieldDescriptor, MessageDescriptor } from "./schema.ts";
import { encodeUnknownField } from "./unknown_fields.ts";
import { WireError } from "./wire_error.ts";

/**
 * Reads a message from proto3 JSON. Beyond the canonical form it takes field names as the .proto
 * files have them, enumerations by number, and integers of any size as numbers or strings. A key
 * that the type does not have is refused: in JSON that people type, it is a slip.
 */
export function messageFromJson(
  descriptor: MessageDescriptor,
  json: JsonValue,
  path = descriptor.name,
): AnyMessage {
  const message: AnyMessage = {};
  const present = new Map<string, string>();
  for (const [key, value] of Object.entries(expectObject(json, path))) {
    if (key === UNKNOWN_KEY) {
      message.$unknowns = expectArray(value, `${path}.${key}`).map(encodeUnknownField);
      continue;
    }
    const field = descriptor.byName.get(key);
    if (field === undefined) refuseKey(descriptor, key, path);
    // In proto3 JSON, null stands for a field that is not there.
    if (value === null) continue;
    claim(present, field, path);
    message[field.jsonName] = fieldFromJson(field, value, `${path}.${key}`);
  }
  return message;
}

/** Notes that a field, and the oneof that it is in, is there. Neither may be there twice. */
function claim(present: Map<string, string>, field: FieldDescriptor, path: string): void {
  for (const name of [field.jsonName, field.oneof ?? field.jsonName]) {
    const other = present.get(name);
    if (other !== undefined && other !== field.jsonName) {
      refuse(path, `${other} and ${field.jsonName} are alternatives`);
    }
  }
  if (present.has(field.jsonName)) refuse(path, `${field.jsonName} is there twice`);
  present.set(field.jsonName, field.jsonName).set(field.oneof ?? field.jsonName, field.jsonName);
}

function fieldFromJson(field: FieldDescriptor, json: JsonValue, path: string): unknown {
  if (field.label === "repeated") {
    return expectArray(json, path).map((item, index) =>
      elementFromJson(field, item, `${path}[${index}]`)
    );
  }
  if (field.label !== "map") return elementFromJson(field, json, path);
  // Without a prototype, so that a key may be called anything.
  const map: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(expectObject(json, path))) {
    if (!key.isWellFormed()) refuse(path, "a key has half a surrogate pair");
    map[key] = elementFromJson(field, item, `${path}.${key}`);
  }
  return map;
}

function elementFromJson({ type }: FieldDescriptor, json: JsonValue, path: string): unknown {
  if (type.kind === "message") return messageFromJson(type, json, path);
  if (type.kind === "enum") return enumFromJson(type, json, path);
  return scalarFromJson(type.name, json, path);
}

function enumFromJson(type: EnumDescriptor, json: JsonValue, path: string): number {
  if (typeof json === "string" && Object.hasOwn(type.values, json)) {
    return type.values[json] as number;
  }
  if (typeof json === "number") return scalarFromJson("int32", json, path) as number;
  const hint = typeof json === "string" ? suggest(json, Object.keys(type.values)) : "";
  refuse(path, `${JSON.stringify(json)} is not a value of ${type.name}${hint}`);
}

function expectObject(json: JsonValue, path: string): JsonObject {
  if (json === null || typeof json !== "object" || Array.isArray(json)) {
    refuse(path, "it is not an object");
  }
  return json;
}

function expectArray(json: JsonValue, path: string): JsonValue[] {
  return Array.isArray(json) ? json : refuse(path, "it is not an array");
}

function refuseKey(descriptor: MessageDescriptor, key: string, path: string): never {
  const hint = suggest(key, descriptor.fields.map((field) => field.jsonName));
  refuse(path, `${descriptor.name} has no field ${JSON.stringify(key)}${hint}`);
}

function refuse(path: string, state: string): never {
  throw new WireError("badJson", `Cannot encode ${path}: ${state}`);
}
