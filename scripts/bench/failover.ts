/**
 * How long a cell is without a leader: from `kill -9` of the one until all others follow the next,
 * in real processes on a network without loss, and the bytes that an idle node sends meanwhile. The
 * one that was killed starts again before the next is. Needs root, `ip` and a C compiler:
 *
 *     deno run -A scripts/bench/failover.ts [--runs 20] [--nodes 3,5] [--idle-seconds 20]
 *         [--profiles fast,tactical,standard] [--json]
 */
import { parseArgs } from "node:util";
import { paceOf } from "../../src/core/election/pace.ts";
import { type ProfileName, PROFILES } from "../../src/core/profile.ts";
import { CellNode, startCell } from "../../tests/lab/cell_node.ts";
import { Lab } from "../../tests/lab/lab.ts";
import type { LabHost } from "../../tests/lab/lab_host.ts";
import { untilAgreed } from "../../tests/lab/led.ts";
import { sentBytesPerSecond } from "../../tests/lab/system.ts";
import { pause } from "../../tests/lab/viewer.ts";
import { quantile } from "./quantile.ts";

const PATIENCE_MS = 120_000;
/** What a cell may still have to say after all agree. */
const SETTLE_MS = 5_000;

/** The median that each profile is to reach. */
const GOALS_MS: Partial<Record<ProfileName, number>> = {
  fast: 1_000,
  tactical: 2_200,
  standard: 8_000,
};

interface Setting {
  readonly profile: ProfileName;
  readonly nodes: number;
}

interface Result extends Setting {
  readonly agreedMs: readonly number[];
  /** How often the next best was the one that they agreed on. */
  readonly best: number;
  readonly idleBytesPerSecond: number;
  readonly load: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "20" },
      nodes: { type: "string", default: "3,5" },
      profiles: { type: "string", default: "fast,tactical,standard" },
      "idle-seconds": { type: "string", default: "20" },
      json: { type: "boolean", default: false },
    },
  });
  const sizes = values.nodes.split(",").map(Number);
  const profiles = values.profiles.split(",").map(checkedProfile);
  const idleMs = Number(values["idle-seconds"]) * 1_000;
  await using lab = await Lab.create({ hosts: Math.max(...sizes) });
  for (const profile of profiles) {
    for (const nodes of sizes) {
      const hosts = lab.hosts.slice(0, nodes);
      const result = await measure({ profile, nodes }, hosts, Number(values.runs), idleMs);
      if (values.json) console.log(JSON.stringify(result));
      else print(result);
    }
  }
}

function checkedProfile(name: string): ProfileName {
  if (name in PROFILES) return name as ProfileName;
  throw new Error(`Cannot use profile ${name}`);
}

async function measure(
  setting: Setting,
  hosts: readonly LabHost[],
  runs: number,
  idleMs: number,
): Promise<Result> {
  const { profile } = setting;
  const { heartbeatMs } = paceOf(PROFILES[profile]);
  let members = startCell(hosts, { profile });
  try {
    await untilAgreed(members, { timeoutMs: PATIENCE_MS });
    await pause(SETTLE_MS);
    const idleBytesPerSecond = await sentBytesPerSecond(hosts, () => pause(idleMs));
    const agreedMs: number[] = [];
    let best = 0;
    for (let run = 0; run < runs; run++) {
      const { leader } = await untilAgreed(members, { timeoutMs: PATIENCE_MS });
      // So that the kills meet every phase of the heartbeat.
      await pause(SETTLE_MS + heartbeatMs * Math.random());
      const others = members.filter((member) => member !== leader);
      const since = performance.now();
      leader.process.signal("SIGKILL");
      const agreed = await untilAgreed(others, { since, timeoutMs: PATIENCE_MS });
      agreedMs.push(agreed.tookMs);
      if (agreed.leader === others.at(-1)) best++;
      await leader.process.ended();
      const again = new CellNode(leader.host, { profile });
      members = members.map((member) => member === leader ? again : member);
    }
    return { ...setting, agreedMs, best, idleBytesPerSecond, load: Deno.loadavg()[0]! };
  } finally {
    await Promise.all(members.map(({ process }) => process[Symbol.asyncDispose]()));
  }
}

function print({ profile, nodes, agreedMs, best, idleBytesPerSecond, load }: Result): void {
  const [middle, high, most] = [0.5, 0.9, 1].map((share) => quantile(agreedMs, share));
  const goalMs = GOALS_MS[profile];
  const goal = goalMs === undefined ? "" : ` (goal ${goalMs})`;
  console.log(`${profile}, ${nodes} nodes, ${agreedMs.length} kills, load ${load.toFixed(1)}`);
  console.log(
    `  kill -9 to all agreed   p50 ${whole(middle)} ms${goal}, p90 ${whole(high)}, max ${
      whole(most)
    }`,
  );
  console.log(`  the next best leads     ${best} of ${agreedMs.length}`);
  console.log(`  idle bytes/s of a node  ${whole(idleBytesPerSecond)}`);
}

function whole(value: number | undefined): string {
  return value?.toFixed(0) ?? "-";
}

await main();
