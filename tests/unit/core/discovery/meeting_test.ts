import assert from "node:assert/strict";
import type { SourceOptions } from "../../../../src/core/discovery/beacon_sources.ts";
import type { SourceEvent, SourceName } from "../../../../src/core/discovery/source.ts";
import { RELAYED_DIALS, TOLD_DIALS } from "../../../../src/core/discovery/meeting.ts";
import { drain } from "../../../../src/core/kernel/machine.ts";
import { Random } from "../../../../src/core/kernel/random.ts";
import { Node } from "../../../../src/core/node.ts";
import type { NodeInput, NodeOutput } from "../../../../src/core/node_io.ts";
import { PROFILES } from "../../../../src/core/profile.ts";

/** What a silent peer takes to be given up, in profile `fast`, with room to spare. */
const GIVEN_UP_MS = 10_000;

Deno.test("a peer that a source tells of is spoken to and dialled where the source says", () => {
  const life = new Life();
  life.hand({ ...seen("b", "b:11205", 11_204) });
  const sent = life.run(5_000);
  assert.ok(
    sent.some((output) =>
      output.kind === "unicast" && output.to === "b:11205" && output.message.kind === "beacon"
    ),
  );
  assert.deepEqual(sent.find((output) => output.kind === "connect"), {
    kind: "connect",
    peer: "b",
    from: "b:11205",
    port: 11_204,
  });
  assert.deepEqual(life.notices, ["peerDiscovered b"]);
});

Deno.test("a source that loses a peer that nobody heard makes the node forget it", () => {
  const life = new Life();
  life.hand(seen("b", "b:11205", 11_204));
  life.run(5_000);
  life.hand(mdns({ kind: "lost", nodeId: "b" }));
  const sent = life.run(5_000);
  assert.ok(!sent.some(({ kind }) => kind === "unicast" || kind === "connect"));
  assert.deepEqual(life.notices, ["peerDiscovered b", "peerForgotten b"]);
});

Deno.test("the next address is dialled when one leads nowhere", () => {
  const life = new Life();
  const addresses = [{ from: "b:1", port: 7 }, { from: "b:2", port: 7 }];
  life.hand(mdns({ kind: "seen", nodeId: "b", addresses }));
  const dialled = [];
  for (let time = 0; time < 20_000; time += 100) {
    for (const output of life.run(100)) {
      if (output.kind !== "connect") continue;
      dialled.push(output.from);
      life.hand({ kind: "connectFailed", peer: "b", reason: "timeout" });
    }
  }
  assert.deepEqual(dialled.slice(0, 4), ["b:1", "b:2", "b:1", "b:2"]);
});

Deno.test("a peer that fell silent but is told of is silent, and lost once nobody tells of it", () => {
  const life = new Life();
  life.hand(seen("b", "b:11205"));
  life.hear("b", 1);
  const sent = life.run(GIVEN_UP_MS);
  assert.ok(sent.some((output) => output.kind === "doubt" && output.peer === "b"));
  assert.deepEqual(life.notices, ["peerDiscovered b", "peerFound b", "peerSilent b"]);
  assert.deepEqual(life.node.hybrid.sources("b"), ["mdns"]);
  life.hand(mdns({ kind: "lost", nodeId: "b" }));
  assert.deepEqual(life.notices.slice(3), ["peerLost b"]);
});

Deno.test("a source that loses a peer that is heard changes nothing for it", () => {
  const life = new Life();
  life.hand(seen("b", "b:11205", 11_204));
  life.hear("b", 1);
  life.hand(mdns({ kind: "lost", nodeId: "b" }));
  assert.equal(life.node.observer.peer("b")?.state, "alive");
  assert.deepEqual(life.node.hybrid.sources("b"), ["multicast"]);
  assert.deepEqual(life.notices, ["peerDiscovered b", "peerFound b"]);
});

Deno.test("a connection keeps a peer that no source tells of any more", () => {
  const life = new Life();
  life.hand(seen("b", "b:11205", 11_204));
  life.hand({ kind: "connected", peer: "b" });
  life.hand(mdns({ kind: "lost", nodeId: "b" }));
  const sent = life.run(5_000);
  assert.ok(!sent.some((output) => output.kind === "disconnect"));
  assert.deepEqual(life.node.hybrid.sources("b"), ["connection"]);
});

Deno.test("a peer that is connected but not heard is spoken to until it is", () => {
  const life = new Life();
  life.hand(seen("b", "b:11205", 11_204));
  life.hand({ kind: "connected", peer: "b" });
  life.run(1_000);
  const isBeacon = (output: NodeOutput) => output.kind === "unicast" && output.to === "b:11205";
  assert.ok(life.run(5_000).some(isBeacon));
  life.hear("b", 1);
  assert.deepEqual([...life.node.contacts.addresses()], []);
});

