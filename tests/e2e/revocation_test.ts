/** Real nodes of an enrolled formation whose authority puts one of them out while they run. */
import { equal, match, ok } from "node:assert/strict";
import type { NodeView } from "../../src/control/contract.ts";
import { EnrolledFormation } from "./enrolled_formation.ts";
import { temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";
import { Stranger } from "./stranger.ts";

/** From the change of a file until the last node has acted on it. */
const SECONDS_MS = 8_000;

async function untilUnknown(mesh: TestMesh, id: string, peer: string): Promise<void> {
  const giveUpAt = performance.now() + SECONDS_MS;
  for (;;) {
    const nodes: NodeView[] = await mesh.json(id, "nodes");
    if (!nodes.some(({ nodeId }) => nodeId === peer)) return;
    if (performance.now() > giveUpAt) {
      throw new Error(`Cannot see ${id} forget ${peer}: ${JSON.stringify(nodes)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function events(mesh: TestMesh, id: string): Promise<string[]> {
  const text = await Deno.readTextFile(`${mesh.dataDir(id)}/audit.ndjson`);
  return text.trim().split("\n").map((line) => JSON.parse(line).event);
}

Deno.test("a node that was put out is out within seconds, and ends", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const alpha = new EnrolledFormation("alpha");
  alpha.enrol("first", mesh.dataDir("first"));
  const stolen = alpha.enrol("stolen", mesh.dataDir("stolen"));
  await using stranger = await Stranger.listen(mesh.beaconPort);
  await using first = mesh.start("first");
  await using thief = mesh.start("stolen");
  await Promise.all([first, thief].map((node) => node.line(/^ready/)));
  await mesh.untilConnected("first", "stolen");

  alpha.revoke("stolen");
  alpha.handOver("first", mesh.dataDir("first"));
  const { code, stderr } = await thief.ended(SECONDS_MS);
  equal(code, 2);
  match(stderr, /^peat: cannot go on as stolen in alpha: this device was revoked; to come back /m);
  await untilUnknown(mesh, "first", "stolen");
  await stranger.send([stolen.beacon()]);
  await mesh.untilRejected("first", "revoked");
  // It knows now, and does not even start.
  await using again = mesh.start("stolen");
  equal((await again.ended()).code, 2);

  first.signal("SIGTERM");
  await first.ended();
  ok((await events(mesh, "first")).includes("revoked"));
  ok((await events(mesh, "stolen")).includes("revoked"));
  for (const id of ["first", "stolen"]) {
    equal((await mesh.json(id, "formation", "audit")).verdict, "intact");
  }
});
