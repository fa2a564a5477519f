import assert from "node:assert/strict";
import type { Capability } from "../../../src/core/capability/capability.ts";
import { parseQuery } from "../../../src/core/capability/query/parse.ts";
import { STANDARD_RULES } from "../../../src/core/capability/composition/standard_rules.ts";
import type { Stored } from "../../../src/core/kernel/json_value.ts";
import { drain } from "../../../src/core/kernel/machine.ts";
import { Random } from "../../../src/core/kernel/random.ts";
import { Node } from "../../../src/core/node.ts";
import type { NodeInput, NodeOutput } from "../../../src/core/node_io.ts";
import { PROFILES } from "../../../src/core/profile.ts";

const thermal: Capability = { type: "sensor", name: "thermal", confidence: 0.9 };

function start(stored: Stored = {}): Node {
  const node = new Node({
    nodeId: "a",
    timing: PROFILES.tactical,
    advertisement: { version: "0.1.0", level: 0, cell: "alpha", capabilities: [thermal] },
    random: new Random("abilities"),
  });
  hand(node, 0, { kind: "start", stored, firstBoot: 1 });
  hand(node, 1, { kind: "persisted", key: "boot" });
  return node;
}

function hand(node: Node, now: number, input: NodeInput): NodeOutput[] {
  node.handle(now, input);
  return drain(node);
}

function announced(node: Node): string {
  const { advertisement } = node.broadcaster.announcement;
  return advertisement.capabilities.map(({ name, confidence }) => `${name}=${confidence}`).join(
    " ",
  );
}

function ranked(node: Node): string | undefined {
  return node.affiliation.cell?.profileOf("a")?.capabilities.map(({ name }) => name).join(" ");
}

const worse: NodeInput = {
  kind: "changeCapability",
  requestId: 7,
  change: { kind: "set", capability: { ...thermal, confidence: 0.2 } },
};

Deno.test("a change is announced and answered once the disk keeps it, and not before", () => {
  const node = start();
  const { capabilityDigest } = node.broadcaster.announcement;
  const asked = hand(node, 10, worse);
  assert.deepEqual(asked.map(({ kind }) => kind), ["persist"]);
  assert.equal(announced(node), "thermal=0.9");
  const done = hand(node, 20, { kind: "persisted", key: "capabilities" });
  assert.deepEqual(
    done.find(({ kind }) => kind === "capabilityChange"),
    { kind: "capabilityChange", outcome: { requestId: 7 } },
  );
  assert.equal(announced(node), "thermal=0.2");
  assert.notEqual(node.broadcaster.announcement.capabilityDigest, capabilityDigest);
  assert.equal(node.affiliation.cell?.profileOf("a")?.capabilities[0]?.confidence, 0.2);
});

Deno.test("a change that the disk refuses changes nothing, nor does what was planned upon it", () => {
  const node = start();
  hand(node, 10, worse);
  hand(node, 11, { ...worse, requestId: 8, change: { kind: "clear", type: "sensor" } });
  const failed = hand(node, 20, { kind: "persistFailed", key: "capabilities", reason: "full" });
  assert.deepEqual(
    failed.flatMap((output) => output.kind === "capabilityChange" ? [output.outcome] : []),
    [
      { requestId: 7, refused: "disk", detail: "full" },
      { requestId: 8, refused: "disk", detail: "full" },
    ],
  );
  assert.equal(announced(node), "thermal=0.9");
});

Deno.test("what is cleared stays with no confidence, and what the cell ranks by goes without it", () => {
  const node = start();
  assert.equal(ranked(node), "thermal");
  hand(node, 10, {
    kind: "changeCapability",
    requestId: 1,
    change: { kind: "clear", type: "sensor" },
  });
  hand(node, 11, { kind: "persisted", key: "capabilities" });
  assert.equal(announced(node), "thermal=0");
  assert.equal(ranked(node), "");
  const missing = hand(node, 12, {
    kind: "changeCapability",
    requestId: 2,
    change: { kind: "clear", type: "payload" },
  });
  assert.deepEqual(missing, [
    { kind: "capabilityChange", outcome: { requestId: 2, refused: "unknown" } },
  ]);
});

Deno.test("a node that starts again says from its first word what was changed before", () => {
  const before = start();
  const kept = hand(before, 10, worse).find((output) => output.kind === "persist");
  assert.ok(kept?.kind === "persist");
  const again = start(JSON.parse(JSON.stringify({ boot: 1, capabilities: kept.value })));
  assert.equal(announced(again), "thermal=0.2");
  assert.equal(announced(start({ capabilities: "damaged" })), "thermal=0.9");
});

Deno.test("a node answers of itself at once, and says of how many nodes it heard", () => {
  const node = start();
  const ask = (text: string) => {
    const { matches, heardFrom, ofNodes } = node.abilities.answer(parseQuery(text), STANDARD_RULES);
    return [matches.map(({ node }) => node.nodeId).join(" "), heardFrom, ofNodes];
  };
  assert.deepEqual(ask("type:sensor"), ["a", 1, 1]);
  assert.deepEqual(ask("type:payload"), ["", 1, 1]);
  const digest = "0011223344556677";
  hand(node, 20, {
    kind: "datagram",
    from: "b:1",
    message: {
      kind: "beacon",
      beacon: {
        nodeId: "b",
        boot: 1,
        sequence: 1,
        ttlMs: 1_000,
        leaving: false,
        capabilityDigest: digest,
        advertisement: { version: "1", level: 0, cell: "alpha", capabilities: [thermal] },
      },
    },
  });
  assert.deepEqual(ask("type:sensor ORDER BY node"), ["a b", 1, 2]);
  assert.deepEqual(ask("name:detection_reliability COMPOSED"), ["a", 1, 2]);
  for (let at = node.deadline(); at < 60_000; at = node.deadline()) {
    hand(node, at, { kind: "wake" });
  }
  assert.deepEqual(ask("type:sensor"), ["a", 1, 2], "who is lost is missed, and not listed");
});