Deno.test("a node that is not to learn by relay asks nobody for peers", () => {
  const asksFor = (relays: boolean) => {
    const life = new Life({ relays });
    life.hear("b", 1, 11_204);
    life.hand({ kind: "connected", peer: "b" });
    return life.run(2_000).some((output) => output.kind === "send");
  };
  assert.deepEqual([asksFor(true), asksFor(false)], [true, false]);
});

Deno.test("strangers who invent peers leave room to dial those that are heard", () => {
  const life = new Life();
  for (let peer = 0; peer < 200; peer++) life.hand(seen(`x${peer}`, `x${peer}:1`, 7));
  life.hear("b", 1, 11_204);
  const dialled = life.run(30_000).filter((output) => output.kind === "connect");
  assert.ok(dialled.some((output) => output.peer === "b"));
  assert.equal(new Set(dialled.map(({ peer }) => peer)).size, TOLD_DIALS + 1);
  assert.ok(life.node.meeting.refused > 0);
});

Deno.test("peers that are known through others leave room to dial those that are heard", () => {
  const life = new Life();
  const relayed = (peer: number) => ({
    kind: "discovered",
    source: "relay",
    event: { kind: "seen", nodeId: `r${peer}`, addresses: [{ from: `r${peer}:1`, port: 7 }] },
  } as const);
  for (let peer = 0; peer < 200; peer++) life.hand(relayed(peer));
  life.hear("b", 1, 11_204);
  life.hear("r5", 1, 11_204);
  life.hand(relayed(300));
  const dialled = life.run(30_000).filter((output) => output.kind === "connect");
  assert.ok(dialled.some((output) => output.peer === "b"));
  assert.ok(dialled.some((output) => output.peer === "r300"), "who is heard leaves its place");
  assert.equal(new Set(dialled.map(({ peer }) => peer)).size, RELAYED_DIALS + 2);
});

Deno.test("under emission control not one thing is sent, whatever happens to the node", () => {
  const life = new Life({ emcon: true, contacts: ["c:1"] });
  life.hand(seen("b", "b:11205", 11_204));
  life.hear("d", 1, 11_204);
  life.hand({
    kind: "datagram",
    from: "d:1",
    message: { kind: "ping", from: "d", nonce: 7 },
  });
  assert.equal(life.node.observer.peer("d")?.state, "alive", "it still hears");
  const sent = life.run(GIVEN_UP_MS);
  life.hand({ kind: "stop" });
  sent.push(...life.taken);
  const silent = new Set(["persist", "notice", "doubt", "stopped"]);
  assert.deepEqual(sent.filter(({ kind }) => !silent.has(kind)), []);
  assert.equal(life.node.observer.peer("d")?.state, "lost");
});

Deno.test("whoever has a name after another is heard with lower numbers", () => {
  const life = new Life();
  life.hear("b", 9);
  life.hear("b", 2);
  assert.equal(life.node.observer.peer("b")?.sequence, 9);
  life.hand({ kind: "succeeded", peer: "b" });
  assert.equal(life.node.observer.peer("b"), undefined);
  life.hear("b", 2);
  assert.equal(life.node.observer.peer("b")?.sequence, 2);
  assert.equal(life.node.observer.peer("b")?.state, "alive");
  assert.deepEqual(life.notices, ["peerFound b", "peerFound b"]);
});

Deno.test("whose certificate ends, or who is revoked, leaves at once with connection and memory", () => {
  for (const kind of ["expired", "revoked"] as const) {
    const life = new Life();
    life.hear("b", 1, 11_204);
    life.hand({ kind: "connected", peer: "b" });
    life.taken.length = 0;
    life.hand({ kind, peer: "b" });
    assert.equal(life.node.observer.peer("b"), undefined);
    assert.equal(life.node.hybrid.acquaintance("b"), "absent");
    assert.deepEqual(
      life.taken.filter((output) => output.kind === "disconnect"),
      [{ kind: "disconnect", peer: "b" }],
    );
    assert.equal(life.notices.at(-1), `peer${kind === "expired" ? "Expired" : "Revoked"} b`);
    const later = life.run(60_000);
    assert.ok(!later.some((output) => output.kind === "connect"));
    const saved = later.flatMap((its) =>
      its.kind === "persist" && its.key === "peers" ? [its.value] : []
    );
    assert.deepEqual(saved, [[]], "and it is remembered no more");
  }
});

Deno.test("a peer is dialled where it says that it takes streams, also after it said otherwise", () => {
  for (
    const [host, from] of [["192.0.2.9", "192.0.2.9:11204"], [
      "fd00::9",
      "[fd00::9]:11204",
    ]] as const
  ) {
    const life = new Life();
    const hear = (sequence: number, address?: string) => {
      const numbers = { boot: 1, sequence, ttlMs: 60_000, leaving: false };
      const streams = { port: 11_204, ...(address === undefined ? {} : { address }) };
      const advertisement = { version: "1", level: 0, capabilities: [], ...streams };
      const beacon = { nodeId: "b", ...numbers, advertisement };
      life.hand({ kind: "datagram", from: "10.0.0.1:4000", message: { kind: "beacon", beacon } });
    };
    const dialled = () =>
      life.run(5_000).flatMap((its) => its.kind === "connect" ? [[its.from, its.port]] : []);
    hear(1);
    assert.deepEqual(dialled()[0], ["10.0.0.1:4000", 11_204]);
    hear(2, host);
    life.hand({ kind: "connectFailed", peer: "b", reason: "unreachable" });
    assert.deepEqual(dialled()[0], [from, 11_204]);
    assert.equal(life.node.contacts.addresses().size, 0, "and is spoken to nowhere else");
  }
});

