/** What is remembered of leaders: by the node, in its recording, and in a picture. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { LeaderChange } from "../../src/control/election_contract.ts";
import { runPeat, temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";

function ledBy(changes: readonly LeaderChange[]) {
  return changes.filter(({ cause }) => !["started", "joined", "ended"].includes(cause))
    .map(({ leaderId, term, authority, cause }) => ({ leaderId, term, authority, cause }));
}

Deno.test("a node's history, its recording and its events tell the same, also after a restart", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const cell = ["--cell", "red", "--election-policy", "hybrid"];
  const operator = ["--operator", "rank=O3,authority=commander,load=0.2"];
  const recording = `${folder.path}/n1.ndjson`;
  await using _best = mesh.start("n2", ...cell, ...operator);
  const life: { told: LeaderChange[]; printed: string } = { told: [], printed: "" };
  {
    const more = ["--operator", "rank=E4", "--record", recording, "--output", "ndjson"];
    await using node = mesh.start("n1", ...cell, ...more);
    const waited = await mesh.ask("n1", "election", "status", "--wait=quorum", "--timeout", "50s");
    equal(waited.code, 0, waited.stderr);
    const { candidates, ranking } = await mesh.json("n1", "election", "explain");
    equal(ranking, "hybrid");
    const own = candidates.find(({ nodeId }: { nodeId: string }) => nodeId === "n1");
    deepEqual([own.eligible, own.reason], [false, "its operator's rank E4 is below E5"]);
    life.told = await mesh.json("n1", "election", "history");
    life.printed = (await node.stop()).stdout;
  }
  // A node that says goodbye may hear one more thing; what it told before is what counts.
  const same = (changes: readonly LeaderChange[]) =>
    deepEqual(ledBy(changes).slice(0, ledBy(life.told).length), ledBy(life.told));
  ok(ledBy(life.told).length > 0);

  const replayed = await runPeat(["sim", "replay", recording]);
  equal(replayed.code, 0, replayed.stdout);
  const history = async (path: string, ...more: string[]) => {
    const words = ["election", "history", "--trace", path, "--json", ...more];
    const { code, stdout, stderr } = await runPeat(words);
    equal(code, 0, stderr);
    return JSON.parse(stdout) as LeaderChange[];
  };
  same(await history(recording));
  Deno.writeTextFileSync(`${folder.path}/printed.ndjson`, life.printed);
  same(await history(`${folder.path}/printed.ndjson`));

  await using _again = mesh.start("n1", ...cell);
  const waited = await mesh.ask("n1", "election", "status", "--wait=quorum", "--timeout", "50s");
  equal(waited.code, 0, waited.stderr);
  const after: LeaderChange[] = await mesh.json("n1", "election", "history");
  same(after);
  equal(after.filter(({ cause }) => cause === "started").length, 2);

  const svg = `${folder.path}/leaders.svg`;
  const drawn = await mesh.ask("n1", "election", "history", "--all", "--svg", svg);
  equal(drawn.code, 0, drawn.stderr);
  match(drawn.stdout, /^n\d: .* n2 leads red in term \d+, quorum/m);
  const picture = Deno.readTextFileSync(svg);
  for (const nodeId of ["n1", "n2"]) match(picture, new RegExp(`>${nodeId}</text>`));
  match(picture, /<title>n2 leads in term \d+, quorum/);
});
