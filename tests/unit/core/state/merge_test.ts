import assert from "node:assert/strict";
import fc from "fast-check";
import type { Edit } from "../../../../src/core/state/document.ts";
import type { StateMessage } from "../../../../src/core/state/state_message.ts";
import { type Member, Mesh } from "./mesh.ts";

const KEY = "notes/a";

const names = fc.constantFrom("a", "b", "c", "a/b", "__proto__");
const leaf = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.string({ maxLength: 5 }), fc.boolean());
const value = fc.dictionary(names, fc.oneof(leaf, fc.dictionary(names, leaf, { maxKeys: 2 })), {
  maxKeys: 3,
});
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 4, arbitrary: value.map((value): Edit => ({ kind: "set", value })) },
  { weight: 2, arbitrary: value.map((value): Edit => ({ kind: "put", value })) },
  { weight: 1, arbitrary: names.map((name): Edit => ({ kind: "remove", path: `/${name}` })) },
  { weight: 1, arbitrary: fc.constant<Edit>({ kind: "delete" }) },
);
const history = fc.array(edit, { minLength: 1, maxLength: 5 });

Deno.test("merging is commutative, associative and idempotent, deletions too", () => {
  fc.assert(
    fc.property(history, history, history, (...histories) => {
      const states = histories.map((edits, index) => stateOf(index, edits));
      const [a, b, c] = states as [Whole, Whole, Whole];
      const orders = [[a, b, c], [c, b, a], [b, a, c, a, b], [a, a, c, b, b], [c, a, b]];
      const results = orders.map((order) => merged(order));
      for (const result of results) assert.deepEqual(result, results[0]);
      // Two that merged before are one: (a b) c is a (b c).
      const left = wholeOf(joined([a, b]));
      const right = wholeOf(joined([b, c]));
      assert.deepEqual(merged([left, c]), results[0]);
      assert.deepEqual(merged([a, right]), results[0]);
    }),
    { numRuns: 60 },
  );
});

type Whole = Extract<StateMessage, { kind: "documentChanges" }>;

/** All that there is of a document after some edits, as a peer would be given it. */
function stateOf(writer: number, edits: readonly Edit[]): Whole {
  const mesh = new Mesh(writer + 1);
  const member = mesh.members[writer]!;
  for (const edit of edits) member.write(KEY, edit);
  return wholeOf(member);
}

function wholeOf({ state, mesh: { now } }: Member): Whole {
  const held = state.archive.held(now, KEY);
  const erasure = state.archive.erasure(KEY);
  return {
    kind: "documentChanges",
    key: KEY,
    generation: held?.generation ?? 2,
    quietMs: 0,
    changes: held === undefined
      ? []
      : [...state.archive.since(KEY, { generation: held.generation, versions: {} })],
    ...(erasure === undefined ? {} : { erasure }),
    isLast: true,
  };
}

function joined(states: readonly Whole[]): Member {
  const receiver = new Mesh(1).members[0]!;
  for (const state of states) {
    receiver.state.archive.take(0, state, "peer");
    receiver.state.handle(0, { kind: "due" });
    receiver.mesh.follow(receiver);
  }
  return receiver;
}

function merged(states: readonly Whole[]) {
  const { state } = joined(states);
  const { generation, versions } = state.archive.mark(KEY) ?? { generation: 0, versions: {} };
  return { generation, versions, value: state.value(KEY) };
}
