/** Real nodes of an enrolled formation whose authority puts one of them out while they run. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { NodeView } from "../../src/control/contract.ts";
import { EnrolledFormation } from "./enrolled_formation.ts";
import { temporaryFolder } from "./harness.ts";
import { Lateness } from "./lateness.ts";
import { TestMesh } from "./mesh.ts";
import { Stranger } from "./stranger.ts";
import { until } from "./until.ts";

/** From the change of a file until the last node acts on it. */
const SECONDS_MS = 8_000;

/** Short for a test, and long enough for a word to go around. */
const GRACE_MS = 8_000;

async function untilUnknown(mesh: TestMesh, id: string, peer: string): Promise<void> {
  await until(
    `${id} forget ${peer}`,
    () => mesh.nodes(id),
    (nodes) => !nodes.some(({ nodeId }) => nodeId === peer),
  );
}

async function audited(mesh: TestMesh, id: string): Promise<{ event: string; at: string }[]> {
  const text = await Deno.readTextFile(`${mesh.dataDir(id)}/audit.ndjson`);
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

async function events(mesh: TestMesh, id: string): Promise<string[]> {
  return (await audited(mesh, id)).map(({ event }) => event);
}

/** Sees by what each node wrote down that it acted within seconds, as far as the machine let it. */
async function actedSoon(
  mesh: TestMesh,
  ids: readonly string[],
  handedAtMs: number,
  lateMs: number,
) {
  for (const id of ids) {
    const entry = (await audited(mesh, id)).find(({ event }) => event === "revoked");
    const tookMs = Date.parse(entry?.at ?? "") - handedAtMs;
    ok(
      tookMs < SECONDS_MS + lateMs,
      `${id} took ${tookMs} ms, and the machine was ${lateMs} ms late`,
    );
  }
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

  using lateness = new Lateness();
  alpha.revoke("stolen");
  const handedAtMs = Date.now();
  alpha.handOver("first", mesh.dataDir("first"));
  const { code, stderr } = await thief.ended();
  equal(code, 2);
  match(stderr, /^peat: cannot go on as stolen in alpha: this device was revoked; to come back /m);
  await untilUnknown(mesh, "first", "stolen");
  await actedSoon(mesh, ["first", "stolen"], handedAtMs, lateness.ms);
  await stranger.send([stolen.beacon()]);
  await mesh.untilRejected("first", "revoked");
  // It knows now, and does not even start.
  await using again = mesh.start("stolen");
  equal((await again.ended()).code, 2);

  first.signal("SIGTERM");
  await first.ended();
  for (const id of ["first", "stolen"]) {
    equal((await mesh.json(id, "formation", "audit")).verdict, "intact");
  }
});

Deno.test("a revocation that one member was handed puts a node out everywhere, for good", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const alpha = new EnrolledFormation("alpha");
  for (const id of ["first", "second", "third", "away"]) alpha.enrol(id, mesh.dataDir(id));
  const stolen = alpha.enrol("stolen", mesh.dataDir("stolen"));
  await using stranger = await Stranger.listen(mesh.beaconPort);
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await using third = mesh.start("third");
  await using thief = mesh.start("stolen");
  await Promise.all([first, second, third, thief].map((node) => node.line(/^ready/)));
  for (const id of ["first", "second", "third"]) await mesh.untilConnected(id, "stolen");
  await mesh.untilConnected("first", "second");
  await mesh.untilConnected("first", "third");

  using lateness = new Lateness();
  alpha.revoke("stolen");
  const handedAtMs = Date.now();
  alpha.handOver("first", mesh.dataDir("first"));
  for (const id of ["first", "second", "third"]) await untilUnknown(mesh, id, "stolen");
  equal((await thief.ended()).code, 2);
  await actedSoon(mesh, ["first", "second", "third", "stolen"], handedAtMs, lateness.ms);

  // One that was away meanwhile learns it when it comes back, and one that starts again knows it.
  await using away = mesh.start("away");
  second.signal("SIGKILL");
  await second.ended();
  await using again = mesh.start("second");
  await Promise.all([away, again].map((node) => node.line(/^ready/)));
  await mesh.untilConnected("away", "first");
  for (const id of ["first", "second", "third", "away"]) {
    // Said again until it is refused, since one datagram may be lost.
    await until(
      `${id} refuse the stolen node's beacon`,
      async () => {
        await stranger.send([stolen.beacon()]);
        return await mesh.rejected(id);
      },
      ({ revoked = 0 }) => revoked > 0,
    );
    equal((await mesh.json(id, "formation", "audit")).verdict, "intact");
  }
});

Deno.test("a new group key that one member was handed reaches all, and nobody is lost", async () => {
  await using folder = await temporaryFolder();
  // Whoever is held up for a second, as on a machine that does much else, is not yet missed.
  const mesh = new TestMesh(folder.path, { profile: "tactical" });
  const alpha = new EnrolledFormation("alpha");
  const ids = ["first", "second", "third"];
  for (const id of ids) alpha.enrol(id, mesh.dataDir(id));
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await using third = mesh.start("third");
  await Promise.all([first, second, third].map((node) => node.line(/^ready/)));
  for (const id of ids.slice(1)) await mesh.untilConnected("first", id);

  alpha.rotate(GRACE_MS);
  alpha.handOver("first", mesh.dataDir("first"));
  const overAt = performance.now() + GRACE_MS + 2_000;
  while (performance.now() < overAt) {
    const nodes: NodeView[] = await mesh.json("first", "nodes");
    const connected = nodes.filter(({ connected }) => connected).map(({ nodeId }) => nodeId);
    deepEqual(connected, ["second", "third"]);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  for (const id of ids) {
    ok((await events(mesh, id)).includes("rotated"), id);
    const { rejected } = await mesh.json(id, "node", "status");
    equal(rejected.unknownEpoch ?? 0, 0);
  }
  // It is kept: a node that starts again has the new key, though its own file is the old one.
  third.signal("SIGTERM");
  await third.ended();
  await using again = mesh.start("third");
  await again.line(/^ready/);
  await mesh.untilConnected("third", "second");
});
