/**
 * Plants deliberate bugs one by one and lets the simulator look for each.
 *
 *     deno task planted                      all of them, and the share that is found
 *     deno task planted "replay" --seeds 99  those whose name holds a text, within so many seeds
 *     deno task planted "replay" --keep DIR  leaves the source with the bug in it, to look into:
 *                                            cd DIR && deno run -A main.ts sim run --seed N
 */
import { parseArgs } from "node:util";
import { hunt } from "./planted/hunt.ts";
import { PLANTED_BUGS } from "./planted/catalog.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { seeds: { type: "string", default: "10000" }, keep: { type: "string" } },
});
const wanted = positionals[0] ?? "";
const bugs = PLANTED_BUGS.filter(({ name }) => name.includes(wanted));

let found = 0;
for (const bug of bugs) {
  const result = await hunt(bug, Number(values.seeds), values.keep);
  if (result.caught) found++;
  console.log(`${result.caught ? "found " : "MISSED"} ${bug.name}: ${result.detail}`);
}
console.log(`${found} of ${bugs.length} planted bugs found`);
Deno.exit(found === bugs.length ? 0 : 1);
