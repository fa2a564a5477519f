import assert from "node:assert/strict";
import fc from "fast-check";
import type { Capability } from "../../../../src/core/capability/capability.ts";
import { CapabilitySpecError } from "../../../../src/core/capability/spec.ts";
import { matchCapabilities, parseWant } from "../../../../src/core/discovery/capability_match.ts";

const capability = (type: Capability["type"], name: string, confidence = 1): Capability => ({
  type,
  name,
  confidence,
});

function scores(
  nodes: Readonly<Record<string, readonly Capability[]>>,
  required: readonly string[],
  optional: readonly string[] = [],
): [nodeId: string, score: number][] {
  const candidates = Object.entries(nodes).map(([nodeId, capabilities]) => ({
    nodeId,
    capabilities,
  }));
  const wants = { required: required.map(parseWant), optional: optional.map(parseWant) };
  return matchCapabilities(candidates, wants)
    .map(({ node, score }) => [node.nodeId, Math.round(score * 1_000) / 1_000]);
}

Deno.test("a want is a type, perhaps with a name and a least confidence", () => {
  assert.deepEqual(parseWant("sensor"), { type: "sensor", leastConfidence: 0 });
  assert.deepEqual(parseWant("sensor:eo=0.8"), {
    type: "sensor",
    name: "eo",
    leastConfidence: 0.8,
  });
  assert.throws(() => parseWant("sensor,range_m=2"), CapabilitySpecError);
});

Deno.test("six tenths for the required, three for the optional, one for mean confidence", () => {
  const nodes = {
    all: [capability("sensor", "eo", 0.8), capability("compute", "gpu", 0.6)],
    half: [capability("sensor", "eo", 0.8)],
    none: [capability("compute", "gpu")],
  };
  assert.deepEqual(scores(nodes, ["sensor"], ["compute:gpu", "mobility"]), [
    ["all", 0.82],
    ["half", 0.68],
  ]);
});

Deno.test("who lacks a required capability, or has it too uncertain, is no match", () => {
  const nodes = { a: [capability("sensor", "eo", 0.7)], b: [capability("sensor", "ir")] };
  assert.deepEqual(scores(nodes, ["sensor:eo=0.8"]), []);
  assert.deepEqual(scores(nodes, ["sensor:eo"]).map(([nodeId]) => nodeId), ["a"]);
  assert.deepEqual(scores(nodes, ["sensor", "compute"]), []);
});

Deno.test("what a node is not relied on for at all serves no want", () => {
  const nodes = { a: [capability("sensor", "eo", 0)], b: [capability("sensor", "eo", 0.1)] };
  assert.deepEqual(scores(nodes, ["sensor"]).map(([nodeId]) => nodeId), ["b"]);
});

Deno.test("equals are in the order of their ids, whatever order they came in", () => {
  const sensor = [capability("sensor", "eo")];
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1 }), (ids) => {
      const nodes = Object.fromEntries(ids.map((id) => [id, sensor]));
      assert.deepEqual(scores(nodes, ["sensor"]).map(([nodeId]) => nodeId), [...ids].sort());
    }),
    { seed: 71 },
  );
});
