import assert from "node:assert/strict";
import { PLANTED_BUGS } from "../../scripts/planted/catalog.ts";
import { hunt } from "../../scripts/planted/hunt.ts";
import { SourceCopy } from "../../scripts/planted/source_copy.ts";
import { describeHunt, Tally } from "../../scripts/planted/tally.ts";

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

Deno.test("no two planted bugs have one name", () => {
  const names = PLANTED_BUGS.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
});

Deno.test("a bug without a place in the source is told, and found by nobody", async () => {
  const bug = { ...PLANTED_BUGS[0]!, find: "what stands nowhere in this file" };
  await using copy = await SourceCopy.make();
  const result = await hunt(bug, copy, { firstSeed: 1, seeds: 1 });
  assert.equal(result.end, "failed");
  assert.match(describeHunt(bug.name, result), /^FAILED .*its place stands 0 times in src/);
});

Deno.test("what another checker saw of a bug is told, and counts as found by nobody", async () => {
  await using copy = await SourceCopy.make();
  const bug = { ...PLANTED_BUGS[0]!, caughtBy: [] };
  const result = await hunt(bug, copy, { firstSeed: 1, seeds: 1 });
  assert.deepEqual(result, { end: "foundByAnother", seed: 1, checker: "no-spin" });
});

Deno.test("only what its own checker saw counts as found", () => {
  const tally = new Tally(6);
  for (const seed of [9, 1, 4]) tally.add({ end: "found", seed, checker: "fence" });
  tally.add({ end: "notFound", seeds: 10 });
  tally.add({ end: "foundByAnother", seed: 1, checker: "memory" });
  assert.equal(
    tally.describe(),
    "3 of 6 planted bugs found; half of them by seed 4; 1 not found; " +
      "1 by a checker that they do not name; 1 not looked for, as it was ended",
  );
});

for (const name of QUICK_TO_FIND) {
  Deno.test(`the simulator finds a planted bug: ${name}`, async () => {
    const bug = PLANTED_BUGS.find((planted) => planted.name === name);
    assert.ok(bug !== undefined);
    await using copy = await SourceCopy.make();
    const result = await hunt(bug, copy, { firstSeed: 1, seeds: SEEDS });
    assert.equal(result.end, "found", describeHunt(name, result));
  });
}
