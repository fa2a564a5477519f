/**
 * peat's leader beside etcd's, with etcd's default timing, in the same namespaces in one run: from
 * `kill -9` of the leader until all others follow one, and the bytes that an idle node sends. The
 * systems take turns; each figure is the median of the rounds. Only failover is compared: etcd also
 * keeps a log, and waits for the disk with each entry of it. Needs root, `ip`, a C compiler and
 * etcd, which `scripts/setup_e2e.sh` installs:
 *
 *     deno run -A scripts/bench/etcd_compare.ts [--rounds 5] [--nodes 3] [--idle-seconds 20]
 *         [--profiles fast,tactical] [--json]
 */
import { parseArgs } from "node:util";
import { type ProfileName, PROFILES } from "../../src/core/profile.ts";
import { startCell } from "../../tests/lab/cell_node.ts";
import { startEtcd } from "../../tests/lab/etcd_agent.ts";
import type { NetworkShape } from "../../tests/lab/hub.ts";
import { Lab } from "../../tests/lab/lab.ts";
import type { LabHost } from "../../tests/lab/lab_host.ts";
import { type Led, untilAgreed } from "../../tests/lab/led.ts";
import { sentBytesPerSecond } from "../../tests/lab/system.ts";
import { pause } from "../../tests/lab/viewer.ts";
import { median } from "./quantile.ts";

interface Link {
  readonly name: string;
  readonly shape: NetworkShape;
  /** The most that the first of the profiles is to take of etcd's. */
  readonly goals: Partial<Record<keyof Sample, number>>;
}

const LINKS: readonly Link[] = [
  {
    name: "clean",
    shape: { delayMs: 0, loss: 0 },
    goals: { agreedMs: 1, idleBytesPerSecond: 0.3 },
  },
  {
    name: "round trip 100 ms, 5% loss",
    shape: { delayMs: 50, loss: 0.05 },
    goals: { agreedMs: 1.3 },
  },
];

/** What a system may still have to say after all agree. */
const SETTLE_MS = 10_000;
/** So that kills meet every phase of every timer. */
const LONGEST_PAUSE_MS = 1_000;
const PATIENCE_MS = 120_000;

interface System {
  readonly name: string;
  readonly start: (hosts: readonly LabHost[]) => readonly Led[];
}

interface Sample {
  readonly agreedMs: number;
  readonly idleBytesPerSecond: number;
}

const FIGURES: readonly { key: keyof Sample; title: string }[] = [
  { key: "agreedMs", title: "kill -9 to all agreed, ms" },
  { key: "idleBytesPerSecond", title: "idle bytes/s of a node" },
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      nodes: { type: "string", default: "3" },
      "idle-seconds": { type: "string", default: "20" },
      profiles: { type: "string", default: "fast,tactical" },
      json: { type: "boolean", default: false },
    },
  });
  const profiles = values.profiles.split(",").map(checkedProfile);
  const systems: readonly System[] = [...profiles.map(peat), { name: "etcd", start: startEtcd }];
  const idleMs = Number(values["idle-seconds"]) * 1_000;
  await using lab = await Lab.create({ hosts: Number(values.nodes) });
  console.error("only failover is compared: etcd also keeps a log, with an fsync for each entry");
  for (const link of LINKS) {
    await lab.shape(link.shape);
    const samples: Sample[][] = systems.map(() => []);
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [index, system] of systems.entries()) {
        samples[index]!.push(await measure(system, lab.hosts, idleMs));
      }
    }
    const names = systems.map(({ name }) => name);
    const load = Deno.loadavg()[0]!;
    if (values.json) console.log(JSON.stringify({ link: link.name, names, samples, load }));
    else print(link, names, samples, load);
  }
}

function checkedProfile(name: string): ProfileName {
  if (name in PROFILES) return name as ProfileName;
  throw new Error(`Cannot use profile ${name}`);
}

function peat(profile: ProfileName): System {
  return { name: `peat ${profile}`, start: (hosts) => startCell(hosts, { profile }) };
}

async function measure(
  system: System,
  hosts: readonly LabHost[],
  idleMs: number,
): Promise<Sample> {
  const members = system.start(hosts);
  try {
    await untilAgreed(members, { timeoutMs: PATIENCE_MS });
    await pause(SETTLE_MS);
    const idleBytesPerSecond = await sentBytesPerSecond(hosts, () => pause(idleMs));
    await pause(LONGEST_PAUSE_MS * Math.random());
    const { leader } = await untilAgreed(members, { timeoutMs: PATIENCE_MS });
    const others = members.filter((member) => member !== leader);
    const since = performance.now();
    leader.process.signal("SIGKILL");
    const { tookMs } = await untilAgreed(others, { since, timeoutMs: PATIENCE_MS });
    return { agreedMs: tookMs, idleBytesPerSecond };
  } finally {
    await Promise.all(members.map(({ process }) => process[Symbol.asyncDispose]()));
  }
}

function print(
  { name, goals }: Link,
  systems: readonly string[],
  samples: readonly (readonly Sample[])[],
  load: number,
): void {
  const rounds = samples[0]!.length;
  console.log(`\n${name}, ${rounds} rounds, load ${load.toFixed(1)}`);
  console.log(`${"".padEnd(28)}${cells([...systems, "goal"])}`);
  for (const { key, title } of FIGURES) {
    const medians = samples.map((each) => median(each.map((sample) => sample[key])));
    const theirs = medians.at(-1)!;
    const goal = goals[key] === undefined ? "" : `${goals[key].toFixed(2)}x`;
    const figures = medians.map((ours) => `${ours.toFixed(0)} ${(ours / theirs).toFixed(2)}x`);
    console.log(`${title.padEnd(28)}${cells([...figures, goal])}`);
  }
}

function cells(texts: readonly string[]): string {
  return texts.map((text) => text.padStart(16)).join("");
}

await main();
