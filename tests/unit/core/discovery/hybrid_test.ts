import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ADDRESSES_LIMIT,
  Hybrid,
  type HybridOutput,
  KNOWN_LIMIT,
  TOLD_LIMIT,
} from "../../../../src/core/discovery/hybrid.ts";
import {
  HEARS,
  type PeerAddress,
  SOURCE_NAMES,
  type SourceName,
} from "../../../../src/core/discovery/source.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";

Deno.test("a peer that one source lost and another still sees is not lost", () => {
  const hybrid = new Hybrid("self");
  see(hybrid, "multicast", "p");
  see(hybrid, "mdns", "p");
  lose(hybrid, "multicast", "p");
  assert.deepEqual(drain(hybrid).map(({ kind }) => kind), ["found", "changed", "silent"]);
  assert.deepEqual(hybrid.sources("p"), ["mdns"]);
  assert.equal(hybrid.acquaintance("p"), "told");
  lose(hybrid, "mdns", "p");
  assert.deepEqual(drain(hybrid), [{ kind: "lost", nodeId: "p", was: "told" }]);
  assert.equal(hybrid.acquaintance("p"), "absent");
});

Deno.test("a name with dots is found and lost like any other", () => {
  const hybrid = new Hybrid("self");
  see(hybrid, "mdns", "drone.alpha.1");
  lose(hybrid, "mdns", "drone.alpha.1");
  assert.deepEqual(drain(hybrid).map(({ kind }) => kind), ["found", "lost"]);
});

Deno.test("a node does not find itself", () => {
  const hybrid = new Hybrid("self");
  for (const source of SOURCE_NAMES) see(hybrid, source, "self");
  assert.deepEqual(drain(hybrid), []);
  assert.equal(hybrid.size, 0);
});

Deno.test("what was heard is tried before what was told, and a failure moves on to the next", () => {
  const hybrid = new Hybrid("self");
  const [told, heard] = [{ from: "told:1", port: 7 }, { from: "heard:1", port: 7 }];
  see(hybrid, "mdns", "p", [told]);
  assert.deepEqual(hybrid.address("p"), told);
  see(hybrid, "direct", "p", [heard]);
  assert.deepEqual(hybrid.addresses("p"), [heard, told]);
  assert.deepEqual(hybrid.address("p"), heard);
  hybrid.handle(0, { kind: "failed", nodeId: "p" });
  assert.deepEqual(hybrid.address("p"), told);
  hybrid.handle(0, { kind: "failed", nodeId: "p" });
  assert.deepEqual(hybrid.address("p"), heard);
});

Deno.test("a stranger's word does not take the place of an address that was heard", () => {
  const hybrid = new Hybrid("self");
  see(hybrid, "multicast", "p", [{ from: "true:1", port: 7 }]);
  see(hybrid, "mdns", "p", [{ from: "false:1", port: 7 }]);
  assert.equal(hybrid.address("p")?.from, "true:1");
});

Deno.test("a peer without an address is known all the same", () => {
  const hybrid = new Hybrid("self");
  see(hybrid, "mdns", "p", []);
  assert.deepEqual(drain(hybrid), [{ kind: "found", nodeId: "p", source: "mdns" }]);
  assert.equal(hybrid.address("p"), undefined);
});

Deno.test("a source that ended vouches for nobody any more", () => {
  const hybrid = new Hybrid("self");
  for (const nodeId of ["p", "q"]) see(hybrid, "mdns", nodeId);
  see(hybrid, "multicast", "q");
  drain(hybrid);
  hybrid.handle(0, { kind: "source", source: "mdns", event: { kind: "ended" } });
  assert.deepEqual(drain(hybrid), [
    { kind: "lost", nodeId: "p", was: "told" },
    { kind: "changed", nodeId: "q" },
  ]);
  assert.equal(hybrid.sizeOf("mdns"), 0);
});

Deno.test("what a source says again changes nothing and says nothing", () => {
  const hybrid = new Hybrid("self");
  see(hybrid, "mdns", "p");
  drain(hybrid);
  see(hybrid, "mdns", "p");
  assert.deepEqual(drain(hybrid), []);
});

