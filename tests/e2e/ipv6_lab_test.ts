/** Real nodes on networks that have IPv6, IPv4 or both. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { PROFILES } from "../../src/core/profile.ts";
import type { NodeView } from "../../src/control/contract.ts";
import type { Lab } from "../lab/lab.ts";
import { PeatNode, startNodes } from "../lab/peat_node.ts";
import { testWithLab } from "../lab/test_with_lab.ts";
import { pause, untilAll, untilAllSee } from "../lab/viewer.ts";
import { peatCommand } from "./harness.ts";
import { Lateness } from "./lateness.ts";

const TIMEOUT_MS = 3 * PROFILES.fast.beaconIntervalMs;

/** A machine that is late by so much may keep a node from answering in time. */
const LATE_MS = 300;

const LINK_LOCAL = /^\[fe80::[0-9a-f:]+%eth0\]:\d+$/;

async function seen(node: PeatNode, peer: PeatNode): Promise<NodeView> {
  const found = (await node.nodes()).find(({ nodeId }) => nodeId === peer.name);
  ok(found !== undefined);
  return found;
}

async function untilConnected(nodes: readonly PeatNode[]): Promise<void> {
  await untilAllSee(nodes, { timeoutMs: TIMEOUT_MS });
  await untilAllSee(nodes.map(({ links }) => links), { timeoutMs: TIMEOUT_MS });
}

async function doctor(lab: Lab, number: number, ...words: string[]) {
  const { stdout, stderr } = await lab.host(number).run(
    ...peatCommand(),
    ...["doctor", "--data-dir", `${lab.folder}/none`, "--runtime-dir", `${lab.folder}/run`],
    ...["--json", ...words],
  );
  ok(stdout !== "", stderr);
  const { checks }: { checks: { id: string; status: string; detail: string }[] } = JSON.parse(
    stdout,
  );
  return (id: string) => checks.find((check) => check.id === id)!;
}

testWithLab("nodes that have IPv6 link-local addresses only see each other and connect", {
  hosts: 3,
  withoutIpv4: [1, 2, 3],
}, async (lab) => {
  const nodes = await startNodes(lab.hosts);
  await untilConnected(nodes);
  const [first, second] = nodes as [PeatNode, PeatNode];
  const { address, connection, rttMs } = await seen(first, second);
  match(address ?? "", LINK_LOCAL);
  // The lower node id's dial is the connection, so here it is known on which link it is.
  match(connection?.address ?? "", LINK_LOCAL);
  ok(rttMs === undefined || rttMs > 0);
});

testWithLab("each two of IPv4, IPv6 and both connect by what they have in common", {
  hosts: 4,
  withoutIpv4: [1],
  withoutIpv6: [2],
}, async (lab) => {
  const nodes = await startNodes(lab.hosts);
  const [six, four, both, alsoBoth] = nodes as [PeatNode, PeatNode, PeatNode, PeatNode];
  const expected = new Map([
    [six.name, [six, both, alsoBoth]],
    [four.name, [four, both, alsoBoth]],
    [both.name, nodes],
    [alsoBoth.name, nodes],
  ]);
  await untilAll(nodes.map(({ links }) => links), "connect", (linked, { name }) => {
    const names = expected.get(name)!.map((node) => node.name);
    return linked.size === names.length && names.every((one) => linked.has(one));
  }, { timeoutMs: 2 * TIMEOUT_MS });
  match((await seen(both, six)).address ?? "", LINK_LOCAL);
  match((await seen(both, four)).address ?? "", /^10\.86\.0\.2:/);
});

