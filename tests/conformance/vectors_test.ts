import assert from "node:assert/strict";
import { decodeToJson, encodeFromJson } from "../../src/wire/inspect.ts";
import { type JsonValue, UNKNOWN_KEY } from "../../src/wire/json.ts";
import { decodeMessage, encodeMessage } from "../../src/wire/message.ts";
import { describe, typeNames } from "../../src/wire/schema.ts";

interface Vector {
  type: string;
  bytes: string;
  knownBytes: string;
  json: JsonValue;
}

const vectors = loadVectors();

Deno.test("there are vectors for every message of the schema", () => {
  const messages = typeNames().filter((name) => describe(name)!.kind === "message");
  assert.deepEqual([...new Set(vectors.map((vector) => vector.type))].sort(), messages);
});

Deno.test("another implementation's bytes decode and encode to the same bytes", () => {
  for (const { type, bytes } of vectors) {
    const descriptor = describe(type);
    assert(descriptor?.kind === "message");
    const message = decodeMessage(descriptor.type, Uint8Array.fromHex(bytes));
    assert.equal(encodeMessage(descriptor.type, message).toHex(), bytes, type);
  }
});

Deno.test("another implementation's bytes read as the same JSON as it wrote", () => {
  for (const { type, bytes, json } of vectors) {
    assert.deepEqual(
      comparable(decodeToJson(type, Uint8Array.fromHex(bytes))),
      comparable(json),
      type,
    );
  }
});

Deno.test("JSON with unknown fields leads back to the same bytes", () => {
  for (const { type, bytes } of vectors) {
    const text = JSON.stringify(decodeToJson(type, Uint8Array.fromHex(bytes)));
    assert.equal(encodeFromJson(type, JSON.parse(text)).toHex(), bytes, type);
  }
});

Deno.test("another implementation's JSON encodes to the bytes that it made", () => {
  for (const { type, knownBytes, json } of vectors) {
    assert.equal(encodeFromJson(type, json).toHex(), knownBytes, type);
  }
});

function loadVectors(): Vector[] {
  const directory = new URL("vectors/", import.meta.url);
  return [...Deno.readDirSync(directory)].flatMap((entry) =>
    Deno.readTextFileSync(new URL(entry.name, directory)).trim().split("\n").map((line) =>
      JSON.parse(line) as Vector
    )
  );
}

/** Without our unknown fields, and with the one number that has two ways to be written. */
function comparable(json: JsonValue): JsonValue {
  if (Array.isArray(json)) return json.map(comparable);
  if (typeof json === "object" && json !== null) {
    const known = Object.entries(json).filter(([key]) => key !== UNKNOWN_KEY);
    return Object.fromEntries(known.map(([key, value]) => [key, comparable(value)]));
  }
  if (typeof json === "number" && !Number.isInteger(json)) return Number(json.toPrecision(7));
  return json === "-0" || Object.is(json, -0) ? 0 : json;
}
