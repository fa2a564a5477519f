/** Nodes that cannot hear each other know each other through a third: see core/discovery/SPEC.md. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { NodeView } from "../../src/control/contract.ts";
import { peatCommand } from "./harness.ts";
import { PeatNode, startNodes } from "../lab/peat_node.ts";
import type { LabHost } from "../lab/lab_host.ts";
import { testWithLab } from "../lab/test_with_lab.ts";
import { pause, untilAllMiss } from "../lab/viewer.ts";
import { PATIENCE_MS, until } from "./until.ts";

/** Waits until the node lists the other like this, and answers how it does. */
async function untilListed(
  node: PeatNode,
  other: PeatNode,
  how: string,
  holds: (view: NodeView) => boolean,
): Promise<NodeView> {
  const seen = await until(
    `${other.name} ${how} from ${node.name}`,
    async () => (await node.nodes()).find(({ nodeId }) => nodeId === other.name),
    (view) => view !== undefined && holds(view),
  );
  return seen!;
}

testWithLab("nodes apart know each other through a third until their path opens", {
  hosts: 3,
}, async (lab) => {
  await lab.cut(1, 3);
  await lab.cut(3, 1);
  const recording = `${lab.host(1).folder}/recording.ndjson`;
  const first = new PeatNode(lab.host(1), { words: ["--record", recording] });
  const [between, last] = await startNodes(lab.hosts.slice(1)) as [PeatNode, PeatNode];
  await first.ready();

  for (const [node, other] of [[first, last], [last, first]] as const) {
    const { state, hops, connected, sources, version } = await untilListed(
      node,
      other,
      `through ${between.name}`,
      ({ via }) => via === between.name,
    );
    deepEqual({ state, hops, connected, sources }, {
      state: "alive",
      hops: 1,
      connected: false,
      sources: ["relay"],
    });
    ok(version !== undefined, "what it says of itself is known as well");
  }

  await lab.heal();
  for (const [node, other] of [[first, last], [last, first]] as const) {
    // What was sent to the one node alone may come first.
    const { hops } = await untilListed(
      node,
      other,
      "directly",
      ({ via, state, connected, sources }) =>
        via === undefined && state === "alive" && connected === true &&
        sources?.includes("multicast") === true,
    );
    equal(hops, undefined);
  }

  const { counts, rejected } = await first.control.status();
  ok(counts.messagesSent > 0 && counts.messagesReceived > 0);
  deepEqual([counts.messagesUnknown, counts.peersRelayed], [0, 0]);
  equal(rejected.malformedMessage, undefined);
  await first.control.stop();
  await first.process.ended();
  const replay = await lab.host(1).run(...peatCommand(), "sim", "replay", recording);
  equal(replay.code, 0, replay.stderr);
});

testWithLab("a node on two networks says the beacons of each again on the other", {
  hosts: 3,
}, async (lab) => {
  const [left, middle, right] = lab.hosts as [LabHost, LabHost, LabHost];
  await lab.partition([[1, 2], [3]]);
  await middle.joinApart(right);
  const between = new PeatNode(middle, { words: ["--relay"] });
  const first = new PeatNode(left);
  // Who sends nothing is connected with nobody, so that nobody introduces anybody to it.
  const last = new PeatNode(right, { words: ["--emcon"] });
  await Promise.all([between, first, last].map((node) => node.ready()));
  const isRelayed = ({ via, state }: NodeView) => via === between.name && state === "alive";
  const { hops, connected, sources, address } = await untilListed(
    last,
    first,
    "relayed",
    isRelayed,
  );
  deepEqual({ hops, connected, sources }, { hops: 1, connected: false, sources: ["relay"] });
  ok(address!.startsWith(left.address) || address!.includes("%eth0"), address);
  const { relay, counts } = await between.control.status();
  deepEqual([relay, counts.repeatsRefused], [true, 0]);
  ok(counts.beaconsRepeated > 0);
  // What is said again on one network is not said again on the other, nor by whoever did not opt in.
  deepEqual((await first.control.status()).counts.beaconsRepeated, 0);
  await pause(2_000);
  const { rejected } = await last.control.status();
  deepEqual([rejected["badSeal"], rejected["malformed"]], [undefined, 0]);

  // The straight way is better, and a goodbye goes the other as well.
  await lab.heal();
  await untilListed(
    last,
    first,
    "directly",
    ({ via, state }) => via === undefined && state === "alive",
  );
  await lab.partition([[1, 2], [3]]);
  await untilListed(last, first, "relayed again", isRelayed);
  await first.control.stop();
  await untilAllMiss([last], first.name, { timeoutMs: 2_000 });
});

testWithLab("a goodbye and a death reach those who know a node through another", {
  hosts: 4,
}, async (lab) => {
  for (const [from, to] of [[1, 3], [3, 1], [1, 4], [4, 1]] as const) await lab.cut(from, to);
  const [first, between, third, fourth] = await startNodes(lab.hosts) as [
    PeatNode,
    PeatNode,
    PeatNode,
    PeatNode,
  ];
  for (const other of [third, fourth]) {
    await untilListed(first, other, "relayed", ({ via }) => via === between.name);
  }
  await third.control.stop();
  fourth.process.signal("SIGKILL");
  await untilAllMiss([first], third.name, { timeoutMs: PATIENCE_MS });
  await untilAllMiss([first], fourth.name, { timeoutMs: PATIENCE_MS });
});

testWithLab("a cell of which two reach each other only through a third has one leader", {
  hosts: 3,
}, async (lab) => {
  await lab.cut(1, 3);
  await lab.cut(3, 1);
  const nodes = await startNodes(lab.hosts, { words: ["--cell", "alpha"] });
  const leader = await untilOneLeads(nodes);
  const [first, between, last] = nodes as [PeatNode, PeatNode, PeatNode];
  for (const [node, other] of [[first, last], [last, first]] as const) {
    // Who leads may be known before everybody is introduced to everybody.
    const view = await untilListed(node, other, "relayed", ({ via }) => via === between.name);
    equal(view.connected, false);
  }
  await pause(STAYING_MS);
  equal(await untilOneLeads(nodes), leader, "and stays");
  const counts = await Promise.all(
    nodes.map(async ({ control }) => (await control.status()).counts),
  );
  ok(counts[1]!.messagesForwarded > 0, JSON.stringify(counts[1]));
  deepEqual(counts.map(({ forwardsRefused }) => forwardsRefused), [0, 0, 0]);
});

/** Long enough for a lease that is not renewed to end many times over. */
const STAYING_MS = 10_000;

/** Waits until all say the same leader, by the authority of a quorum of all, and answers which. */
async function untilOneLeads(nodes: readonly PeatNode[]): Promise<string> {
  const leaders = await until(
    "one leader",
    () => Promise.all(nodes.map(async ({ control }) => (await control.status()).leaderId)),
    ([leader, ...others]) => leader !== undefined && others.every((one) => one === leader),
  );
  return leaders[0]!;
}
