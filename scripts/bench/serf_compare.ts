/**
 * peat beside Serf in the same namespaces in one run: from the start until all see all, from
 * `kill -9` until the first and until all know, and the bytes that an idle node sends. The systems
 * take turns; each figure is the median of the rounds. `--json` prints every sample. Needs root, `ip`
 * and a C compiler, which `scripts/setup_e2e.sh` installs:
 *
 *     deno run -A scripts/bench/serf_compare.ts [--rounds 3] [--nodes 10,20] [--idle-seconds 30]
 *         [--profile standard|tactical|fast] [--serf-profile lan|local|wan] [--start-only] [--json]
 */
import { parseArgs } from "node:util";
import { type ProfileName, PROFILES } from "../../src/core/profile.ts";
import type { NetworkShape } from "../../tests/lab/hub.ts";
import { Lab } from "../../tests/lab/lab.ts";
import {
  endAll,
  type Member,
  peat,
  sentBytesPerSecond,
  serf,
  type System,
} from "../../tests/lab/system.ts";
import { pause, untilAllMiss, untilAllSee } from "../../tests/lab/viewer.ts";

const LINKS: readonly { name: string; shape: NetworkShape }[] = [
  { name: "clean", shape: { delayMs: 0, loss: 0 } },
  { name: "50 ms, 5% loss", shape: { delayMs: 50, loss: 0.05 } },
];

/** What a mesh may still have to say after all have met. */
const SETTLE_MS = 10_000;
const PATIENCE_MS = 120_000;

interface Sample {
  readonly allSeeAllMs: number;
  /** These are absent when only starts are measured. */
  readonly firstKnowsMs?: number;
  readonly allKnowMs?: number;
  readonly idleBytesPerSecond?: number;
}

const FIGURES: readonly { key: keyof Sample; title: string }[] = [
  { key: "allSeeAllMs", title: "start to all see all, ms" },
  { key: "firstKnowsMs", title: "kill -9 to first knows, ms" },
  { key: "allKnowMs", title: "kill -9 to all know, ms" },
  { key: "idleBytesPerSecond", title: "idle bytes/s of a node" },
];

interface Setting {
  readonly nodes: number;
  readonly link: string;
}

interface Result extends Setting {
  readonly samples: Record<string, Sample[]>;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      nodes: { type: "string", default: "10,20" },
      "idle-seconds": { type: "string", default: "30" },
      profile: { type: "string", default: "standard" },
      "serf-profile": { type: "string", default: "lan" },
      "start-only": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  if (!(values.profile in PROFILES)) throw new Error(`Cannot use profile ${values.profile}`);
  const systems = [peat(values.profile as ProfileName), serf(values["serf-profile"])];
  const sizes = values.nodes.split(",").map(Number);
  const idleMs = values["start-only"] ? undefined : Number(values["idle-seconds"]) * 1_000;

  await using lab = await Lab.create({ hosts: Math.max(...sizes) });
  // The first start of a program reads it from the disk, and that of peat unpacks and compiles it.
  for (const system of systems) await measure(system, lab, 1, undefined);
  for (const nodes of sizes) {
    for (const link of LINKS) {
      await lab.shape(link.shape);
      const samples = await takeTurns(systems, Number(values.rounds), (system) => {
        return measure(system, lab, nodes, idleMs);
      });
      const result = { nodes, link: link.name, samples };
      if (values.json) console.log(JSON.stringify(result));
      else print(systems.map(({ name }) => name), result);
    }
  }
}

async function takeTurns(
  systems: readonly System[],
  rounds: number,
  take: (system: System) => Promise<Sample>,
): Promise<Record<string, Sample[]>> {
  const samples: Record<string, Sample[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const system of systems) (samples[system.name] ??= []).push(await take(system));
  }
  return samples;
}

async function measure(
  system: System,
  lab: Lab,
  nodes: number,
  idleMs: number | undefined,
): Promise<Sample> {
  const hosts = lab.hosts.slice(0, nodes);
  const since = performance.now();
  const members = await system.start(hosts);
  try {
    const { allMs } = await untilAllSee(members, { since, timeoutMs: PATIENCE_MS });
    if (idleMs === undefined) return { allSeeAllMs: allMs };
    await pause(SETTLE_MS);
    const idleBytesPerSecond = await sentBytesPerSecond(hosts, () => pause(idleMs));
    // One that lost somebody to the network meanwhile would know too early.
    await untilAllSee(members, { timeoutMs: PATIENCE_MS });
    return { allSeeAllMs: allMs, ...await killOne(members), idleBytesPerSecond };
  } finally {
    await endAll(members);
  }
}

/** Never the first, whom Serf's others joined. */
async function killOne(members: readonly Member[]) {
  const victim = members[1 + Math.floor(Math.random() * (members.length - 1))]!;
  const survivors = members.filter((member) => member !== victim);
  const since = performance.now();
  victim.process.signal("SIGKILL");
  const reached = await untilAllMiss(survivors, victim.name, { since, timeoutMs: PATIENCE_MS });
  return { firstKnowsMs: reached.firstMs, allKnowMs: reached.allMs };
}

function print(systems: readonly string[], { nodes, link, samples }: Result): void {
  console.log(`\n${`${nodes} nodes, ${link}`.padEnd(30)}${cells([...systems, "ratio"])}`);
  for (const { key, title } of FIGURES) {
    const [ours = NaN, theirs = NaN] = systems.map((system) =>
      median((samples[system] ?? []).flatMap((sample) => sample[key] ?? []))
    );
    if (Number.isNaN(ours)) continue;
    const row = [ours.toFixed(0), theirs.toFixed(0), `${(ours / theirs).toFixed(2)}x`];
    console.log(`${title.padEnd(30)}${cells(row)}`);
  }
}

function cells(texts: readonly string[]): string {
  return texts.map((text) => text.padStart(14)).join("");
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

await main();