Deno.test("a peer that is near is silent until its beacon runs out, and only then lost", () => {
  const position = { latitude: 47.1, longitude: 8.5 };
  const hear = (life: Life) => {
    const numbers = { boot: 1, sequence: 1, ttlMs: 20_000, pulseMs: 500, leaving: false };
    const advertisement = { version: "1", level: 0, capabilities: [], port: 11_204, position };
    const beacon = { nodeId: "b", ...numbers, advertisement };
    life.hand({ kind: "datagram", from: "b:1", message: { kind: "beacon", beacon } });
    life.hand({ kind: "relocated", position });
  };
  const without = new Life();
  hear(without);
  without.run(5_000);
  assert.equal(without.notices.at(-1), "peerLost b");

  const life = new Life({ sources: { geographic: {} } });
  hear(life);
  assert.deepEqual(life.node.hybrid.sources("b"), ["multicast", "geographic"]);
  assert.ok(life.notices.includes("clusterJoined b"));
  const said = life.run(5_000);
  assert.equal(life.notices.at(-1), "peerSilent b");
  assert.deepEqual(life.node.hybrid.sources("b"), ["geographic"]);
  assert.ok(said.some((its) => its.kind === "unicast" && its.to === "b:1"), "it is spoken to");
  life.run(14_000);
  assert.equal(life.notices.at(-1), "peerSilent b");
  life.run(1_100);
  assert.deepEqual(life.notices.slice(-2), ["clusterLeft b", "peerLost b"]);
  assert.equal(life.node.hybrid.acquaintance("b"), "absent");
});

Deno.test("a node that repeats says again what it accepted, and no other node does", () => {
  const repeats = (options: ConstructorParameters<typeof Life>[0]) => {
    const life = new Life(options);
    life.hear("b", 1, 11_204, "left");
    life.hear("b", 1, 11_204, "left");
    life.hear("c", 1, 11_204);
    return life.run(100).filter((output) => output.kind === "repeat");
  };
  const [said, ...others] = repeats({ repeats: true });
  assert.deepEqual([said?.message.beacon.nodeId, said?.exceptLinks], ["b", ["left"]]);
  assert.deepEqual(others, []);
  assert.deepEqual(repeats({}), []);
  assert.deepEqual(repeats({ repeats: true, emcon: true }), []);
});

/** One node with a clock of its own, and all that it says. */
class Life {
  readonly node: Node;
  readonly notices: string[] = [];
  readonly taken: NodeOutput[] = [];
  #now = 0;

  constructor(
    options: {
      emcon?: boolean;
      relays?: boolean;
      repeats?: boolean;
      sources?: SourceOptions;
      contacts?: readonly string[];
    } = {},
  ) {
    this.node = new Node({
      nodeId: "a",
      timing: PROFILES.fast,
      advertisement: { version: "1", level: 0, capabilities: [], port: 11_204 },
      random: new Random(1),
      ...options,
    });
    this.hand({ kind: "start", stored: {}, firstBoot: 1 });
    this.hand({ kind: "persisted", key: "boot" });
  }

  hand(input: NodeInput): void {
    this.node.handle(this.#now, input);
    for (const output of drain(this.node)) {
      this.taken.push(output);
      if (output.kind !== "notice") continue;
      const { notice } = output;
      this.notices.push(`${notice.type} ${"nodeId" in notice ? notice.nodeId : ""}`);
    }
  }

  hear(nodeId: string, sequence: number, port?: number, link?: string): void {
    const advertisement = {
      version: "1",
      level: 0,
      capabilities: [],
      ...(port === undefined ? {} : { port }),
    };
    this.hand({
      kind: "datagram",
      from: `${nodeId}:1`,
      ...(link === undefined ? {} : { link }),
      message: {
        kind: "beacon",
        beacon: { nodeId, boot: 1, sequence, ttlMs: 1_000, leaving: false, advertisement },
      },
    });
  }

  /** Lets time pass in small steps; answers all that was wanted since it did so before. */
  run(forMs: number): NodeOutput[] {
    for (const end = this.#now + forMs; this.#now < end; this.#now += 10) {
      if (this.node.deadline() <= this.#now) this.hand({ kind: "wake" });
    }
    return this.taken.splice(0);
  }
}

function seen(nodeId: string, from: string, port?: number): NodeInput {
  return mdns({ kind: "seen", nodeId, addresses: [{ from, port }] });
}

function mdns(event: SourceEvent): NodeInput {
  const source: SourceName = "mdns";
  return { kind: "discovered", source, event };
}