Deno.test("each source is bounded, and so are all together and the addresses of one peer", () => {
  const one = new Hybrid("self");
  for (let peer = 0; peer < TOLD_LIMIT + 3; peer++) see(one, "mdns", `p${peer}`);
  assert.equal(one.size, TOLD_LIMIT);
  assert.equal(one.counts.refused, 3);
  see(one, "multicast", "heard");
  assert.equal(one.acquaintance("heard"), "heard", "what is told leaves room for what is heard");

  const all = new Hybrid("self", 10);
  for (let peer = 0; peer < 13; peer++) see(all, "relay", `p${peer}`);
  assert.equal(all.size, 10);
  assert.equal(all.counts.refused, 3);
  assert.ok(KNOWN_LIMIT > TOLD_LIMIT);

  const many = Array.from({ length: ADDRESSES_LIMIT + 2 }, (_, index) => ({ from: `a${index}:1` }));
  see(one, "static", "many", many);
  assert.equal(one.addresses("many").length, ADDRESSES_LIMIT);
  assert.equal(one.counts.addressesDropped, 2);
});

/** A step of a history in which any source says anything of any peer. */
const step = fc.record({
  source: fc.constantFrom(...SOURCE_NAMES),
  nodeId: fc.constantFrom("p", "q", "r", "self"),
  event: fc.constantFrom("seen" as const, "lost" as const, "ended" as const),
  addresses: fc.array(fc.record({ from: fc.constantFrom("a:1", "b:1") }), { maxLength: 3 }),
});

Deno.test("in any interleaving of sources a peer is known exactly while one of them knows it", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const hybrid = new Hybrid("self");
    const book = new Map<string, Set<SourceName>>();
    for (const { source, nodeId, event, addresses } of steps) {
      const before = new Map([...book].map(([peer, sources]) => [peer, new Set(sources)]));
      if (event === "seen" && nodeId !== "self") {
        book.set(nodeId, (book.get(nodeId) ?? new Set()).add(source));
        see(hybrid, source, nodeId, addresses);
      } else if (event === "seen") see(hybrid, source, nodeId, addresses);
      else if (event === "lost") {
        book.get(nodeId)?.delete(source);
        lose(hybrid, source, nodeId);
      } else {
        for (const sources of book.values()) sources.delete(source);
        hybrid.handle(0, { kind: "source", source, event: { kind: "ended" } });
      }
      const outputs = drain(hybrid);
      for (const peer of ["p", "q", "r", "self"]) {
        const was = before.get(peer) ?? new Set<SourceName>();
        const is = book.get(peer) ?? new Set<SourceName>();
        assert.deepEqual(new Set(hybrid.sources(peer)), is);
        assert.equal(hybrid.acquaintance(peer), acquaintance(is));
        assertSaid(outputs, peer, acquaintance(was), acquaintance(is));
      }
    }
  }));
});

function acquaintance(sources: Set<SourceName>): "absent" | "told" | "heard" {
  if (sources.size === 0) return "absent";
  return [...sources].some((source) => HEARS[source]) ? "heard" : "told";
}

function assertSaid(outputs: HybridOutput[], nodeId: string, was: string, is: string): void {
  const said = outputs.filter((output) => output.nodeId === nodeId).map(({ kind }) => kind);
  assert.equal(said.includes("found"), was === "absent" && is !== "absent");
  assert.equal(said.includes("lost"), was !== "absent" && is === "absent");
  assert.equal(said.includes("silent"), was === "heard" && is === "told");
  assert.ok(said.length <= 1);
}

function see(
  hybrid: Hybrid,
  source: SourceName,
  nodeId: string,
  addresses: readonly PeerAddress[] = [{ from: `${nodeId}:1` }],
): void {
  hybrid.handle(0, { kind: "source", source, event: { kind: "seen", nodeId, addresses } });
}

function lose(hybrid: Hybrid, source: SourceName, nodeId: string): void {
  hybrid.handle(0, { kind: "source", source, event: { kind: "lost", nodeId } });
}
