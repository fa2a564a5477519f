import assert from "node:assert/strict";
import type { Beacon } from "../../../../src/core/beacon/beacon.ts";
import { Contacts, LEARNT_CONTACTS } from "../../../../src/core/discovery/contacts.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import type { Datagram } from "../../../../src/core/messages.ts";
import { Node } from "../../../../src/core/node.ts";
import { PROFILES } from "../../../../src/core/profile.ts";

Deno.test("two nodes find each other by address where there is no multicast", () => {
  const nodes = { a: runningNode("a", ["b"]), b: runningNode("b", []) };
  const queue: { to: "a" | "b"; from: string; message: Datagram }[] = [];
  for (let now = 100; now < 3_000; now += 100) {
    for (const [name, node] of Object.entries(nodes)) {
      node.handle(now, { kind: "wake" });
      for (const output of drain(node)) {
        if (output.kind !== "unicast") continue; // Nothing that is multicast arrives.
        queue.push({ to: output.to as "a" | "b", from: name, message: output.message });
      }
    }
    for (const { to, from, message } of queue.splice(0)) {
      nodes[to].handle(now + 1, { kind: "datagram", from, message });
    }
  }
  assert.equal(nodes.a.observer.peer("b")?.state, "alive");
  assert.equal(nodes.b.observer.peer("a")?.state, "alive");
});

Deno.test("a peer that is heard through the group is no contact", () => {
  const node = runningNode("a", []);
  hear(node, 10, beacon(1), { direct: true });
  assert.deepEqual([...node.contacts.addresses()], ["b:1"]);
  hear(node, 20, beacon(2));
  assert.deepEqual([...node.contacts.addresses()], []);
});

Deno.test("a replayed datagram makes nobody a contact", () => {
  const node = runningNode("a", []);
  hear(node, 10, beacon(5));
  hear(node, 20, beacon(4), { direct: true, from: "outsider:1" });
  assert.deepEqual([...node.contacts.addresses()], []);
});

Deno.test("a contact that is gone is told nothing more, one that was named is", () => {
  const node = runningNode("a", ["named:1"]);
  hear(node, 10, beacon(1), { direct: true });
  assert.deepEqual([...node.contacts.addresses()], ["named:1", "b:1"]);
  hear(node, 20, { ...beacon(2), leaving: true }, { direct: true });
  assert.deepEqual([...node.contacts.addresses()], ["named:1"]);
});

Deno.test("learnt contacts are bounded and counted", () => {
  const contacts = new Contacts([]);
  for (let peer = 0; peer < LEARNT_CONTACTS + 3; peer++) {
    contacts.note(`p${peer}`, `p${peer}:1`);
  }
  assert.equal([...contacts.addresses()].length, LEARNT_CONTACTS);
  assert.equal(contacts.refused, 3);
});

function runningNode(nodeId: string, contacts: string[]): Node {
  const node = new Node({
    nodeId,
    timing: PROFILES.fast,
    advertisement: { version: "1", level: 0, capabilities: [] },
    contacts,
    random: new Random(nodeId),
  });
  node.handle(0, { kind: "start", stored: {}, firstBoot: 1 });
  node.handle(1, { kind: "persisted", key: "boot" });
  drain(node);
  return node;
}

function beacon(sequence: number): Beacon {
  const advertisement = { version: "1", level: 0, capabilities: [] };
  return { nodeId: "b", boot: 1, sequence, ttlMs: 30_000, leaving: false, advertisement };
}

function hear(
  node: Node,
  now: number,
  beacon: Beacon,
  { direct, from = "b:1" }: { direct?: true; from?: string } = {},
): void {
  const message = { kind: "beacon", beacon, ...(direct && { direct }) } as const;
  node.handle(now, { kind: "datagram", from, message });
}
