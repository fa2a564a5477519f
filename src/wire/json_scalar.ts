import type { JsonValue } from "./json.ts";
import type { IntegerType, Scalar } from "./schema.ts";
import { WireError } from "./wire_error.ts";

const INTEGER_RANGES: Readonly<Record<IntegerType, readonly [least: bigint, most: bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

const INTEGER = /^-?\d{1,20}$/;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const NOT_FINITE: readonly string[] = ["NaN", "Infinity", "-Infinity"];

/** Reads a single value of proto3 JSON as the generated encoder takes it. */
export function scalarFromJson(type: Scalar, json: JsonValue, path: string): unknown {
  if (type === "string") return readText(json, path);
  if (type === "bytes") return readBytes(json, path);
  if (type === "bool") {
    return typeof json === "boolean" ? json : refuse(path, json, "true or false");
  }
  if (type === "double") return readNumber(json, path);
  if (type === "float") return readSingle(json, path);
  const value = readInteger(json, path, INTEGER_RANGES[type]);
  return type === "uint64" ? value : Number(value);
}

function readText(json: JsonValue, path: string): string {
  return typeof json === "string" && json.isWellFormed() ? json : refuse(path, json, "text");
}

/** Takes both alphabets of base64, padded or not. */
function readBytes(json: JsonValue, path: string): Uint8Array {
  if (typeof json !== "string") refuse(path, json, "base64");
  try {
    return Uint8Array.fromBase64(json.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    refuse(path, json, "base64");
  }
}

function readInteger(
  json: JsonValue,
  path: string,
  [least, most]: readonly [least: bigint, most: bigint],
): bigint {
  const value = toInteger(json, path);
  if (value < least || value > most) refuse(path, json, `from ${least} to ${most}`);
  return value;
}

function toInteger(json: JsonValue, path: string): bigint {
  if (typeof json === "string" && INTEGER.test(json)) return BigInt(json);
  if (typeof json !== "number" || !Number.isInteger(json)) refuse(path, json, "an integer");
  // A number of that size has lost its last digits before it came here.
  if (!Number.isSafeInteger(json)) refuse(path, json, "exact; put it in quotes");
  return BigInt(json);
}

function readNumber(json: JsonValue, path: string): number {
  if (typeof json === "number") return json;
  if (typeof json === "string" && (NUMBER.test(json) || NOT_FINITE.includes(json))) {
    return Number(json);
  }
  refuse(path, json, "a number");
}

function readSingle(json: JsonValue, path: string): number {
  const value = readNumber(json, path);
  const single = Math.fround(value);
  if (Number.isFinite(value) && !Number.isFinite(single)) {
    refuse(path, json, "within single precision");
  }
  return single;
}

function refuse(path: string, json: JsonValue, wanted: string): never {
  const shown = JSON.stringify(json).slice(0, 64);
  throw new WireError("badJson", `Cannot encode ${path}: ${shown} is not ${wanted}`);
}
