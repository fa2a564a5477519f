import assert from "node:assert/strict";
import { PLANTED_BUGS } from "../../scripts/planted/catalog.ts";
import { hunt } from "../../scripts/planted/hunt.ts";

/** Bugs of every kind that the first few seeds find. `deno task planted` looks for all of them. */
const QUICK_TO_FIND = [
  "an expiry is never checked",
  "a timer is not armed again",
  "a replayed datagram is accepted",
  "a ballot is written without the vote",
  "quorum is more than half of those in reach",
  "whoever signs may assign",
];
const SEEDS = 200;

Deno.test("every planted bug still has its place in the source", () => {
  for (const { name, file, find } of PLANTED_BUGS) {
    const count = Deno.readTextFileSync(file).split(find).length - 1;
    assert.equal(count, 1, `the place of "${name}" stands ${count} times in ${file}`);
  }
});

for (const name of QUICK_TO_FIND) {
  Deno.test(`the simulator finds a planted bug: ${name}`, async () => {
    const bug = PLANTED_BUGS.find((planted) => planted.name === name);
    assert.ok(bug !== undefined);
    const { caught, detail } = await hunt(bug, SEEDS);
    assert.ok(caught, detail);
  });
}
