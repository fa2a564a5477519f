import assert from "node:assert/strict";
import { hunt } from "../../scripts/planted/hunt.ts";
import { PLANTED_BUGS } from "../../scripts/planted/catalog.ts";

/** The rarest of them needs a crash within the few milliseconds before the first sync. */
const SEEDS = 10_000;

for (const bug of PLANTED_BUGS) {
  Deno.test(`the simulator finds a planted bug: ${bug.name}`, async () => {
    const { caught, detail } = await hunt(bug, SEEDS);
    assert.ok(caught, detail);
  });
}