testWithLab("a datagram that is heard by both families counts once, and as no offence", {
  hosts: 2,
}, async (lab) => {
  const nodes = await startNodes(lab.hosts);
  await untilConnected(nodes);
  const { control } = nodes[0]!;
  const rejected = async () => {
    const { strayPongs, ...others } = (await control.status()).rejected;
    const offences = Object.entries(others).filter(([_, count]) => count > 0);
    return { strayPongs, offences };
  };
  const { interfaces } = await control.status();
  equal(interfaces.filter(({ name }) => name === "eth0").length, 2);
  // A pulse that comes before the first beacon of its sender is nobody's yet, by either family.
  const before = await rejected();
  deepEqual(before.offences.filter(([reason]) => !/^(unknownDevice|replayed)$/.test(reason)), []);
  using lateness = new Lateness();
  await pause(3 * PROFILES.fast.beaconIntervalMs);
  const after = await rejected();
  deepEqual(after.offences, before.offences);
  // An answer is also a stray when it comes late, as on a machine that is late itself.
  ok(after.strayPongs === before.strayPongs || lateness.ms > LATE_MS, `${after.strayPongs} strays`);
});

testWithLab("a node without IPv6 says so once and goes on, unless it was to use nothing else", {
  hosts: 2,
  withoutIpv6: [1, 2],
}, async (lab) => {
  const without = new PeatNode(lab.host(1), { words: ["--log-level", "info"] });
  await without.process.line(/this machine has no IPv6/);
  await without.ready();
  const alone = new PeatNode(lab.host(2), { words: ["--group", "ff02::4856"] });
  await alone.process.line(/cannot use the group ff02::4856: this machine has no IPv6 address/);
});

testWithLab("a peer is found by its IPv6 address alone, with its link where it needs one", {
  hosts: 3,
  withoutIpv4: [1, 2, 3],
}, async (lab) => {
  await lab.host(1).run("ip", "address", "add", "fd00::1/64", "dev", "eth0", "nodad");
  await lab.host(3).run("ip", "address", "add", "fd00::3/64", "dev", "eth0", "nodad");
  const known = new PeatNode(lab.host(1), { words: ["--beacon-port", "21001"] });
  await known.ready();
  const link = await lab.host(1).run("ip", "-6", "-o", "address", "show", "scope", "link");
  const linkLocal = /inet6 (fe80:[0-9a-f:]+)/.exec(link.stdout)?.[1];
  // Ports of their own keep them from hearing each other's group.
  const near = new PeatNode(lab.host(2), {
    words: ["--beacon-port", "21002", "--peer", `[${linkLocal}%eth0]:21001`],
  });
  const far = new PeatNode(lab.host(3), {
    words: ["--beacon-port", "21003", "--peer", "[fd00::1]:21001"],
  });
  await Promise.all([near.ready(), far.ready()]);
  for (const node of [near, far]) {
    // Whom both of them know tells each of the other, so that it may see more than that one.
    const sees = (linked: ReadonlySet<string>) => linked.has(known.name);
    await untilAll([node.links], `see ${known.name}`, sees, { timeoutMs: 2 * TIMEOUT_MS });
  }
});

/** An address that is still being asked for, which lasts as long as this says, cannot be used. */
async function unsettleIpv6(lab: Lab, number: number): Promise<void> {
  const host = lab.host(number);
  const settings = ["eth0.accept_dad=1", "eth0.dad_transmits=100"];
  await host.run("sysctl", "-qw", ...settings.map((setting) => `net.ipv6.conf.${setting}`));
  await host.run("ip", "-6", "address", "flush", "dev", "eth0", "scope", "link");
  const { code } = await host.run("ip", "address", "add", "fe80::77/64", "dev", "eth0");
  equal(code, 0);
}

testWithLab(
  "the doctor warns of IPv6 that fails where there is nothing else, and notes it elsewhere",
  {
    hosts: 2,
    withoutIpv4: [2],
  },
  async (lab) => {
    for (const number of [1, 2]) {
      const healthy = await doctor(lab, number);
      deepEqual([healthy("interfaces").status, healthy("multicast").status], ["pass", "pass"]);
      match(healthy("multicast").detail, /heard on .*eth0 fe80::.*%eth0/);
      await unsettleIpv6(lab, number);
    }
    const dual = await doctor(lab, 1);
    deepEqual([dual("interfaces").status, dual("multicast").status], ["pass", "pass"]);
    match(dual("interfaces").detail, /eth0 fe80::77%eth0 cannot multicast/);
    const single = await doctor(lab, 2);
    match(single("interfaces").detail, /eth0 fe80::77%eth0 cannot multicast/);
    equal(single("interfaces").status, "warn");
  },
);
