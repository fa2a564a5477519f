import { type JsonObject, type JsonValue, UNKNOWN_KEY } from "./json.ts";
import type { AnyMessage, EnumDescriptor, FieldDescriptor, MessageDescriptor } from "./schema.ts";
import { describeUnknownField } from "./unknown_fields.ts";

/**
 * Writes a message as canonical proto3 JSON: names in lowerCamelCase, enumerations by name, 64-bit
 * integers as strings, bytes in base64. What has its default value is left out, unless the field
 * has explicit presence. Fields that the type does not have stand under `$unknown`.
 */
export function messageToJson(descriptor: MessageDescriptor, message: AnyMessage): JsonObject {
  const json: JsonObject = {};
  for (const field of descriptor.fields) {
    const value = message[field.jsonName];
    if (!isAbsent(field, value)) json[field.jsonName] = fieldToJson(field, value);
  }
  if (message.$unknowns !== undefined) {
    json[UNKNOWN_KEY] = message.$unknowns.map(describeUnknownField);
  }
  return json;
}

function isAbsent(field: FieldDescriptor, value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (field.label === "repeated") return (value as unknown[]).length === 0;
  if (field.label === "map") return Object.keys(value).length === 0;
  if (field.label === "optional" || field.oneof !== undefined) return false;
  if (value instanceof Uint8Array) return value.length === 0;
  // The negative zero of a float is not its default, and travels on the wire.
  return value === "" || value === false || value === 0n || Object.is(value, 0);
}

function fieldToJson(field: FieldDescriptor, value: unknown): JsonValue {
  if (field.label === "repeated") {
    return (value as unknown[]).map((element) => elementToJson(field, element));
  }
  if (field.label !== "map") return elementToJson(field, value);
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(entries.map(([key, item]) => [key, elementToJson(field, item)]));
}

function elementToJson({ type }: FieldDescriptor, value: unknown): JsonValue {
  if (type.kind === "message") return messageToJson(type, value as AnyMessage);
  if (type.kind === "enum") return enumToJson(type, value as number);
  if (value instanceof Uint8Array) return value.toBase64();
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return numberToJson(type.name === "float", value);
  return value as string | boolean;
}

/** The name, or the bare number of a value that a newer schema has. */
function enumToJson(type: EnumDescriptor, value: number): JsonValue {
  return type.values[value] ?? value;
}

function numberToJson(isSingle: boolean, value: number): JsonValue {
  // JSON has no such numbers, and `JSON.stringify` would take the sign off a negative zero.
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return "-0";
  return isSingle ? shortestSingle(value) : value;
}

/** The shortest number that is this one in single precision: 0.1 rather than 0.10000000149011612. */
function shortestSingle(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}
