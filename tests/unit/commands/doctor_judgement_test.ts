import assert from "node:assert/strict";
import type { Finding, Status } from "../../../commands/doctor/check.ts";
import { type Clocks, examineClock } from "../../../commands/doctor/clock.ts";
import type { InterfaceTrial, MulticastTrial } from "../../../commands/doctor/multicast_trial.ts";
import { judgeInterfaces, judgeMulticast } from "../../../commands/doctor/network.ts";
import { judgePrivileges } from "../../../commands/doctor/privileges.ts";
import {
  judgeNode,
  judgePeers,
  judgeVersions,
  type RunningNode,
} from "../../../commands/doctor/running_node.ts";

const GROUP = "239.255.72.86";
const GROUP_6 = "ff02::4856";

function expect(finding: Finding, status: Status, detail: RegExp): void {
  assert.equal(finding.status, status, finding.detail);
  assert.match(finding.detail, detail);
  if (finding.status !== "pass") assert.notEqual(finding.remedy, "");
}

/** Clocks of which the wall's goes on by so much while the other does by so much. */
function clocks(startMs: number, wallStepMs: number, monotonicStepMs: number): Clocks {
  let paused = 0;
  return {
    wallMs: () => startMs + paused * wallStepMs,
    monotonicMs: () => paused * monotonicStepMs,
    pause: () => Promise.resolve(void paused++),
  };
}

Deno.test("a clock from before the build is doubted, and one that stands still is none", async () => {
  const builtAt = "2026-05-01T00:00:00Z";
  const after = Date.parse(builtAt) + 1;
  expect(await examineClock(builtAt, clocks(after, 20, 20)), "pass", /^2026-05-01/);
  expect(await examineClock(builtAt, clocks(0, 20, 20)), "warn", /not 1970-01-01/);
  expect(await examineClock(builtAt, clocks(after, 20, 0)), "fail", /does not run/);
  expect(await examineClock(builtAt, clocks(after, 60_000, 20)), "warn", /was set/);
});

