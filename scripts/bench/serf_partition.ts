/**
 * peat and Serf in the same namespaces, and one network that parts and heals for both at the same
 * random moments: how long until every node has lost the other half, and until all see all again.
 * Needs root, `ip`, a C compiler and Serf, which `scripts/setup_e2e.sh` installs:
 *
 *     deno run -A scripts/bench/serf_partition.ts [--rounds 20] [--nodes 10] [--profile standard]
 *         [--serf-profile lan] [--json]
 */
import { parseArgs } from "node:util";
import { type ProfileName, PROFILES } from "../../src/core/profile.ts";
import { Lab } from "../../tests/lab/lab.ts";
import { endAll, type Member, peat, serf } from "../../tests/lab/system.ts";
import { pause, untilAllSee } from "../../tests/lab/viewer.ts";

const PATIENCE_MS = 120_000;
/** So that cuts and heals meet every phase of every timer. */
const LONGEST_PAUSE_MS = 5_000;
/** The goal for a view that is whole again. */
const SOON_MS = 3_000;

interface Sample {
  readonly partedMs: number;
  readonly healedMs: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "20" },
      nodes: { type: "string", default: "10" },
      profile: { type: "string", default: "standard" },
      "serf-profile": { type: "string", default: "lan" },
      json: { type: "boolean", default: false },
    },
  });
  if (!(values.profile in PROFILES)) throw new Error(`Cannot use profile ${values.profile}`);
  const systems = [peat(values.profile as ProfileName), serf(values["serf-profile"])];
  await using lab = await Lab.create({ hosts: Number(values.nodes) });
  const meshes = await Promise.all(systems.map(({ start }) => start(lab.hosts)));
  const samples: Sample[][] = systems.map(() => []);
  try {
    await untilEach(meshes, (members) => untilAllSee(members, { timeoutMs: PATIENCE_MS }));
    for (let round = 0; round < Number(values.rounds); round++) {
      const taken = await cutAndHeal(lab, meshes);
      for (const [index, sample] of taken.entries()) samples[index]!.push(sample);
    }
  } finally {
    await Promise.all(meshes.map(endAll));
  }
  const names = systems.map(({ name }) => name);
  if (values.json) console.log(JSON.stringify({ nodes: lab.hosts.length, names, samples }));
  else names.forEach((name, index) => print(name, samples[index]!));
}

async function cutAndHeal(lab: Lab, meshes: readonly (readonly Member[])[]): Promise<Sample[]> {
  const numbers = lab.hosts.map(({ number }) => number);
  const halves = [0, 1].map((rest) => numbers.filter((number) => number % 2 === rest));
  await pause(LONGEST_PAUSE_MS * Math.random());
  const cutAt = performance.now();
  await lab.partition(halves);
  const parted = await untilEach(meshes, async (members) => {
    const reached = await Promise.all(halves.map((half) => {
      const side = members.filter(({ host }) => half.includes(host.number));
      return untilAllSee(side, { since: cutAt, timeoutMs: PATIENCE_MS });
    }));
    return { allMs: Math.max(...reached.map(({ allMs }) => allMs)) };
  });
  await pause(LONGEST_PAUSE_MS * Math.random());
  const healedAt = performance.now();
  await lab.heal();
  const healed = await untilEach(meshes, (members) => {
    return untilAllSee(members, { since: healedAt, timeoutMs: PATIENCE_MS });
  });
  return parted.map((partedMs, index) => ({ partedMs, healedMs: healed[index]! }));
}

function untilEach(
  meshes: readonly (readonly Member[])[],
  wait: (members: readonly Member[]) => Promise<{ allMs: number }>,
): Promise<number[]> {
  return Promise.all(meshes.map(async (members) => (await wait(members)).allMs));
}

function print(name: string, samples: readonly Sample[]): void {
  const healed = samples.map(({ healedMs }) => healedMs);
  const soon = healed.filter((ms) => ms <= SOON_MS).length;
  console.log(`${name}, ${samples.length} cuts`);
  console.log(`  all have lost the other half   ${spread(samples.map((each) => each.partedMs))}`);
  console.log(`  healed: all see all            ${spread(healed)}`);
  console.log(`  healed within ${SOON_MS / 1_000} s              ${soon} of ${samples.length}`);
}

/** The median, the least and the most. */
function spread(values: readonly number[]): string {
  const sorted = values.toSorted((left, right) => left - right);
  const [middle = NaN, least = NaN, most = NaN] = [sorted.length >> 1, 0, sorted.length - 1]
    .map((index) => sorted[index]);
  return `${middle.toFixed(0)} ms (${least.toFixed(0)} to ${most.toFixed(0)})`;
}

await main();
