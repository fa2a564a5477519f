/**
 * Many real nodes on one machine, each a process in a network namespace of its own: how long until
 * all see all, and what an idle one costs in memory, processor time and bytes. Needs root, `ip` and a
 * C compiler, which `scripts/setup_e2e.sh` installs:
 *
 *     deno run -A scripts/bench/many_nodes.ts [--nodes 50] [--idle-seconds 30]
 *         [--profile standard|tactical|fast] [--cell NAME] [--json]
 */
import { parseArgs } from "node:util";
import { type ProfileName, PROFILES } from "../../src/core/profile.ts";
import { Lab } from "../../tests/lab/lab.ts";
import { memoryBytes, processorMs } from "../../tests/lab/process_cost.ts";
import { type Member, peat, sentBytesPerSecond } from "../../tests/lab/system.ts";
import { pause, untilAllSee } from "../../tests/lab/viewer.ts";

const SETTLE_MS = 10_000;
const PATIENCE_MS = 300_000;
const MEBIBYTE = 1 << 20;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      nodes: { type: "string", default: "50" },
      "idle-seconds": { type: "string", default: "30" },
      profile: { type: "string", default: "standard" },
      cell: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  if (!(values.profile in PROFILES)) throw new Error(`Cannot use profile ${values.profile}`);
  const { cell } = values;
  const words = cell === undefined ? [] : ["--cell", cell];
  const system = peat(values.profile as ProfileName, words);
  const nodes = Number(values.nodes);
  const idleMs = Number(values["idle-seconds"]) * 1_000;

  await using lab = await Lab.create({ hosts: nodes });
  const since = performance.now();
  const members = await system.start(lab.hosts);
  const { allMs } = await untilAllSee(members, { since, timeoutMs: PATIENCE_MS });
  await pause(SETTLE_MS);
  const idle = await measureIdle(lab, members, idleMs);
  const { profile } = values;
  const result = { nodes, profile, cell: cell ?? "none", allSeeAllMs: Math.round(allMs), ...idle };
  if (values.json) console.log(JSON.stringify(result));
  else {for (const [name, value] of Object.entries(result)) {
      console.log(`${name.padEnd(22)} ${value}`);
    }}
}

/** What the average node costs. */
async function measureIdle(lab: Lab, members: readonly Member[], idleMs: number) {
  const pids = members.map(({ process }) => process.pid);
  const before = pids.map(processorMs);
  const idleBytesPerSecond = await sentBytesPerSecond(lab.hosts, () => pause(idleMs));
  const usedMs = pids.map((pid, index) => processorMs(pid) - before[index]!);
  const memory = pids.map(memoryBytes);
  return {
    residentMebibytes: round(mean(memory.map(({ resident }) => resident)) / MEBIBYTE),
    ownMebibytes: round(mean(memory.map(({ proportional }) => proportional)) / MEBIBYTE),
    processorPercent: round(100 * mean(usedMs) / idleMs),
    idleBytesPerSecond: round(idleBytesPerSecond),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

await main();
