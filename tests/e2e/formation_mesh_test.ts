/** Formations among real nodes on one network: who sees whom, and what strangers can do. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { NodeView } from "../../src/control/contract.ts";
import { temporaryFolder } from "./harness.ts";
import { createFormation, enrol, TestMesh } from "./mesh.ts";
import { Stranger } from "./stranger.ts";
import { until } from "./until.ts";

/** Several beacons of profile fast, so that who could be seen would have been. */
const LONG_ENOUGH_MS = 1_500;

async function known(mesh: TestMesh, id: string): Promise<string[]> {
  return (await mesh.json(id, "nodes")).map(({ nodeId }: NodeView) => nodeId);
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

Deno.test("members of one formation see each other and connect", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await using third = mesh.start("third");
  await Promise.all([second, third].map((node) => node.line(/^ready/)));
  match(await first.line(/^ready/), /^ready first port=\d+ beacon-port=\d+ socket=\S+ boot=\d+$/);
  const pairs = [["first", "second"], ["second", "third"], ["third", "first"]] as const;
  for (const [one, other] of pairs) {
    const { connection } = await mesh.untilConnected(one, other);
    match(connection!.address, /^127\.0\.0\.1:\d+$/);
    await mesh.untilConnected(other, one);
  }
  // Two that dial each other have two connections for a moment.
  const status = await until(
    "the first node have a connection with each of the two",
    () => mesh.status("first"),
    ({ connections }) => connections === 2,
  );
  deepEqual([status.formation, status.peers], ["alpha", 2]);
  match(status.deviceId!, /^[0-9a-f]{32}$/);
});

Deno.test("another formation's node and one without see no member, and are counted", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  // A formation is its secret and not its name.
  Deno.mkdirSync(`${folder.path}/elsewhere`);
  const alpha = await createFormation(folder.path, "alpha");
  const namesake = await createFormation(`${folder.path}/elsewhere`, "alpha");
  await using first = mesh.start("first", "--formation", alpha);
  await using second = mesh.start("second", "--formation", alpha);
  await using foreigner = mesh.start("foreigner", "--formation", namesake);
  await using outsider = mesh.start("outsider");
  await Promise.all([first, second, foreigner, outsider].map((node) => node.line(/^ready/)));
  await mesh.untilConnected("first", "second");
  await mesh.untilRejected("first", "badSeal");
  await mesh.untilRejected("first", "notSealed");
  await mesh.untilRejected("foreigner", "badSeal");
  await mesh.untilRejected("outsider", "malformed");
  await pause(LONG_ENOUGH_MS);
  deepEqual(await known(mesh, "first"), ["first", "second"]);
  deepEqual(await known(mesh, "second"), ["second", "first"]);
  deepEqual(await known(mesh, "foreigner"), ["foreigner"]);
  deepEqual(await known(mesh, "outsider"), ["outsider"]);
});

Deno.test("what a member once said does nothing when a stranger says it again", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using stranger = await Stranger.listen(mesh.beaconPort);
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await first.line(/^ready/);
  await mesh.untilConnected("first", "second");
  second.signal("SIGKILL");
  const before = await mesh.untilSeen("first", "second", "lost");
  const counted = await mesh.rejected("first");

  // Everything that both of them said, beacons and pulses and answers.
  const captured = [...stranger.heard];
  ok(captured.length > 2);
  await stranger.send(captured);
  await mesh.untilRejected("first", "replayed", (counted.replayed ?? 0) + 1);
  await pause(LONG_ENOUGH_MS);
  const after: NodeView = (await mesh.json("first", "nodes"))[1];
  deepEqual([after.state, after.address, after.boot], ["lost", before.address, before.boot]);
  ok(after.lastSeenMs! > before.lastSeenMs!);
  equal(stranger.answers, 0);
});

Deno.test("what a silent member said stays said when its hearer starts again", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using stranger = await Stranger.listen(mesh.beaconPort);
  await using second = mesh.start("second");
  /** Runs the first node for as long as that takes, and ends it so. */
  const duringALife = async (end: "SIGTERM" | "SIGKILL", act: () => Promise<unknown>) => {
    await using first = mesh.start("first");
    await first.line(/^ready/);
    await act();
    first.signal(end);
    await first.ended();
  };
  await duringALife("SIGTERM", async () => {
    await mesh.untilSeen("first", "second", "alive");
    second.signal("SIGKILL");
    await mesh.untilSeen("first", "second", "lost");
  });
  const captured = [...stranger.heard];
  const replay = async () => {
    await stranger.send(captured);
    await mesh.untilRejected("first", "replayed");
    await pause(LONG_ENOUGH_MS);
    const listed: NodeView[] = await mesh.json("first", "nodes");
    // It may remember whom it met, which is not the same as hearing it.
    deepEqual(listed.filter(({ state }) => state === "alive").map(({ nodeId }) => nodeId), [
      "first",
    ]);
  };
  await duringALife("SIGKILL", replay);
  await duringALife("SIGTERM", replay);
});

Deno.test("a node does not start on a formation file that others may read", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const alpha = await createFormation(folder.path, "alpha");
  Deno.chmodSync(alpha, 0o640);
  await using node = mesh.start("solo", "--formation", alpha);
  equal((await node.ended()).code, 2);
  match(node.stderr(), /^peat: cannot .*alpha\.formation\.json.*\n$/);
});

Deno.test("enrolled nodes connect, and a certificate serves nobody but its node", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  const alpha = await createFormation(folder.path, "alpha", "--kind", "enrolled");
  await enrol(alpha, "first", mesh.dataDir("first"));
  await enrol(alpha, "second", mesh.dataDir("second"));
  // What a node joined is in its data directory, where it is found without a flag.
  await using first = mesh.start("first");
  await using second = mesh.start("second");
  await Promise.all([first, second].map((node) => node.line(/^ready/)));
  await mesh.untilConnected("first", "second");
  await mesh.untilConnected("second", "first");
  const { formation } = await mesh.json("first", "node", "status");
  equal(formation, "alpha");

  await enrol(alpha, "third", mesh.dataDir("renamed"));
  await using renamed = mesh.start("renamed");
  equal((await renamed.ended()).code, 2);
  match(renamed.stderr(), /^peat: cannot run as renamed in alpha: the certificate is for third; /);

  await using thief = mesh.start(
    "third",
    "--formation",
    `${mesh.dataDir("renamed")}/formation.json`,
  );
  equal((await thief.ended()).code, 2);
  match(thief.stderr(), /^peat: cannot run as third in alpha: the certificate is another device's/);
});