Deno.test("a clock that the formation's members contradict is doubted", async () => {
  const builtAt = "2026-03-01T00:00:00Z";
  const judge = (offsetMs: number, basis: "own" | "members" | "proven", reporters: number) =>
    examineClock(builtAt, clocks(Date.parse("2026-05-01"), 20, 20), {
      offsetMs,
      basis,
      reporters,
      wrong: 0,
    });
  expect(await judge(900, "members", 4), "pass", /^2026-05-01/);
  expect(await judge(7_200_000, "members", 4), "warn", /is 2h slow, going by 4 other members$/);
  expect(await judge(-7_200_000, "members", 1), "warn", /is 2h fast, going by 1 other member$/);
  expect(await judge(7_200_000, "proven", 0), "warn", /going by what the formation's authority/);
});

function trial(interfaces: readonly InterfaceTrial[], missing: string[] = []): MulticastTrial {
  const present = interfaces.map(({ name, family, address }) => ({
    name,
    family,
    address,
    netmask: "255.255.255.0",
  }));
  return { present, missing, interfaces };
}

function tried(
  name: string,
  outcome: InterfaceTrial["outcome"],
  family: InterfaceTrial["family"] = "IPv4",
): InterfaceTrial {
  const address = family === "IPv6"
    ? `fe80::1%${name}`
    : name === "lo"
    ? "127.0.0.1"
    : `192.0.2.${name.length}`;
  return outcome === "refused"
    ? { name, family, address, outcome, reason: "no such device" }
    : { name, family, address, outcome };
}

Deno.test("interfaces are judged by what was asked for, else by what is left", () => {
  const judge = (interfaces: InterfaceTrial[], wanted: string[] = [], missing: string[] = []) =>
    judgeInterfaces(trial(interfaces, missing), wanted);
  const [lo, eth, tunnel] = [
    tried("lo", "heard"),
    tried("eth0", "heard"),
    tried("tunnel", "refused"),
  ];
  expect(judge([]), "fail", /no interface has/);
  expect(judge([lo, eth]), "pass", /^lo 127.0.0.1, eth0/);
  expect(judge([lo, eth, tunnel]), "pass", /tunnel .* cannot multicast: no such device/);
  expect(judge([tunnel], ["tunnel"]), "fail", /cannot multicast/);
  expect(judge([lo, tunnel]), "warn", /only nodes on this machine/);
  expect(judge([lo]), "warn", /only nodes on this machine/);
  expect(judge([lo], ["lo"]), "pass", /^lo/);
  expect(judge([lo], ["eth7"], ["eth7"]), "fail", /no eth7 now; there is lo/);
});

Deno.test("multicast fails where it was asked for or nowhere else works", () => {
  const judge = (interfaces: InterfaceTrial[], wanted: string[] = []) =>
    judgeMulticast(trial(interfaces), wanted, [GROUP, GROUP_6]);
  const [lo, deafLo] = [tried("lo", "heard"), tried("lo", "silent")];
  const [eth, deafEth, wifi] = [
    tried("eth0", "heard"),
    tried("eth0", "silent"),
    tried("wl", "heard"),
  ];
  expect(judge([lo, eth]), "pass", /heard on lo 127.0.0.1, eth0/);
  expect(judge([deafLo, eth]), "pass", /heard on eth0/);
  expect(judge([lo, deafEth]), "fail", /nothing .* comes back on eth0/);
  expect(judge([lo, deafEth, wifi]), "warn", /on eth0 .*; .* heard on lo .*, wl/);
  expect(judge([deafEth, wifi], ["eth0", "wl"]), "fail", /on eth0/);
  expect(judge([deafLo]), "fail", /on lo/);
  expect(judge([tried("tunnel", "refused")]), "skip", /no interface joined/);
});

Deno.test("IPv6 that fails is a note where there is IPv4, and a failure where there is not", () => {
  const [eth, eth6] = [tried("eth0", "heard"), tried("eth0", "heard", "IPv6")];
  const [deaf6, refused6] = [tried("eth0", "silent", "IPv6"), tried("eth0", "refused", "IPv6")];
  const judge = (interfaces: InterfaceTrial[], wanted: string[] = []) => ({
    interfaces: judgeInterfaces(trial(interfaces), wanted),
    multicast: judgeMulticast(trial(interfaces), wanted, [GROUP, GROUP_6]),
  });
  expect(judge([eth, eth6]).multicast, "pass", /heard on eth0 192.0.2.4, eth0 fe80::1%eth0$/);
  expect(judge([eth, deaf6]).multicast, "pass", /heard on eth0 192.0.2.4; not on eth0 fe80::1/);
  expect(judge([eth, refused6], ["eth0"]).interfaces, "pass", /fe80.* cannot multicast/);
  expect(judge([eth, deaf6], ["fe80::1%eth0"]).multicast, "fail", /comes back on eth0 fe80/);
  expect(judge([deaf6]).multicast, "fail", /comes back on eth0 fe80/);
  expect(judge([refused6]).interfaces, "fail", /cannot multicast/);
  const finding = judge([deaf6]).multicast;
  assert(finding.status === "fail");
  assert.equal(finding.remedy, `ip6tables -I INPUT -p udp -d ${GROUP_6} -j ACCEPT`);
});

function running(
  status: Partial<RunningNode["status"]> = {},
  peer: Partial<RunningNode["nodes"][number]> = {},
): RunningNode {
  const counts = {
    sent: 100,
    received: 100,
    sendErrors: 0,
    probesSent: 0,
    probesTimedOut: 0,
    messagesSent: 0,
    messagesReceived: 0,
    messagesDropped: 0,
    messagesUnknown: 0,
    messagesForwarded: 0,
    forwardsRefused: 0,
    peersRelayed: 0,
    introductionsRefused: 0,
    documents: 0,
    documentSavesFailed: 0,
    documentsAskedAgain: 0,
    beaconsRepeated: 0,
    repeatsRefused: 0,
    stalls: 0,
    peersRemembered: 0,
    eventReadersDropped: 0,
  };
  const seen = { level: 0, state: "alive", lastSeenMs: 0, capabilities: [], version: "1", boot: 1 };
  return {
    status: {
      nodeId: "one",
      level: 0,
      state: "running",
      peers: 1,
      connections: 1,
      uptimeMs: 1_000,
      version: "1",
      profile: "fast",
      boot: 1,
      discovery: { ways: [], peers: {}, refused: 0, addressesDropped: 0 },
      rejected: {},
      counts,
      pid: 1,
      beaconPort: 1,
      dataDir: "/",
      socket: "/",
      interfaces: [],
      privileges: { run: "denied", ffi: "denied", write: ["/"] },
      ...status,
    },
    nodes: [
      { ...seen, nodeId: "one", self: true, state: "alive" },
      { ...seen, nodeId: "two", state: "alive", ...peer },
    ],
  };
}

Deno.test("a node is doubted when it refuses what it should not, or cannot send", () => {
  expect(judgeNode(running()), "pass", /^one is up for 1s$/);
  expect(judgeNode(running({ rejected: { malformed: 9 } })), "pass", /up for/);
  expect(judgeNode(running({ rejected: { malformed: 10 } })), "warn", /10 datagrams as malformed/);
  expect(judgeNode(running({ rejected: { cloned: 1 } })), "warn", /as cloned/);
  expect(judgeNode(running({ rejected: { replayed: 1_000 } })), "pass", /up for/);
  const failing = { ...running().status.counts, sendErrors: 50 };
  expect(judgeNode(running({ counts: failing })), "warn", /50 datagrams could not be sent/);
});

Deno.test("peers are doubted when there are none to stay, or none is connected", () => {
  expect(judgePeers(running()), "pass", /^1 is there, 1 connected$/);
  expect(judgePeers(running({}, { state: "lost" })), "warn", /^none is there$/);
  expect(judgePeers(running({}, { transient: true })), "warn", /^none is there$/);
  const strangers = running({ rejected: { badSeal: 4 } }, { state: "lost" });
  expect(judgePeers(strangers), "warn", /4 datagrams were of no member/);
  expect(judgePeers(running({ formation: "alpha", connections: 0 })), "warn", /streams do not/);
});

Deno.test("another version is named, of the node here or of a peer that is there", () => {
  expect(judgeVersions(running(), "1"), "pass", /everyone in reach runs 1/);
  expect(judgeVersions(running({}, { version: "2" }), "1"), "warn", /two 2, and 1 here/);
  expect(judgeVersions(running({}, { version: "2", state: "left" }), "1"), "pass", /everyone/);
  expect(judgeVersions(running({ version: "0" }), "1"), "warn", /the node runs 0 and this is 1/);
});

Deno.test("a node that can start programs or load libraries fails, and its places are told", () => {
  const judge = (run: "granted" | "denied", ffi: "granted" | "denied", write: string[]) =>
    judgePrivileges(running({ privileges: { run, ffi, write } }), "refused");
  expect(judge("granted", "denied", []), "fail", /one can start programs/);
  expect(judge("denied", "granted", []), "fail", /one can load foreign libraries/);
  expect(judge("denied", "denied", ["/"]), "pass", /writes wherever this user may$/);
  expect(judge("denied", "denied", ["/data", "/run"]), "pass", /writes in \/data, \/run only$/);
});
