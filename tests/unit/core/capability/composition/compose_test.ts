import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compose,
  type Composed,
  type Ingredient,
} from "../../../../../src/core/capability/composition/compose.ts";
import type { CompositionRule } from "../../../../../src/core/capability/composition/rule.ts";
import { STANDARD_RULES } from "../../../../../src/core/capability/composition/standard_rules.ts";

type Metadata = NonNullable<Ingredient["metadata"]>;

let made = 0;

function can(spec: string, confidence: number, metadata: Metadata = {}): Ingredient {
  const [type, name = type] = spec.split(":");
  const id = `node-${made++}/${spec}`;
  return { id, type: type as Ingredient["type"], name: name!, confidence, metadata };
}

function composed(
  ingredients: readonly Ingredient[],
  options: { authority?: "commander" | "advisor"; rules?: readonly CompositionRule[] } = {},
): ReadonlyMap<string, Composed> {
  const { rules = STANDARD_RULES, authority } = options;
  const result = compose({ scope: "alpha", ingredients, rules, authority });
  assert.ok(result.isSettled);
  return new Map(result.composed.map((one) => [one.name, one]));
}

function isAbout(actual: number | undefined, expected: number, tolerance = 1e-9): void {
  assert.ok(Math.abs((actual ?? NaN) - expected) <= tolerance, `${actual} is not ${expected}`);
}

Deno.test("areas, loads and bandwidths add up where two or more have them, with the mean confidence", () => {
  const all = composed([
    can("sensor:a", 0.8, { coverage_area: 100 }),
    can("sensor:b", 0.6, { coverage_area: 50 }),
    can("sensor:c", 1),
    can("payload:a", 0.5, { lift_capacity: 3 }),
    can("payload:b", 0.7, { lift_capacity: 4 }),
    can("communication:a", 0.9, { bandwidth: 10 }),
  ]);
  assert.equal(all.get("sensor_coverage")?.metadata["coverage_area"], 150);
  isAbout(all.get("sensor_coverage")?.confidence, 0.7);
  assert.equal(all.get("payload_capacity")?.metadata["lift_capacity"], 7);
  isAbout(all.get("payload_capacity")?.confidence, 0.6);
  assert.equal(all.get("communication_bandwidth"), undefined);
});

Deno.test("a chain is as good as the weakest of its best links, each of which is good enough", () => {
  const links = [can("sensor", 0.9), can("sensor:bad", 0.2), can("compute", 0.75)];
  assert.equal(composed([...links, can("communication", 0.69)]).get("isr_chain"), undefined);
  const chain = composed([...links, can("communication", 0.8)]).get("isr_chain");
  isAbout(chain?.confidence, 0.75);
  assert.equal(chain?.id, "isr_chain@alpha");
  assert.equal(chain?.from.length, 3);
});

Deno.test("mapping takes a camera, a lidar and compute, by name or by kind", () => {
  const all = [can("sensor:camera-left", 0.9), can("compute", 0.8)];
  assert.equal(composed(all).get("mapping_3d"), undefined);
  const mapping = composed([...all, can("sensor:front", 0.7, { kind: "lidar" })]).get("mapping_3d");
  isAbout(mapping?.confidence, 0.7);
});

Deno.test("what a rule makes feeds the rules behind it, and those before it as well", () => {
  const all = [
    can("sensor:eye", 0.9),
    can("compute", 0.9),
    can("communication", 0.85),
    can("payload:strike", 0.95),
    can("sensor:bda", 0.8),
  ];
  const strike = composed(all).get("strike_chain");
  isAbout(strike?.confidence, 0.8);
  assert.equal(strike?.metadata["requires_human_approval"], true);
  assert.ok(strike?.from.includes("isr_chain@alpha"));
  const backwards = composed(all, { rules: STANDARD_RULES.toReversed() });
  assert.deepEqual(backwards.get("strike_chain"), strike);
  const weak = all.map((one) => one.type === "compute" ? { ...one, confidence: 0.75 } : one);
  assert.ok(composed(weak).has("isr_chain"));
  assert.ok(!composed(weak).has("strike_chain"));
});

