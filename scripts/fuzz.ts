/**
 * Fires random and spoiled inputs at every codec of the wire:
 *
 *     deno run -A scripts/fuzz.ts --inputs 1000000 [--seed NAME] [--family NAME]
 */

import { parseArgs } from "node:util";
import { FAMILIES } from "./fuzz/families.ts";
import { fuzz } from "./fuzz/run.ts";

function main(): void {
  const { values } = parseArgs({
    options: {
      inputs: { type: "string", default: "100000" },
      seed: { type: "string", default: "peat" },
      family: { type: "string" },
    },
  });
  for (const [name, family] of Object.entries(FAMILIES)) {
    if (values.family !== undefined && values.family !== name) continue;
    const result = fuzz(family, `${values.seed}/${name}`, Number(values.inputs));
    console.log(JSON.stringify({ family: name, seed: values.seed, ...result }));
  }
}

if (import.meta.main) main();
