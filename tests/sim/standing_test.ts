import { deepEqual, equal, ok } from "node:assert/strict";
import type { NodeInput } from "../../src/core/node_io.ts";
import type { Fault } from "../../src/sim/faults.ts";
import { World } from "../../src/sim/world.ts";
import { smallPlan } from "./plans.ts";

/** Long enough for three nodes to find each other and connect. */
const FORMED_MS = 5_000;

type Told = Extract<NodeInput, { kind: "connected" | "connectFailed" | "disconnected" }>;

/** Three nodes with connections, what became of them, and whom each lists. */
function worldWith(...faults: Fault[]) {
  const world = new World(smallPlan({ connections: true, faults }));
  const told: string[] = [];
  world.watch(({ host, input }) => {
    const { kind } = input;
    if (kind !== "connected" && kind !== "connectFailed" && kind !== "disconnected") {
      return undefined;
    }
    const { peer, ...rest } = input as Told;
    told.push([host.name, kind, peer, ..."reason" in rest ? [rest.reason] : []].join(" "));
    return undefined;
  });
  const alive = (index: number) =>
    [...world.hosts[index]!.node!.peers()]
      .filter(({ state }) => state === "alive").map(({ nodeId }) => nodeId).sort();
  const isConnected = (from: number, to: number) =>
    world.transport.isConnected(world.hosts[from]!, world.hosts[to]!);
  return { world, told, alive, isConnected };
}

Deno.test("two members are connected after a handshake of two round trips, and not before", () => {
  const { world, told } = worldWith();
  world.network.conditions = { ...world.network.conditions, delayMs: 100 };
  world.runUntil(FORMED_MS);
  ok(told.includes("n1 connected n2") && told.includes("n2 connected n1"));
  const [first, second] = world.hosts;
  const serverAt = world.transport.conclusion(second!, 0)!.at;
  const clientAt = world.transport.conclusion(first!, 1)!.at;
  equal(clientAt - serverAt, 100);
});

Deno.test("a stranger is listed by nobody and connected with nobody, until it is a member again", () => {
  const fault: Fault = { kind: "stranger", node: 2, atMs: FORMED_MS, forMs: 20_000 };
  const { world, alive, isConnected } = worldWith(fault);
  world.runUntil(FORMED_MS - 1);
  deepEqual([alive(0), isConnected(0, 2)], [["n2", "n3"], true]);
  world.runUntil(FORMED_MS + 15_000);
  deepEqual([alive(0), alive(1), alive(2)], [["n2"], ["n1"], []]);
  deepEqual([isConnected(0, 2), isConnected(2, 0), isConnected(0, 1)], [false, false, true]);
  ok(world.standings.rejected.wrongFormation! > 10);
  world.runUntil(FORMED_MS + 30_000);
  deepEqual([alive(0), isConnected(0, 2)], [["n2", "n3"], true]);
});

Deno.test("a member that is revoked loses its connections at once, and gets none again", () => {
  const { world, told, alive, isConnected } = worldWith({
    kind: "revoke",
    node: 2,
    toldTo: 0,
    atMs: FORMED_MS,
  });
  world.runUntil(FORMED_MS + 1);
  ok(told.includes("n1 disconnected n3 notPermitted"));
  world.runUntil(FORMED_MS + 20_000);
  deepEqual([alive(0), isConnected(0, 2), isConnected(2, 0)], [["n2"], false, false]);
  // It still hears the others, and dials them in vain, ever more rarely.
  const inVain = told.filter((line) => line === "n3 connectFailed n1 notPermitted").length;
  ok(inVain >= 1 && inVain < 15, String(inVain));
});

Deno.test("an expired certificate opens no new connection, and a new one does", () => {
  const { world, told, isConnected } = worldWith(
    { kind: "expire", node: 1, atMs: 0, forMs: 20_000 },
  );
  world.runUntil(20_000);
  ok(told.some((line) => /^n2 connectFailed n\d notPermitted$/.test(line)));
  equal(isConnected(0, 1), false);
  world.runUntil(60_000);
  equal(isConnected(0, 1), true);
});

Deno.test("who claims another's id is heard by nobody and proves nothing", () => {
  const { world, told, alive } = worldWith(
    { kind: "impersonate", node: 2, victim: 1, atMs: 0, forMs: 20_000 },
  );
  world.runUntil(20_000);
  deepEqual([alive(0), alive(1)], [["n2"], ["n1"]]);
  ok(told.includes("n3 connectFailed n1 notAuthenticated"));
  const { wrongSender = 0, badProof = 0 } = world.standings.rejected;
  ok(wrongSender > 10 && badProof > 0, JSON.stringify(world.standings.rejected));
});

Deno.test("a dial that reaches another node than it was for is refused", () => {
  const { world, told, isConnected } = worldWith(
    { kind: "misdirect", node: 1, to: 2, atMs: 0, forMs: 3_000 },
  );
  world.runUntil(3_000);
  ok(told.includes("n1 connectFailed n2 wrongPeer"), told.join("\n"));
  world.runUntil(20_000);
  equal(isConnected(0, 1), true);
});

Deno.test("a forged datagram changes nothing", () => {
  const { world } = worldWith({ kind: "forge", atMs: FORMED_MS, pick: 0 });
  world.runUntil(FORMED_MS - 1);
  const books = () => world.hosts.map(({ node }) => [...node!.peers()].map(({ boot }) => boot));
  const before = books();
  world.runUntil(FORMED_MS + 5);
  deepEqual(books(), before);
  equal(world.standings.rejected.wrongFormation, 3);
});

Deno.test("a handshake whose messages get lost is given up in time", () => {
  const { world, told } = worldWith();
  world.runUntil(FORMED_MS);
  const [first, second] = world.hosts;
  world.transport.hangUp(first!, second!);
  world.runUntil(FORMED_MS + 10);
  const { opened } = world.transport.streams.counts;
  world.transport.dial(first!, second!);
  // The connection opens, and then nothing passes any more but the beacons.
  while (world.transport.streams.counts.opened === opened) world.runUntil(world.now + 1);
  world.transport.streams.carrySegment = () => {};
  world.runUntil(world.now + 4_900);
  equal(told.includes("n1 connectFailed n2 handshakeTimedOut"), false);
  world.runUntil(world.now + 200);
  equal(told.includes("n1 connectFailed n2 handshakeTimedOut"), true, told.join("\n"));
});

Deno.test("a revocation that one node is told reaches the others, over three and after a cut", () => {
  const cuts = [[0, 2], [0, 3], [1, 3]].flatMap(([left, right]) => [
    { kind: "cut", from: left!, to: right!, atMs: 0, forMs: 60_000 } as const,
    { kind: "cut", from: right!, to: left!, atMs: 0, forMs: 60_000 } as const,
  ]);
  const gone: Fault = { kind: "isolate", node: 3, direction: "both", atMs: 10_000, forMs: 15_000 };
  const revoke: Fault = { kind: "revoke", node: 4, toldTo: 0, atMs: 12_000 };
  const plan = { nodes: 5, connections: true, faults: [...cuts, gone, revoke] };
  const world = new World(smallPlan(plan));
  const knows = () => [0, 1, 2, 3].map((host) => world.standings.knowsRevoked(host, 4));
  world.runUntil(13_000);
  deepEqual(knows(), [true, true, true, false], "within a second of it, along the line");
  world.runUntil(40_000);
  deepEqual(knows(), [true, true, true, true], "and later to whom was away");
  for (const { name, node } of world.hosts.slice(0, 4)) {
    equal(node!.observer.peer("n5"), undefined, name);
  }
});
