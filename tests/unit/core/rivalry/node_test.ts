import assert from "node:assert/strict";
import { Random } from "../../../../src/core/kernel/random.ts";
import { Node } from "../../../../src/core/node.ts";
import type { NodeInput, NodeOutput } from "../../../../src/core/node_io.ts";
import { PROFILES } from "../../../../src/core/profile.ts";
import type { Standing } from "../../../../src/core/rivalry/standing.ts";

const OLDER: Standing = { deviceId: "bb", issuedAtMs: 1_000, boot: 5, life: "22" };
const NEWER: Standing = { deviceId: "aa", issuedAtMs: 2_000, boot: 9, life: "11" };

/** Two nodes of one name that hear each other and nobody else, each proven what it is. */
class Pair {
  readonly ended = new Map<Standing, NodeOutput>();
  readonly told: string[] = [];
  readonly #nodes: ReadonlyMap<Standing, Node>;
  now = 0;

  constructor() {
    const advertisement = { version: "1", level: 0, capabilities: [] };
    const options = { nodeId: "drone-1", timing: PROFILES.fast, advertisement };
    this.#nodes = new Map([OLDER, NEWER].map((standing) => [
      standing,
      new Node({ ...options, random: new Random(standing.deviceId) }),
    ]));
  }

  hand(standing: Standing, input: NodeInput): void {
    const node = this.#nodes.get(standing)!;
    node.handle(this.now, input);
    for (let output = node.poll(); output; output = node.poll()) this.#carryOut(standing, output);
  }

  run(untilMs: number): void {
    for (; this.now < untilMs; this.now += 10) {
      for (const [standing, node] of this.#nodes) {
        if (node.deadline() <= this.now) this.hand(standing, { kind: "wake" });
      }
    }
  }

  #carryOut(standing: Standing, output: NodeOutput): void {
    const other = standing === OLDER ? NEWER : OLDER;
    const from = `10.0.0.1:${standing.boot}`;
    switch (output.kind) {
      case "persist":
        return this.hand(standing, { kind: "persisted", key: output.key });
      case "multicast":
      case "unicast":
        if (this.#nodes.get(other)!.state !== "running") return;
        return this.hand(other, {
          kind: "rival",
          from,
          message: output.message,
          own: other,
          rival: standing,
        });
      case "notice":
        return void this.told.push(`${standing.deviceId} ${output.notice.type}`);
      case "stopped":
        return void this.ended.set(standing, output);
    }
  }
}

Deno.test("of two nodes with one id the newer ends and names the other, and the older goes on", () => {
  const pair = new Pair();
  for (const standing of [NEWER, OLDER]) {
    pair.hand(standing, { kind: "start", stored: {}, firstBoot: standing.boot });
  }
  pair.run(5_000);
  const yieldedTo = { address: "10.0.0.1:5", deviceId: "bb", isCopy: false };
  assert.deepEqual([...pair.ended], [[NEWER, { kind: "stopped", yieldedTo }]]);
  assert.deepEqual(pair.told.toSorted(), ["aa rivalFound", "bb rivalFound"]);
});

Deno.test("a node that nothing is proven to warns of its name once, and goes on", () => {
  const pair = new Pair();
  pair.hand(OLDER, { kind: "start", stored: {}, firstBoot: 5 });
  const advertisement = { version: "1", level: 0, capabilities: [] };
  for (let sequence = 1; sequence < 20; sequence++) {
    const beacon = { nodeId: "drone-1", boot: 6, sequence, ttlMs: 1_000, leaving: false };
    pair.hand(OLDER, {
      kind: "datagram",
      from: "10.0.0.9:4",
      message: { kind: "beacon", beacon: { ...beacon, advertisement } },
    });
  }
  assert.deepEqual(pair.told, ["bb idClaimed"]);
  assert.equal(pair.ended.size, 0);
});
