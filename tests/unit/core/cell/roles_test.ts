import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CAPABILITY_TYPES,
  type CapabilityType,
} from "../../../../src/core/capability/capability.ts";
import { assignRoles, fitness } from "../../../../src/core/cell/roles.ts";
import type { MemberProfile } from "../../../../src/core/cell/standings.ts";

function can(...types: CapabilityType[]): MemberProfile {
  return { capabilities: types.map((type) => ({ type, name: type, confidence: 1 })) };
}

function rolesOf(leader: string, profiles: Record<string, MemberProfile>): Record<string, string> {
  const members = Object.entries(profiles).map(([nodeId, profile]) => ({ nodeId, profile }));
  return Object.fromEntries(assignRoles(leader, members).map(({ nodeId, role }) => [nodeId, role]));
}

Deno.test("each member takes the role that fits it best", () => {
  const roles = rolesOf("a", {
    a: can("compute"),
    b: can("sensor", "communication"),
    c: can("payload", "sensor", "compute"),
    d: can("compute", "communication"),
    e: can("mobility"),
    f: { capabilities: [] },
  });
  assert.deepEqual(roles, {
    a: "leader",
    b: "sensor",
    c: "strike",
    d: "compute",
    e: "support",
    f: "follower",
  });
});

Deno.test("of two members that fit one role best, one takes another that it fits", () => {
  const roles = rolesOf("z", {
    a: can("sensor", "communication"),
    b: can("sensor", "communication"),
    z: { capabilities: [] },
  });
  assert.deepEqual([roles["a"], roles["b"]].sort(), ["relay", "sensor"]);
});

Deno.test("a failed member fits less than a nominal one", () => {
  const profile = can("sensor");
  assert.ok(fitness("sensor", profile, "failed") < fitness("sensor", profile, "degraded"));
  assert.ok(fitness("sensor", profile, "degraded") < fitness("sensor", profile, "nominal"));
});

Deno.test("what somebody is trained for counts for and against a role, and for nobody without", () => {
  const operator = { authority: "advisor", cognitiveLoad: 0, fatigue: 0 } as const;
  const profile = can("communication");
  const trained = fitness("relay", { ...profile, operator: { ...operator, specialty: "25U" } });
  const other = fitness("relay", { ...profile, operator: { ...operator, specialty: "68W" } });
  const none = fitness("relay", { ...profile, operator });
  assert.ok(trained > none && none > other);
  assert.notEqual(fitness("relay", profile), none);
});

Deno.test("everybody has one role, whoever the members are, and the order of asking does not matter", () => {
  const profile = fc.uniqueArray(fc.constantFrom(...CAPABILITY_TYPES)).map((types) =>
    can(...types)
  );
  fc.assert(fc.property(fc.array(profile, { minLength: 1, maxLength: 12 }), (profiles) => {
    const members = profiles.map((profile, index) => ({ nodeId: `n${index}`, profile }));
    const roles = assignRoles("n0", members);
    assert.deepEqual(roles.map(({ nodeId }) => nodeId).sort(), members.map((m) => m.nodeId).sort());
    assert.equal(roles.filter(({ role }) => role === "leader").length, 1);
    assert.deepEqual(assignRoles("n0", [...members].reverse()), roles);
  }));
});
