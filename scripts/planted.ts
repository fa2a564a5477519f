/**
 * Plants deliberate bugs one by one and lets the simulator look for each.
 *
 *     deno task planted                      all of them, and the share that is found
 *     deno task planted "replay" --seeds 99  those whose name holds a text, within so many seeds
 *     deno task planted --seed 100           beginning with another seed than the first
 *     deno task planted --ndjson             one line of JSON a bug, and one for all of them
 *     deno task planted "replay" --keep DIR  leaves the source with the bug in it, to look into:
 *                                            cd DIR && deno run -A main.ts sim run --seed N
 *
 * A bug counts as found when a checker that it names breaks, at a seed that shows nothing without
 * the bug. The exit code is 0 when every bug was found, 1 otherwise, 4 for what cannot be asked, and
 * 130 or 143 when a signal ended it; what it started ends with it.
 */
import { parseArgs } from "node:util";
import { PLANTED_BUGS } from "./planted/catalog.ts";
import { type Hunt, hunt } from "./planted/hunt.ts";
import type { PlantedBug } from "./planted/planted_bug.ts";
import { SourceCopy } from "./planted/source_copy.ts";
import { describeHunt, Tally } from "./planted/tally.ts";

const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

function refuse(reason: string): never {
  console.error(`planted: ${reason}`);
  Deno.exit(4);
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) refuse(`--${name} is no count: ${value}`);
  return number;
}

function readArguments() {
  try {
    return parseArgs({
      args: Deno.args,
      allowPositionals: true,
      options: {
        seed: { type: "string", default: "1" },
        seeds: { type: "string", default: "10000" },
        keep: { type: "string" },
        ndjson: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
  }
}

const { values, positionals } = readArguments();
const [wanted = "", ...rest] = positionals;
if (rest.length > 0) refuse(`one text is looked for in the names, not also "${rest[0]}"`);
const bugs = PLANTED_BUGS.filter(({ name }) => name.includes(wanted));
if (bugs.length === 0) refuse(`no bug has "${wanted}" in its name`);
if (values.keep !== undefined && bugs.length > 1) {
  refuse(`--keep is for one bug, and ${bugs.length} have "${wanted}" in their names`);
}
const firstSeed = positive("seed", values.seed);
const seeds = positive("seeds", values.seeds);

const ending = new AbortController();
let endedBy: keyof typeof SIGNAL_CODES | undefined;
for (const name of Object.keys(SIGNAL_CODES) as (keyof typeof SIGNAL_CODES)[]) {
  Deno.addSignalListener(name, () => {
    endedBy ??= name;
    ending.abort();
  });
}

const tally = new Tally(bugs.length);
{
  await using copy = await SourceCopy.make(values.keep);
  for (const bug of bugs) {
    const result = await huntUnlessEnded(bug, copy);
    if (result === undefined) break;
    tally.add(result);
    console.log(
      values.ndjson
        ? JSON.stringify({ type: "bug", name: bug.name, ...result })
        : describeHunt(bug.name, result),
    );
    if (values.keep !== undefined) await copy.plant(bug);
  }
}
console.log(
  values.ndjson ? JSON.stringify({ type: "planted", ...tally.summary() }) : tally.describe(),
);
if (endedBy !== undefined) Deno.exit(SIGNAL_CODES[endedBy]);
Deno.exit(tally.found === bugs.length ? 0 : 1);

async function huntUnlessEnded(bug: PlantedBug, copy: SourceCopy): Promise<Hunt | undefined> {
  const { signal } = ending;
  try {
    return await hunt(bug, copy, { firstSeed, seeds, signal });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
