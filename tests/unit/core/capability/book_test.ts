import assert from "node:assert/strict";
import { BOOK_LIMIT, CapabilityBook } from "../../../../src/core/capability/book.ts";
import { type Capability, withIds } from "../../../../src/core/capability/capability.ts";
import { type CapabilityChange, changed } from "../../../../src/core/capability/change.ts";
import {
  type Declaration,
  declarationOf,
  effective,
  following,
  readDeclaration,
  writeDeclaration,
} from "../../../../src/core/capability/declaration.ts";
import { capabilityDigest } from "../../../../src/core/capability/digest.ts";

const thermal: Capability = {
  type: "sensor",
  name: "thermal",
  confidence: 0.9,
  metadata: { range_m: 2_000 },
};
const gpu: Capability = { type: "compute", name: "gpu", confidence: 1 };

function heard(...capabilities: Capability[]) {
  return { capabilities, digest: capabilityDigest(capabilities) };
}

function names(book: CapabilityBook, nodeId: string): string | undefined {
  const entry = book.entry(nodeId);
  return entry?.capabilities.map(({ name, confidence }) => `${name}=${confidence}`).join(" ");
}

function after(declaration: Declaration, change: CapabilityChange): Declaration {
  const result = changed(declaration, change);
  assert.ok(typeof result !== "string", `${result}`);
  return result;
}

Deno.test("an entry is whole when its digest is the one that was heard last", () => {
  const book = new CapabilityBook("self", []);
  book.hear("a", heard(thermal));
  assert.equal(book.entry("a")?.isWhole, true);
  // There was no room for the other one.
  book.hear("a", { capabilities: [thermal], digest: capabilityDigest([thermal, gpu]) });
  assert.equal(book.entry("a")?.isWhole, false);
  book.read("a", writeDeclaration(declarationOf(withIds([thermal, gpu]), undefined)));
  assert.equal(book.entry("a")?.isWhole, true);
  assert.equal(names(book, "a"), "thermal=0.9 gpu=1");
  const worse = { ...thermal, confidence: 0.1 };
  book.hear("a", { capabilities: [worse], digest: capabilityDigest([worse, gpu]) });
  assert.equal(book.entry("a")?.isWhole, false, "the document is older than the beacon");
  assert.equal(names(book, "a"), "thermal=0.1");
  book.tell("a", [worse, gpu]);
  assert.equal(book.entry("a")?.isWhole, true, "the node itself said so");
  assert.equal(names(book, "a"), "thermal=0.1 gpu=1");
});

Deno.test("a document that comes before the beacon that goes with it holds at once", () => {
  const book = new CapabilityBook("self", []);
  book.hear("a", heard(thermal));
  const before = declarationOf(withIds([thermal]), undefined);
  const after = following(before, declarationOf(withIds([gpu]), undefined));
  book.read("a", writeDeclaration(after));
  assert.equal(names(book, "a"), "gpu=1");
  assert.equal(book.entry("a")?.isWhole, true);
  book.hear("a", heard(thermal));
  assert.equal(names(book, "a"), "gpu=1", "a beacon of before is no news");
  book.hear("a", heard(gpu));
  assert.equal(names(book, "a"), "gpu=1");
});

Deno.test("a document of before that comes late takes nothing back", () => {
  const book = new CapabilityBook("self", []);
  book.hear("a", heard(gpu));
  book.read("a", writeDeclaration(declarationOf(withIds([thermal]), undefined)));
  assert.equal(names(book, "a"), "gpu=1");
  assert.equal(book.entry("a")?.isWhole, true);
  book.tell("a", [thermal]);
  assert.equal(names(book, "a"), "gpu=1", "nor does an answer that was long on its way");
});

Deno.test("the first capability of a node that could do nothing is known from its document at once", () => {
  const book = new CapabilityBook("self", []);
  book.hear("a", { capabilities: [], digest: undefined });
  const nothing = declarationOf([], undefined);
  const first = following(nothing, declarationOf(withIds([gpu]), undefined));
  book.read("a", writeDeclaration(first));
  assert.equal(names(book, "a"), "gpu=1");
});

Deno.test("a node that can do nothing is known whole", () => {
  const book = new CapabilityBook("self", []);
  book.hear("a", { capabilities: [], digest: undefined });
  assert.equal(book.entry("a")?.isWhole, true);
});

Deno.test("what nodes are known to do can be found by type and name, as it changes", () => {
  const book = new CapabilityBook("self", [gpu]);
  book.hear("a", heard(thermal));
  assert.deepEqual([...book.index.withType("compute")], ["self"]);
  assert.deepEqual([...book.index.withName("thermal")], ["a"]);
  book.hear("a", heard(gpu));
  assert.deepEqual([...book.index.withType("sensor")], []);
  assert.deepEqual([...book.index.withType("compute")], ["self", "a"]);
  book.forget("a");
  assert.deepEqual([...book.index.withType("compute")], ["self"]);
  assert.equal(book.entry("a"), undefined);
});

Deno.test("there is room for so many nodes, and whoever is refused is counted", () => {
  const book = new CapabilityBook("self", []);
  for (let number = 0; number < BOOK_LIMIT + 5; number++) book.hear(`n${number}`, heard(gpu));
  assert.equal(book.counts.refused, 6, "the node itself is one of them");
  book.retain((nodeId) => nodeId === "n1");
  book.hear("new", heard(gpu));
  assert.equal(book.entry("new")?.isWhole, true);
  assert.equal(book.entry("n2"), undefined);
});

