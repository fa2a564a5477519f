/**
 * Whether a leader stays while packets are lost, or while every process is kept waiting again and
 * again as on a machine with too much to do: a cell of real processes that was led by one before,
 * and how often anybody told of another leader or of none. Needs root, `ip` and a C compiler:
 *
 *     deno run -A scripts/bench/leader_loss.ts [--minutes 10] [--nodes 5] [--loss 0.2]
 *         [--delay-ms 0] [--pause-ms 0] [--profile tactical] [--json]
 *     deno run -A scripts/bench/leader_loss.ts --loss 0 --pause-ms 500 --profile fast --minutes 2
 */
import { parseArgs } from "node:util";
import { type ProfileName, PROFILES } from "../../src/core/profile.ts";
import { type CellNode, startCell } from "../../tests/lab/cell_node.ts";
import { Lab } from "../../tests/lab/lab.ts";
import { untilAgreed } from "../../tests/lab/led.ts";
import { pause } from "../../tests/lab/viewer.ts";

const PATIENCE_MS = 120_000;
/** What a cell may still have to say after all agree. */
const SETTLE_MS = 10_000;
const MINUTE_MS = 60_000;
/** For how long a process that is kept waiting runs in between. */
const SHORTEST_RUN_MS = 100;
const LONGEST_RUN_MS = 1_400;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      nodes: { type: "string", default: "5" },
      loss: { type: "string", default: "0.2" },
      "delay-ms": { type: "string", default: "0" },
      "pause-ms": { type: "string", default: "0" },
      profile: { type: "string", default: "tactical" },
      json: { type: "boolean", default: false },
    },
  });
  if (!(values.profile in PROFILES)) throw new Error(`Cannot use profile ${values.profile}`);
  const profile = values.profile as ProfileName;
  const shape = { loss: Number(values.loss), delayMs: Number(values["delay-ms"]) };
  const longestPauseMs = Number(values["pause-ms"]);
  await using lab = await Lab.create({ hosts: Number(values.nodes) });
  const members = startCell(lab.hosts, { profile });
  try {
    const { leader } = await untilAgreed(members, { timeoutMs: PATIENCE_MS });
    await pause(SETTLE_MS);
    const before = members.map(({ leads }) => leads.length);
    await lab.shape(shape);
    const endsAt = performance.now() + Number(values.minutes) * MINUTE_MS;
    await Promise.all([
      pause(endsAt - performance.now()),
      ...(longestPauseMs === 0 ? [] : members.map((each) => starve(each, longestPauseMs, endsAt))),
    ]);
    const told = members.map((member, index) => toldSince(member, before[index]!, leader.id));
    const sum = (count: (each: Told) => number) =>
      told.reduce((total, each) => total + count(each), 0);
    const result = {
      profile,
      ...shape,
      longestPauseMs,
      nodes: members.length,
      minutes: Number(values.minutes),
      otherLeaders: sum(({ others }) => others),
      silences: sum(({ silences }) => silences),
      load: Deno.loadavg()[0]!,
    };
    console.log(values.json ? JSON.stringify(result) : printed(result));
  } finally {
    await Promise.all(members.map(({ process }) => process[Symbol.asyncDispose]()));
  }
}

/** Others have the processor again and again, for a tenth of the longest pause at the least. */
async function starve({ process }: CellNode, longestMs: number, endsAt: number): Promise<void> {
  while (performance.now() < endsAt) {
    await pause(SHORTEST_RUN_MS + Math.random() * LONGEST_RUN_MS);
    process.signal("SIGSTOP");
    await pause(longestMs * (0.1 + 0.9 * Math.random()));
    process.signal("SIGCONT");
  }
}

interface Told {
  /** How often somebody else led, */
  readonly others: number;
  /** and how often nobody did. */
  readonly silences: number;
}

function toldSince({ leads }: CellNode, start: number, leaderId: string | undefined): Told {
  const since = leads.slice(start);
  const silences = since.filter((lead) => lead.leaderId === undefined).length;
  const others = since.filter((lead) => lead.leaderId !== leaderId).length - silences;
  return { others, silences };
}

function printed(result: {
  profile: string;
  nodes: number;
  loss: number;
  delayMs: number;
  longestPauseMs: number;
  minutes: number;
  otherLeaders: number;
  silences: number;
  load: number;
}): string {
  const { profile, nodes, loss, delayMs, longestPauseMs, minutes, load } = result;
  const { otherLeaders, silences } = result;
  const paused = longestPauseMs === 0 ? "" : `, paused for up to ${longestPauseMs} ms`;
  const links = `${loss * 100}% loss, ${delayMs} ms each way${paused}`;
  return [
    `${profile}, ${nodes} nodes, ${links}, ${minutes} minutes, load ${load.toFixed(1)}`,
    `  told of another leader   ${otherLeaders} times`,
    `  told of none             ${silences} times`,
  ].join("\n");
}

await main();
