import assert from "node:assert/strict";
import fc from "fast-check";
import { type Capability, CAPABILITY_TYPES } from "../../../../src/core/capability/capability.ts";
import { capabilityDigest } from "../../../../src/core/capability/digest.ts";

const capability: fc.Arbitrary<Capability> = fc.record({
  type: fc.constantFrom(...CAPABILITY_TYPES),
  name: fc.string({ minLength: 1, maxLength: 4 }),
  confidence: fc.constantFrom(0, 0.5, 0.9, 1),
});
const capabilities = fc.array(capability, { maxLength: 10 });

Deno.test("the order of capabilities, and of what is known of each, changes no digest", () => {
  fc.assert(
    fc.property(capabilities, fc.nat(), (capabilities, turn) => {
      const by = capabilities.length === 0 ? 0 : turn % capabilities.length;
      const turned = [...capabilities.slice(by), ...capabilities.slice(0, by)];
      assert.equal(capabilityDigest(turned), capabilityDigest(capabilities));
    }),
    { seed: 50 },
  );
  const one = { type: "sensor", name: "eo", confidence: 1, metadata: { a: "1", b: "2" } } as const;
  const other = { ...one, metadata: { b: "2", a: "1" } };
  assert.equal(capabilityDigest([one]), capabilityDigest([other]));
});

Deno.test("a capability more or less, or one that differs in anything, changes the digest", () => {
  fc.assert(
    fc.property(capabilities, capability, (capabilities, extra) => {
      const digest = capabilityDigest(capabilities);
      assert.match(digest, /^[0-9a-f]{16}$/);
      assert.notEqual(capabilityDigest([...capabilities, extra]), digest);
      const better = { ...extra, confidence: 0.123 };
      assert.notEqual(
        capabilityDigest([...capabilities, extra]),
        capabilityDigest([...capabilities, better]),
      );
    }),
    { seed: 51, numRuns: 500 },
  );
});

Deno.test("where one capability ends and the next begins is part of the digest", () => {
  const named = (name: string) => ({ type: "sensor", name, confidence: 1 }) as const;
  assert.notEqual(
    capabilityDigest([named("a"), named("b")]),
    capabilityDigest([named("ab")]),
  );
});