Deno.test("nobody else says what this node can do", () => {
  const book = new CapabilityBook("self", [gpu]);
  book.hear("self", heard(thermal));
  book.read("self", writeDeclaration(declarationOf(withIds([thermal]), undefined)));
  book.tell("self", [thermal]);
  assert.equal(names(book, "self"), "gpu=1");
});

Deno.test("what was changed at run time holds after a restart, and all else is as configured", () => {
  const configured = withIds([thermal, gpu]);
  let declaration = declarationOf(configured, undefined);
  const worse = { ...thermal, confidence: 0.4 };
  declaration = after(declaration, { kind: "set", capability: worse });
  declaration = after(declaration, { kind: "set", capability: { ...gpu, name: "npu" } });
  declaration = after(declaration, { kind: "health", health: "degraded" });
  const kept = readDeclaration(JSON.parse(JSON.stringify(writeDeclaration(declaration))));
  assert.deepEqual(kept, declaration);
  const faster: Capability = { ...gpu, confidence: 0.7 };
  const again = declarationOf(withIds([thermal, faster]), kept);
  assert.deepEqual(
    again.capabilities.map(({ id, confidence }) => [id, confidence]),
    [["sensor:thermal", 0.4], ["compute:gpu", 0.7], ["compute:npu", 1]],
  );
  assert.equal(again.health, "degraded");
  assert.deepEqual(
    declarationOf(withIds([thermal]), kept).capabilities.map(({ id }) => id),
    ["sensor:thermal", "compute:npu"],
    "what is configured no more is gone",
  );
});

Deno.test("health lowers what others may rely on, and nothing else", () => {
  const declaration = declarationOf(withIds([thermal, gpu]), undefined);
  const confidences = (health: Declaration["health"]) =>
    effective({ ...declaration, health }).map(({ confidence }) => confidence);
  assert.deepEqual(confidences("nominal"), [0.9, 1]);
  assert.deepEqual(confidences("degraded"), [0.54, 0.6]);
  assert.deepEqual(confidences("critical"), [0.27, 0.3]);
  assert.deepEqual(confidences("failed"), [0, 0]);
  assert.equal(effective(declaration)[0]?.metadata?.["range_m"], 2_000);
});

Deno.test("what is cleared stays, relied on for nothing, and of a type all at once", () => {
  const radar: Capability = { type: "sensor", name: "radar", confidence: 0.5 };
  const declaration = declarationOf(withIds([thermal, radar, gpu]), undefined);
  const confidences = (change: CapabilityChange) =>
    after(declaration, change).capabilities.map(({ confidence }) => confidence);
  assert.deepEqual(confidences({ kind: "clear", type: "sensor", name: "radar" }), [0.9, 0, 1]);
  assert.deepEqual(confidences({ kind: "clear", type: "sensor" }), [0, 0, 1]);
  assert.equal(changed(declaration, { kind: "clear", type: "payload" }), "unknown");
  assert.equal(changed(declaration, { kind: "clear", type: "sensor", name: "x" }), "unknown");
});

Deno.test("where there is no room left, what was added and cleared gives way, configured never", () => {
  const configured = withIds(
    Array.from({ length: 63 }, (_, index): Capability => ({ ...gpu, name: `gpu-${index}` })),
  );
  let declaration = declarationOf(configured, undefined);
  const set = (name: string): CapabilityChange => ({ kind: "set", capability: { ...gpu, name } });
  declaration = after(declaration, set("first"));
  assert.equal(changed(declaration, set("second")), "full");
  declaration = after(declaration, { kind: "clear", type: "compute", name: "first" });
  declaration = after(declaration, set("second"));
  assert.equal(declaration.capabilities.at(-1)?.name, "second");
  assert.equal(declaration.capabilities.length, 64);
});

Deno.test("two of the same name can be told apart", () => {
  assert.deepEqual(withIds([gpu, gpu, { type: "sensor", name: "sensor" }]).map(({ id }) => id), [
    "compute:gpu",
    "compute:gpu#2",
    "sensor",
  ]);
});

const good = {
  health: "nominal",
  formerly: ["0123456789abcdef"],
  capabilities: [{ id: "a", type: "sensor", name: "a", confidence: 1, metadata: {} }],
};

function one(changes: object): unknown {
  return { ...good, capabilities: [{ ...good.capabilities[0], ...changes }] };
}

const HOSTILE: readonly unknown[] = [
  null,
  [],
  { ...good, health: "splendid" },
  { ...good, formerly: ["x"] },
  { ...good, formerly: new Array(9).fill("0123456789abcdef") },
  { ...good, capabilities: {} },
  { ...good, capabilities: new Array(65).fill(good.capabilities[0]) },
  one({ type: "emergent" }),
  one({ name: "" }),
  one({ name: "a\u001b[2J" }),
  one({ name: "a".repeat(65) }),
  one({ id: "" }),
  one({ confidence: 2 }),
  one({ confidence: "1" }),
  one({ metadata: { "a\n": 1 } }),
  one({ metadata: { a: null } }),
  one({ metadata: { a: { b: 1 } } }),
  one({ metadata: { a: Infinity } }),
  one({ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, n])) }),
];

Deno.test("a document that no honest node writes changes nothing and is counted", () => {
  assert.ok(readDeclaration(good));
  const book = new CapabilityBook("self", []);
  book.hear("a", heard(thermal));
  for (const value of HOSTILE) {
    assert.equal(readDeclaration(value), undefined, JSON.stringify(value));
    book.read("a", value);
  }
  assert.equal(book.counts.malformed, HOSTILE.length);
  assert.equal(names(book, "a"), "thermal=0.9");
});