Deno.test("authorization takes a link and a commander, and only a commander may order a strike", () => {
  const link = [can("communication", 0.9)];
  assert.ok(!composed(link).has("authorization_coverage"));
  assert.ok(!composed(link, { authority: "advisor" }).has("authorization_coverage"));
  const outcome = composed(link, { authority: "commander" }).get("authorization_coverage");
  isAbout(outcome?.confidence, 0.4 * 0.9 + 0.6 * 0.8);
  assert.equal(outcome?.metadata["can_authorize_strike"], true);
  const rules = [{ id: "ask", kind: "emergent", method: "authorization", authority: "advisor" }];
  const advised = composed(link, {
    authority: "advisor",
    rules: rules as CompositionRule[],
  }).get("ask");
  isAbout(advised?.confidence, 0.4 * 0.9 + 0.6 * 0.3);
  assert.equal(advised?.metadata["can_authorize_strike"], false);
});

Deno.test("two domains add a tenth and three fifteen hundredths to the weakest of the best", () => {
  const air = can("sensor:radar", 0.8, { domain: "air" });
  const surface = can("sensor:camera", 0.75, { domain: "surface air" });
  const below = can("sensor:sonar", 0.7, { domain: "subsurface" });
  assert.ok(!composed([air]).has("multi_domain_coverage"));
  isAbout(composed([air, surface]).get("multi_domain_coverage")?.confidence, 0.75 + 0.1);
  const three = composed([air, surface, below]).get("multi_domain_coverage");
  isAbout(three?.confidence, 0.7 + 0.15);
  assert.equal(three?.metadata["domain"], "subsurface surface air");
  assert.ok(
    !composed([air, can("sensor", 0.69, { domain: "surface" })]).has("multi_domain_coverage"),
  );
});

Deno.test("several that can do the same fail only together", () => {
  const sensors = [can("sensor:a", 0.6), can("sensor:b", 0.7), can("sensor:c", 0.59)];
  isAbout(composed(sensors).get("detection_reliability")?.confidence, 1 - 0.4 * 0.3);
  const links = [can("communication:a", 0.5), can("communication:b", 0.5)];
  assert.ok(!composed(links).has("fault_tolerance"));
  const three = composed([...links, can("communication:c", 0.5)]);
  isAbout(three.get("fault_tolerance")?.confidence, 1 - 0.5 ** 3);
});

Deno.test("coverage is continuous as far as sensors see the same ground, which is computed", () => {
  const at = (east: number, range: number) =>
    can(`sensor:at${east}`, 0.6, { latitude: 0, longitude: east, range_m: range });
  assert.ok(!composed([at(0, 100), at(1, 100)]).has("continuous_coverage"));
  const same = composed([at(0, 500), at(0, 500)]).get("continuous_coverage");
  isAbout(same?.confidence, 0.6 + 0.2);
  // Of 1000 m and 500 m around one place a quarter is seen twice, which is less than is wanted.
  assert.ok(!composed([at(0, 1_000), at(0, 500)]).has("continuous_coverage"));
  const unplaced = [can("sensor:a", 0.9, { range_m: 10 }), can("sensor:b", 0.9, { range_m: 10 })];
  assert.ok(!composed(unplaced).has("continuous_coverage"));
  const placed = unplaced.map((one) => ({ ...one, place: { latitude: 10, longitude: 180 } }));
  assert.ok(composed(placed).has("continuous_coverage"));
});

Deno.test("a team is as fast as its slowest and lasts as long as its shortest", () => {
  const all = composed([
    can("mobility:wheels", 0.9, { max_speed: 20, endurance_minutes: 90 }),
    can("mobility:legs", 0.6, { max_speed: 4 }),
    can("sensor:eye", 0.8, { endurance_minutes: 40 }),
  ]);
  assert.equal(all.get("team_speed")?.metadata["max_speed"], 4);
  isAbout(all.get("team_speed")?.confidence, 0.6);
  assert.equal(all.get("mission_duration")?.metadata["endurance_minutes"], 40);
  isAbout(all.get("mission_duration")?.confidence, 0.8);
});

