/**
 * A mesh of which one node is flooded by an outsider, with 20,000 damaged beacons a second for a
 * minute, beside the same mesh in peace: whether anybody is given up who is there, what an idle node
 * sends, how soon a death is known, and what the flood costs the node that it is for. Needs root,
 * `ip` and a C compiler, which `scripts/setup_e2e.sh` installs:
 *
 *     deno run -A scripts/bench/forged_flood.ts [--nodes 5] [--rate 20000] [--seconds 60]
 *         [--profile standard|tactical|fast]
 */
import { parseArgs } from "node:util";
import { ControlClient } from "../../src/control/client.ts";
import { type ProfileName, PROFILES } from "../../src/core/profile.ts";
import { Lab } from "../../tests/lab/lab.ts";
import type { LabHost } from "../../tests/lab/lab_host.ts";
import { memoryBytes, processorMs } from "../../tests/lab/process_cost.ts";
import { endAll, type Member, peat, sentBytesPerSecond } from "../../tests/lab/system.ts";
import { pause, untilAllMiss, untilAllSee } from "../../tests/lab/viewer.ts";

const BEACON_PORT = 11_205;
const SETTLE_MS = 10_000;
const PATIENCE_MS = 60_000;
/** What is left of the flood when a node is killed. */
const KILL_BEFORE_END_MS = 15_000;
const FORGER = new URL("./flood/forging_host.ts", import.meta.url).pathname;

interface Flood {
  readonly perSecond: number;
  readonly seconds: number;
}

interface Figures {
  readonly falseDeaths: number;
  readonly idleBytesPerSecond: number;
  readonly allKnowMs: number;
  /** Of the node that is flooded. */
  readonly grownBytes: number;
  readonly processorShare: number;
  readonly forged: number;
  /** The kernel lets go of the others, when they come faster than they are read. */
  readonly refused: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      nodes: { type: "string", default: "5" },
      rate: { type: "string", default: "20000" },
      seconds: { type: "string", default: "60" },
      profile: { type: "string", default: "standard" },
    },
  });
  if (!(values.profile in PROFILES)) throw new Error(`Cannot use profile ${values.profile}`);
  const profile = values.profile as ProfileName;
  const seconds = Number(values.seconds);
  const nodes = Number(values.nodes);
  await using lab = await Lab.create({ hosts: nodes + 1 });
  console.log(`${nodes} nodes, profile ${profile}, ${seconds} s each`);
  print("in peace", await measure(lab, profile, { perSecond: 0, seconds }));
  print(
    `${values.rate} a second`,
    await measure(lab, profile, {
      perSecond: Number(values.rate),
      seconds,
    }),
  );
}

async function measure(lab: Lab, profile: ProfileName, flood: Flood): Promise<Figures> {
  const [forger, ...hosts] = lab.hosts.toReversed() as [LabHost, ...LabHost[]];
  const members = await peat(profile).start(hosts);
  const [victim, target] = [members[0]!, members.at(-1)!];
  try {
    await untilAllSee(members, { timeoutMs: PATIENCE_MS });
    await pause(SETTLE_MS);
    const { pid } = target.process;
    const before = { departures: await departures(members), ...costs(pid) };
    const refusedBefore = await refusedBy(target.host);
    await using flooding = forger.start(...forgerCommand(forger, target.host, flood));
    await flooding.line(/flooding/, { from: "stdout", timeoutMs: PATIENCE_MS });
    const startedAt = performance.now();
    const idleBytesPerSecond = await sentBytesPerSecond(
      hosts,
      () => pause(flood.seconds * 1_000 - KILL_BEFORE_END_MS),
    );
    const after = { departures: await departures(members), ...costs(pid) };
    const elapsedMs = performance.now() - startedAt;
    const allKnowMs = await kill(victim, members);
    const { stdout } = await flooding.ended(flood.seconds * 1_000 + PATIENCE_MS);
    return {
      falseDeaths: after.departures - before.departures,
      idleBytesPerSecond,
      allKnowMs,
      grownBytes: after.bytes - before.bytes,
      processorShare: (after.ms - before.ms) / elapsedMs,
      forged: Number(/sent (\d+)/.exec(stdout)![1]),
      refused: await refusedBy(target.host) - refusedBefore,
    };
  } finally {
    await endAll(members);
  }
}

function forgerCommand(forger: LabHost, target: LabHost, { perSecond, seconds }: Flood): string[] {
  const numbers = [BEACON_PORT, perSecond, seconds].map(String);
  return [
    ...[Deno.execPath(), "run", "-A", "--unstable-net", FORGER],
    ...[forger.address, target.address, ...numbers],
  ];
}

function costs(pid: number) {
  return { ms: processorMs(pid), bytes: memoryBytes(pid).resident };
}

async function refusedBy({ folder }: LabHost): Promise<number> {
  const { rejected } = await new ControlClient(`${folder}/peat.sock`, PATIENCE_MS).status();
  return Object.values(rejected).reduce((sum, count) => sum + count, 0);
}

async function kill(victim: Member, members: readonly Member[]): Promise<number> {
  const survivors = members.filter((member) => member !== victim);
  const since = performance.now();
  victim.process.signal("SIGKILL");
  return (await untilAllMiss(survivors, victim.name, { since, timeoutMs: PATIENCE_MS })).allMs;
}

/** How often anybody was given up so far. */
async function departures(members: readonly Member[]): Promise<number> {
  await Promise.all(members.map((member) => member.alive()));
  return members.reduce((sum, member) => sum + member.departures, 0);
}

function print(what: string, figures: Figures): void {
  const { falseDeaths, idleBytesPerSecond, allKnowMs } = figures;
  const { grownBytes, processorShare, forged, refused } = figures;
  console.log(
    `${what}: ${forged} forged, ${refused} read and refused, ${falseDeaths} false deaths, a death known by all in ` +
      `${allKnowMs.toFixed(0)} ms, ${idleBytesPerSecond.toFixed(0)} idle bytes/s of a node; ` +
      `the flooded one grew by ${(grownBytes / 2 ** 20).toFixed(1)} MiB and took ` +
      `${(processorShare * 100).toFixed(0)} % of a processor`,
  );
}

await main();
