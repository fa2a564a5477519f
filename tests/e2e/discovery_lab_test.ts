/** Real nodes beside Avahi, and the silence of one that must not be heard. */
import { deepEqual, match, ok } from "node:assert/strict";
import type { NodeView } from "../../src/control/contract.ts";
import { Avahi, reasonAvahiCannotRun } from "../lab/avahi.ts";
import { compile } from "../lab/compile.ts";
import { PeatNode } from "../lab/peat_node.ts";
import { testWithLab } from "../lab/test_with_lab.ts";
import { pause } from "../lab/viewer.ts";
import { until } from "./until.ts";

testWithLab("avahi finds nodes, also beside itself, and nodes find what avahi publishes", {
  hosts: 2,
  reason: await reasonAvahiCannotRun(),
}, async (lab) => {
  const avahi = await Avahi.start(lab.host(1));
  const words = ["--discovery", "mdns"];
  const nodes = [1, 2].map((host) => new PeatNode(lab.host(host), { words }));
  await Promise.all(nodes.map((node) => node.ready()));
  const [beside, other] = nodes as [PeatNode, PeatNode];

  const browsed = await untilBrowsed(
    avahi,
    "both nodes found by avahi",
    (text) => nodes.every(({ name }) => text.includes(`"node_id=${name}"`)),
  );
  const lines = browsed.split("\n").filter((each) => each.includes('"node_id=host-2"'));
  const line = lines.find((each) => each.includes(";IPv4;")) ?? "";
  // =;interface;protocol;name;type;domain;host;address;port;texts
  const [, , , label, , , , address, port] = line.split(";");
  deepEqual([label, address], ["peat-host-2", lab.host(2).address]);
  deepEqual(Number(port), (await other.control.status()).port);
  match(line, /"beacon_port=11205"/);
  ok(!line.includes("lab"), "the formation's name is nobody's business");

  await untilViewed(other, "host-1 connected", (views) => isConnected(views, "host-1"));
  await untilViewed(beside, "host-2 connected", (views) => isConnected(views, "host-2"));

  const publication = avahi.publish("somebody", "_peat._udp", 4_242, "node_id=ghost.1");
  const ghost = (views: NodeView[]) => views.find(({ nodeId }) => nodeId === "ghost.1");
  const views = await untilViewed(other, "the ghost", (seen) => ghost(seen) !== undefined);
  const found = ghost(views);
  deepEqual([found?.state, found?.sources], ["silent", ["mdns"]]);
  deepEqual(found?.address, `${lab.host(1).address}:11205`);
  await publication.stop();
  await untilViewed(other, "no ghost", (seen) => ghost(seen) === undefined);

  // Goodbyes go both ways: avahi forgets a node that stops.
  await other.process.stop();
  await untilBrowsed(avahi, "no host-2", (text) => !text.includes("node_id=host-2"));
});

testWithLab(
  "by IPv6 alone nodes find each other, avahi finds them, and they what avahi publishes",
  {
    hosts: 2,
    withoutIpv4: [1, 2],
    reason: await reasonAvahiCannotRun(),
  },
  async (lab) => {
    const avahi = await Avahi.start(lab.host(1));
    const words = ["--discovery", "mdns"];
    const nodes = [1, 2].map((host) => new PeatNode(lab.host(host), { words }));
    await Promise.all(nodes.map((node) => node.ready()));
    const [beside, other] = nodes as [PeatNode, PeatNode];
    const browsed = await untilBrowsed(
      avahi,
      "both nodes found by avahi",
      (text) => nodes.every(({ name }) => text.includes(`"node_id=${name}"`)),
    );
    const line = browsed.split("\n").find((each) => each.includes('"node_id=host-2"')) ?? "";
    const [, , family, label, , , , address] = line.split(";");
    deepEqual([family, label], ["IPv6", "peat-host-2"]);
    match(address!, /^fe80:/);
    for (const [node, peer] of [[other, "host-1"], [beside, "host-2"]] as const) {
      const views = await untilViewed(node, peer, (seen) => isConnected(seen, peer));
      match(views.find(({ nodeId }) => nodeId === peer)!.address!, /^\[fe80:.*%eth0\]:/);
    }
    const publication = avahi.publish("somebody", "_peat._udp", 4_242, "node_id=ghost.1");
    const isThere = (views: NodeView[]) => views.some(({ nodeId }) => nodeId === "ghost.1");
    const views = await untilViewed(other, "the ghost", isThere);
    match(views.find(({ nodeId }) => nodeId === "ghost.1")!.address!, /^\[fe80:.*%eth0\]:11205$/);
    await publication.stop();
    await untilViewed(other, "no ghost", (seen) => !isThere(seen));
    await other.process.stop();
    await untilBrowsed(avahi, "no host-2", (text) => !text.includes("node_id=host-2"));
  },
);

testWithLab("under emission control not one datagram leaves the machine, and it hears", {
  hosts: 2,
}, async (lab) => {
  const program = await compile("capture.c");
  const silent = lab.host(1);
  const capture = silent.start(program);
  await capture.line(/^ready/, { from: "stdout" });
  const speaker = new PeatNode(lab.host(2), { words: ["--peer", silent.address] });
  await speaker.ready();
  const words = ["--emcon", "--discovery", "multicast,static,mdns", "--peer", lab.host(2).address];
  const listener = new PeatNode(silent, { words });
  await listener.ready();
  await untilViewed(
    listener,
    "host-2 alive",
    (views) => views.some(({ nodeId, state }) => nodeId === "host-2" && state === "alive"),
  );
  // Long enough for beacons, pulses, probes, dials and every question of the name service.
  await pause(8_000);
  const status = await listener.control.status();
  deepEqual([status.emcon, status.port], [true, undefined]);
  deepEqual((await speaker.nodes()).map(({ nodeId }) => nodeId), ["host-2"]);
  await listener.process.stop();
  await pause(200);
  deepEqual(capture.stdout().split("\n").filter((line) => line.startsWith("udp")), []);

  // The capture does see what leaves.
  const loud = new PeatNode(silent);
  await loud.ready();
  await capture.line(/^udp 11205 239\.255\.72\.86$/, { from: "stdout" });
});

function isConnected(views: readonly NodeView[], peer: string): boolean {
  return views.some(({ nodeId, connected }) => nodeId === peer && connected === true);
}

/** Waits until avahi has found whom it should have. */
function untilBrowsed(avahi: Avahi, what: string, holds: (text: string) => boolean) {
  return until(what, () => avahi.browse("_peat._udp"), holds);
}

function untilViewed(node: PeatNode, what: string, holds: (views: NodeView[]) => boolean) {
  return until(`${what} at ${node.name}`, () => node.nodes(), holds);
}
