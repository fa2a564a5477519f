import assert from "node:assert/strict";
import { decodeToJson, encodeFromJson, listTypes } from "../../../src/wire/inspect.ts";
import type { JsonValue } from "../../../src/wire/json.ts";
import { WireError, type WireErrorCode } from "../../../src/wire/wire_error.ts";

Deno.test("the listing names every type with its kind and package", () => {
  const types = listTypes();
  assert.deepEqual(types.find(({ type }) => type === "cap.command.v1.CommandTarget.Scope"), {
    type: "cap.command.v1.CommandTarget.Scope",
    kind: "enum",
    package: "cap.command.v1",
  });
  assert.equal(types.filter((listing) => listing.package === "peat.datagram.v1").length, 13);
});

Deno.test("JSON is canonical: camel case, enumerations by name, long integers and bytes as text", () => {
  const json: JsonValue = {
    eventId: "event-1",
    timestamp: { seconds: "18446744073709551615", nanos: 4294967295 },
    sourceInstanceId: "",
    eventClass: "EVENT_CLASS_ANOMALY",
    routing: { propagation: "PROPAGATION_LOCAL", priority: 77 },
    payloadValue: "AP+A",
  };
  assert.deepEqual(there("PeatEvent", json), json);
});

Deno.test("numbers that JSON lacks are text, and single precision is as short as it can be", () => {
  const json: JsonValue = {
    confidence: 0.1,
    position: { latitude: "NaN", longitude: "-0", altitude: "-Infinity", cepM: 1e21 },
  };
  assert.deepEqual(there("Track", json), json);
});

Deno.test("unknown fields of every wire type stand under $unknown and come back", () => {
  const hex = "0a0161" + "9806ffffffffffffffffff01" + "99060100000000000080" + "9a0602cafe" +
    "9b0608012b2c9c06" + "9d06ffffffff";
  const json = decodeToJson("cap.common.v1.Uuid", Uint8Array.fromHex(hex));
  assert.deepEqual(json, {
    value: "a",
    $unknown: [
      { field: 99, wireType: 0, value: "18446744073709551615" },
      { field: 99, wireType: 1, value: "9223372036854775809" },
      { field: 99, wireType: 2, value: "yv4=" },
      { field: 99, wireType: 3, value: "CAErLA==" },
      { field: 99, wireType: 5, value: "4294967295" },
    ],
  });
  assert.equal(encodeFromJson("Uuid", json).toHex(), hex);
});

Deno.test("names as the .proto files have them, numbers for names and null are taken", () => {
  const typed: JsonValue = {
    event_id: "e",
    event_class: 2,
    timestamp: { seconds: 5, nanos: "7" },
    routing: null,
    payload_value: "_-8",
  };
  assert.deepEqual(there("PeatEvent", typed), {
    eventId: "e",
    timestamp: { seconds: "5", nanos: 7 },
    eventClass: "EVENT_CLASS_ANOMALY",
    payloadValue: "/+8=",
  });
});

Deno.test("a map's entries survive, whatever their keys are called", () => {
  const json = JSON.parse('{"fields":{"__proto__":"a","constructor":"b","":"c"}}') as JsonValue;
  assert.equal(JSON.stringify(there("Metadata", json)), JSON.stringify(json));
});

Deno.test("a slip is refused with the nearest thing that would be right", () => {
  refuses("badJson", { evntId: "e" }, "did you mean eventId?");
  refuses("badJson", { eventClass: "EVENT_CLASS_ANOMLY" }, "did you mean EVENT_CLASS_ANOMALY?");
  assert.throws(() => encodeFromJson("PeatEvnt", {}), /did you mean PeatEvent\?/);
  assert.throws(
    () => encodeFromJson("cap.event.v1.PeatEvnt", {}),
    /mean cap\.event\.v1\.PeatEvent\?/,
  );
});

Deno.test("a short name that two packages have is refused with both", () => {
  assert.throws(
    () => encodeFromJson("BoundingBox", {}),
    /cap\.hierarchy\.v1\.BoundingBox or cap\.track\.v1\.BoundingBox/,
  );
});

Deno.test("values that do not fit their field are refused with the way to them", () => {
  refuses("badJson", [], "Cannot encode cap.event.v1.PeatEvent: it is not an object");
  refuses("badJson", { eventId: 5 }, "PeatEvent.eventId: 5 is not text");
  refuses("badJson", { eventId: "\ud800" }, "is not text");
  refuses(
    "badJson",
    { timestamp: { seconds: -1 } },
    "PeatEvent.timestamp.seconds: -1 is not from 0",
  );
  refuses("badJson", { timestamp: { seconds: 2 ** 53 } }, "put it in quotes");
  refuses("badJson", { timestamp: { nanos: 4294967296 } }, "to 4294967295");
  refuses("badJson", { timestamp: { nanos: 1.5 } }, "1.5 is not an integer");
  refuses("badJson", { payloadValue: "%" }, "is not base64");
  refuses("badJson", { eventId: "a", event_id: "b" }, "eventId is there twice");
  refuses("badJson", { $unknown: [{ field: 0, wireType: 0, value: "1" }] }, "not a field number");
});

Deno.test("two members of one oneof are refused", () => {
  const json: JsonValue = { nodeId: "a", formationId: "b" };
  assert.throws(
    () => encodeFromJson("QueryScope", json),
    /nodeId and formationId are alternatives/,
  );
});

Deno.test("a member of a oneof is there even with its default value", () => {
  assert.deepEqual(there("QueryScope", { subordinates: false }), { subordinates: false });
});

function there(type: string, json: JsonValue): JsonValue {
  return decodeToJson(type, encodeFromJson(type, json));
}

function refuses(code: WireErrorCode, json: JsonValue, message: string): void {
  assert.throws(() => encodeFromJson("PeatEvent", json), (error) => {
    assert(error instanceof WireError, String(error));
    assert(error.message.includes(message), error.message);
    return error.code === code;
  });
}