Deno.test("a mesh reaches as far as the farthest of its links, anything else as the shortest", () => {
  const far = { range: 5_000, mesh: true };
  const near = { range: 300, mesh: true };
  const mesh = composed([can("communication:a", 0.9, far), can("communication:b", 0.7, near)]);
  assert.equal(mesh.get("communication_range")?.metadata["range"], 5_000);
  isAbout(mesh.get("communication_range")?.confidence, 0.8);
  const mixed = composed([
    can("communication:a", 0.9, far),
    can("communication", 0.7, { range: 300 }),
  ]);
  assert.equal(mixed.get("communication_range")?.metadata["range"], 300);
});

Deno.test("what is not relied on at all takes part in nothing", () => {
  const all = composed([
    can("sensor:a", 0, { coverage_area: 1 }),
    can("sensor:b", 1, { coverage_area: 1 }),
  ]);
  assert.equal(all.size, 0);
});

Deno.test("outcomes that never stop changing each other are left after a bounded time", () => {
  const need = (tag: string) => [{ type: "emergent" as const, tags: [tag] }];
  const rules: CompositionRule[] = [
    {
      id: "seed",
      kind: "emergent",
      method: "chain",
      needs: [{ type: "sensor" }],
      leastConfidence: 0,
    },
    {
      id: "grow",
      kind: "redundant",
      method: "reliability",
      type: "emergent",
      least: 1,
      leastConfidence: 0,
    },
    { id: "copy", kind: "emergent", method: "chain", needs: need("grow"), leastConfidence: 0 },
  ];
  const result = compose({ scope: "a", ingredients: [can("sensor", 0.1)], rules });
  assert.equal(result.isSettled, false);
  assert.ok(result.composed.every(({ confidence }) => confidence <= 1));
});

Deno.test("capabilities beyond the bound are left out and counted, the least relied on first", () => {
  const many = Array.from({ length: 1_030 }, (_, index) => can(`sensor:s${index}`, 0.5));
  const result = compose({ scope: "a", ingredients: [...many, can("sensor", 0.1)], rules: [] });
  assert.equal(result.leftOut, 7);
});

const ingredient: fc.Arbitrary<Ingredient> = fc.record({
  id: fc.nat(40).map((number) => `n${number}`),
  type: fc.constantFrom("sensor", "compute", "communication", "mobility", "payload"),
  name: fc.constantFrom("camera", "lidar", "strike", "bda", "radio"),
  confidence: fc.constantFrom(0, 0.1, 0.6, 0.7, 0.85, 0.9, 1),
  metadata: fc.record({
    coverage_area: fc.constantFrom(100, 2_000),
    range: fc.constantFrom(1, 7.3),
    mesh: fc.boolean(),
    max_speed: fc.constantFrom(0.1, 3),
    domain: fc.constantFrom("air", "surface"),
    latitude: fc.constantFrom(0, 0.0001),
    longitude: fc.constant(179.9999),
    range_m: fc.constantFrom(10, 20),
  }, { requiredKeys: [] }),
}) as fc.Arbitrary<Ingredient>;

Deno.test("neither the order of what is composed nor that of the rules changes any outcome", () => {
  const shuffled = <T>(items: readonly T[]) =>
    fc.shuffledSubarray([...items], { minLength: items.length });
  const both = fc.array(ingredient, { maxLength: 12 }).chain((all) =>
    fc.record({
      all: fc.constant(all),
      turned: shuffled(all),
      rules: shuffled(STANDARD_RULES),
      authority: fc.constantFrom("commander" as const, undefined),
    })
  );
  fc.assert(
    fc.property(both, ({ all, turned, rules, authority }) => {
      const scope = "cell";
      const expected = compose({ scope, ingredients: all, rules: STANDARD_RULES, authority });
      assert.deepEqual(compose({ scope, ingredients: turned, rules, authority }), expected);
    }),
    { seed: 501, numRuns: 150 },
  );
});
