/** Real nodes on bad networks: each in a namespace of its own, with a hub between them. */
import { ok } from "node:assert/strict";
import { runFilePath } from "../../src/control/places.ts";
import { readRunFile } from "../../src/control/registry.ts";
import { PROFILES } from "../../src/core/profile.ts";
import { compile } from "../lab/compile.ts";
import { PeatNode, startNodes } from "../lab/peat_node.ts";
import { testWithLab } from "../lab/test_with_lab.ts";
import { pause, untilAllMiss, untilAllSee } from "../lab/viewer.ts";

const { beaconIntervalMs, beaconTtlMs } = PROFILES.fast;
const THREE_INTERVALS_MS = 3 * beaconIntervalMs;

/** Silence, and the last beacon that was on its way. */
const GIVEN_UP_MS = beaconTtlMs + 2 * beaconIntervalMs;

const HOUR_SECONDS = 60 * 60;
const YEAR_SECONDS = 365 * 24 * HOUR_SECONDS;

testWithLab("ten nodes all see all within three beacon intervals, and connect", {
  hosts: 10,
}, async (lab) => {
  const nodes = await startNodes(lab.hosts);
  await untilAllSee(nodes, { timeoutMs: THREE_INTERVALS_MS });
  await untilAllSee(nodes.map(({ links }) => links), { timeoutMs: THREE_INTERVALS_MS });
});

testWithLab("nodes find each other through loss, delay and reordering", {
  hosts: 6,
  loss: 0.3,
  delayMs: 200,
  jitterMs: 50,
  reorder: 0.2,
  duplicate: 0.05,
}, async (lab) => {
  const nodes = await startNodes(lab.hosts);
  await untilAllSee(nodes, { timeoutMs: 20_000 });
});

testWithLab("a node whose link goes down is missed, and is back soon after", {
  hosts: 4,
}, async (lab) => {
  const nodes = await startNodes(lab.hosts);
  await untilAllSee(nodes, { timeoutMs: THREE_INTERVALS_MS });
  const [first, ...others] = nodes as [PeatNode, ...PeatNode[]];

  await first.host.linkDown();
  await untilAllMiss(others, first.name, { timeoutMs: GIVEN_UP_MS });
  await untilAllSee([first], { timeoutMs: GIVEN_UP_MS });

  await first.host.linkUp();
  await untilAllSee(nodes, { timeoutMs: 2 * THREE_INTERVALS_MS });
});

testWithLab("two halves lose each other, stay whole, and are one again when they meet", {
  hosts: 6,
}, async (lab) => {
  const nodes = await startNodes(lab.hosts);
  await untilAllSee(nodes, { timeoutMs: THREE_INTERVALS_MS });

  await lab.partition([[1, 2, 3], [4, 5, 6]]);
  const [left, right] = [nodes.slice(0, 3), nodes.slice(3)];
  await untilAllSee(left, { timeoutMs: GIVEN_UP_MS });
  await untilAllSee(right, { timeoutMs: GIVEN_UP_MS });

  await lab.heal();
  await untilAllSee(nodes, { timeoutMs: THREE_INTERVALS_MS });
});

testWithLab("a node that nobody hears still hears everyone", { hosts: 3 }, async (lab) => {
  await lab.cut(1, 2);
  await lab.cut(1, 3);
  const nodes = await startNodes(lab.hosts);
  const [mute, ...others] = nodes as [PeatNode, ...PeatNode[]];
  await untilAllSee([mute], { timeoutMs: THREE_INTERVALS_MS }, nodes.map(({ name }) => name));
  await untilAllSee(others, { timeoutMs: THREE_INTERVALS_MS });
});

testWithLab(
  "nodes whose clocks are wrong by an hour or by years see all and are seen",
  { hosts: 4 },
  async (lab) => {
    const library = await compile("wrong_clock.c", ["-shared", "-fPIC"]);
    const offsets = [0, HOUR_SECONDS, 5 * YEAR_SECONDS, -20 * YEAR_SECONDS];
    const nodes = lab.hosts.map((host, index) => {
      const prefix = ["env", `LD_PRELOAD=${library}`, `WRONG_CLOCK_SECONDS=${offsets[index]}`];
      return new PeatNode(host, { prefix });
    });
    await Promise.all(nodes.map((node) => node.ready()));
    nodes.forEach((node, index) => ok(isClockWrong(node, offsets[index]!)));
    await untilAllSee(nodes, { timeoutMs: THREE_INTERVALS_MS });

    // They keep seeing each other for longer than a beacon holds good.
    await pause(beaconTtlMs + beaconIntervalMs);
    await untilAllSee(nodes, { timeoutMs: 0 });
  },
);

function isClockWrong({ dataDir }: PeatNode, offsetSeconds: number): boolean {
  const startedAt = readRunFile(runFilePath(dataDir))?.startedAt;
  const expected = Date.now() + offsetSeconds * 1_000;
  return startedAt !== undefined && Math.abs(Date.parse(startedAt) - expected) < 60_000;
}
