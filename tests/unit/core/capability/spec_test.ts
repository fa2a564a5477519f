import assert from "node:assert/strict";
import { CapabilitySpecError, parseCapability } from "../../../../src/core/capability/spec.ts";

Deno.test("a capability is read with name, confidence and metadata, each of them optional", () => {
  assert.deepEqual(parseCapability("sensor:thermal=0.9,range_m=2000,band=IR"), {
    type: "sensor",
    name: "thermal",
    confidence: 0.9,
    metadata: { range_m: 2_000, band: "IR" },
  });
  assert.deepEqual(parseCapability("compute"), { type: "compute", name: "compute", confidence: 1 });
  assert.deepEqual(parseCapability("payload=0.5"), {
    type: "payload",
    name: "payload",
    confidence: 0.5,
  });
  assert.deepEqual(parseCapability("mobility:wheels,speed=3=4").metadata, { speed: "3=4" });
});

const REFUSED: readonly (readonly [spec: string, position: number, state: RegExp])[] = [
  ["", 1, /its type "" is not one of/],
  ["senser:thermal", 1, /its type "senser" is not one of/],
  ["sensor:", 8, /its name is missing/],
  ["sensor:a b", 8, /its name is not letters/],
  [`sensor:${"a".repeat(65)}`, 72, /its name is longer than 64/],
  ["sensor:thermal=1.1", 16, /its confidence is not a number from 0 to 1/],
  ["sensor:thermal=", 16, /its confidence/],
  ["sensor:thermal=-0", 16, /its confidence/],
  ["sensor:thermal=0.9,range", 20, /"range" is not key=value/],
  ["sensor:thermal=0.9,range=", 26, /the value of range is not 1 to 64/],
  ["sensor:thermal,a=1,a=2", 20, /"a" is there twice/],
  ["sensor,a=\u0007", 10, /the value of a is not text/],
];

for (const [spec, position, state] of REFUSED) {
  Deno.test(`the capability ${JSON.stringify(spec.slice(0, 30))} is refused at ${position}`, () => {
    assert.throws(() => parseCapability(spec), (error) => {
      assert.ok(error instanceof CapabilitySpecError);
      assert.match(error.message, state);
      assert.equal(error.position, position);
      return true;
    });
  });
}
