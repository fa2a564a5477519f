/**
 * peat and Serf in the same namespaces on one network that loses datagrams: how often a node gave up
 * another that was there. Needs root, `ip`, a C compiler and Serf, which `scripts/setup_e2e.sh`
 * installs:
 *
 *     deno run -A scripts/bench/serf_false_deaths.ts [--minutes 10] [--loss 0.05] [--nodes 10]
 *         [--profile standard] [--serf-profile lan] [--json]
 */
import { parseArgs } from "node:util";
import { type ProfileName, PROFILES } from "../../src/core/profile.ts";
import { Lab } from "../../tests/lab/lab.ts";
import { endAll, type Member, peat, serf } from "../../tests/lab/system.ts";
import { pause, untilAllSee } from "../../tests/lab/viewer.ts";

const PATIENCE_MS = 120_000;
const MINUTE_MS = 60_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      loss: { type: "string", default: "0.05" },
      nodes: { type: "string", default: "10" },
      profile: { type: "string", default: "standard" },
      "serf-profile": { type: "string", default: "lan" },
      json: { type: "boolean", default: false },
    },
  });
  if (!(values.profile in PROFILES)) throw new Error(`Cannot use profile ${values.profile}`);
  const systems = [peat(values.profile as ProfileName), serf(values["serf-profile"])];
  const [minutes, loss] = [Number(values.minutes), Number(values.loss)];
  await using lab = await Lab.create({ hosts: Number(values.nodes), loss });
  const meshes = await Promise.all(systems.map(({ start }) => start(lab.hosts)));
  try {
    for (const members of meshes) await untilAllSee(members, { timeoutMs: PATIENCE_MS });
    const before = await Promise.all(meshes.map(departures));
    await pause(minutes * MINUTE_MS);
    const after = await Promise.all(meshes.map(departures));
    for (const [index, { name }] of systems.entries()) {
      const falseDeaths = after[index]! - before[index]!;
      const result = { system: name, nodes: lab.hosts.length, loss, minutes, falseDeaths };
      if (values.json) console.log(JSON.stringify(result));
      else console.log(`${name.padEnd(16)} ${falseDeaths} false deaths in ${minutes} minutes`);
    }
  } finally {
    await Promise.all(meshes.map(endAll));
  }
}

/** How often anybody was given up so far. */
async function departures(members: readonly Member[]): Promise<number> {
  await Promise.all(members.map((member) => member.alive()));
  return members.reduce((sum, member) => sum + member.departures, 0);
}

await main();
