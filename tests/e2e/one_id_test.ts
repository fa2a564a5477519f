/** Two nodes with one id: which of them ends, what it says, and what ends neither. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { NodeStatus } from "../../src/control/contract.ts";
import { type TemporaryFolder, temporaryFolder } from "./harness.ts";
import { createFormation, enrol, TestMesh } from "./mesh.ts";
import { Stranger } from "./stranger.ts";
import type { TestProcess } from "./test_process.ts";

const ID = "drone-1";
const NOT_PERMITTED = 3;

/** Several beacons of profile fast, so that who would end had ended. */
const LONG_ENOUGH_MS = 3_000;

/** Two machines, as it were, that hear each other. */
function places(folder: TemporaryFolder, formationPath?: string): [TestMesh, TestMesh] {
  const membership = formationPath === undefined ? {} : { formationPath };
  Deno.mkdirSync(`${folder.path}/here`);
  Deno.mkdirSync(`${folder.path}/there`);
  const here = new TestMesh(`${folder.path}/here`, membership);
  const { beaconPort } = here;
  return [here, new TestMesh(`${folder.path}/there`, { ...membership, beaconPort })];
}

async function deviceOf(mesh: TestMesh): Promise<string> {
  const { deviceId }: NodeStatus = await mesh.json(ID, "node", "status");
  return deviceId!;
}

async function isRunning(mesh: TestMesh): Promise<boolean> {
  return (await mesh.ask(ID, "node", "status")).code === 0;
}

/** Sees the node end because of the other device. */
async function seeYield(node: TestProcess, deviceId: string): Promise<void> {
  const { code, stderr } = await node.ended();
  equal(code, NOT_PERMITTED, stderr);
  match(stderr, /^peat: cannot go on as drone-1: .*127\.0\.0\.1:\d+.*and stays; run .*--id/m);
  match(stderr, new RegExp(deviceId));
}

/** Sees the node told that the other device was there, and going on. */
async function seeStay(node: TestProcess, mesh: TestMesh, deviceId: string): Promise<void> {
  match(await node.line(/rivalFound/), new RegExp(`stays=true.*deviceId=${deviceId}`));
  equal(await isRunning(mesh), true);
}

Deno.test("of two nodes with one id the lower device stays where members certify themselves", async () => {
  await using folder = await temporaryFolder();
  const [here, there] = places(folder, await createFormation(folder.path, "alpha"));
  await using first = here.start(ID);
  await first.line(/^ready/);
  const firstDevice = await deviceOf(here);
  // By itself at first, so that its device is known whichever of the two ends.
  const aside = new TestMesh(there.folder, {
    formationPath: `${folder.path}/alpha.formation.json`,
  });
  const secondDevice = await deviceAlone(aside);
  await using second = there.start(ID);
  if (firstDevice < secondDevice) {
    await seeYield(second, firstDevice);
    await seeStay(first, here, secondDevice);
  } else {
    await seeYield(first, secondDevice);
    await seeStay(second, there, firstDevice);
  }
});

async function deviceAlone(mesh: TestMesh): Promise<string> {
  await using alone = mesh.start(ID);
  await alone.line(/^ready/);
  return await deviceOf(mesh);
}

Deno.test("of two nodes with one id the older certificate stays, whoever came first", async () => {
  await using folder = await temporaryFolder();
  const authority = await createFormation(folder.path, "alpha", "--kind", "enrolled");
  const [here, there] = places(folder);
  // An authority gives a name to one device only, unless it works from two files.
  const copy = `${folder.path}/copy.formation.json`;
  Deno.copyFileSync(authority, copy);
  await enrol(authority, ID, here.dataDir(ID));
  await enrol(copy, ID, there.dataDir(ID));
  await using newer = there.start(ID);
  await newer.line(/^ready/);
  const newerDevice = await deviceOf(there);
  await using older = here.start(ID);
  await older.line(/^ready/);
  const olderDevice = await deviceOf(here);
  await seeYield(newer, olderDevice);
  await seeStay(older, here, newerDevice);
});

Deno.test("of a data directory and its copy one ends, by the rule and not by chance", async () => {
  await using folder = await temporaryFolder();
  const [here, there] = places(folder, await createFormation(folder.path, "alpha"));
  {
    await using before = here.start(ID);
    await before.line(/^ready/);
  }
  Deno.mkdirSync(there.dataDir(ID), { mode: 0o700 });
  for (const { name } of Deno.readDirSync(here.dataDir(ID))) {
    if (name.startsWith("lock") || name.endsWith(".sock")) continue;
    Deno.copyFileSync(`${here.dataDir(ID)}/${name}`, `${there.dataDir(ID)}/${name}`);
  }
  {
    // The original starts once more, so its life is the later one.
    await using between = here.start(ID);
    await between.line(/^ready/);
  }
  await using copy = there.start(ID);
  await copy.line(/^ready/);
  await using original = here.start(ID);
  await original.line(/^ready/);
  const device = await deviceOf(here);
  const { code, stderr } = await copy.ended();
  equal(code, NOT_PERMITTED, stderr);
  match(stderr, /a copy of its data directory runs at 127\.0\.0\.1:\d+ as the same device/);
  await seeStay(original, here, device);
});

Deno.test("strangers, and what a rival said before it was gone, end no node", async () => {
  await using folder = await temporaryFolder();
  const formationPath = await createFormation(folder.path, "alpha");
  const [here, there] = places(folder);
  const { beaconPort } = here;
  await using stranger = await Stranger.listen(beaconPort);
  const apart = new TestMesh(`${folder.path}/apart`, { beaconPort });
  Deno.mkdirSync(apart.folder);
  const captured = await sayAll(stranger, there, formationPath);
  await using node = here.start(ID, "--formation", formationPath);
  await node.line(/^ready/);
  await using open = apart.start(ID);
  await open.line(/^ready/);
  await stranger.send(captured);
  await here.untilRejected(ID, "namesake");
  await here.untilRejected(ID, "notSealed");
  await new Promise((resolve) => setTimeout(resolve, LONG_ENOUGH_MS));
  equal(await isRunning(here), true);
  deepEqual(node.stderr().includes("rivalFound"), false);
});

/** What a node of that id says until it is gone. */
async function sayAll(
  stranger: Stranger,
  mesh: TestMesh,
  formationPath: string,
): Promise<Uint8Array[]> {
  await using rival = mesh.start(ID, "--formation", formationPath);
  await rival.line(/^ready/);
  await stranger.untilHeard(2);
  return [...stranger.heard];
}

Deno.test("without a formation two nodes with one id warn, and go on", async () => {
  await using folder = await temporaryFolder();
  const [here, there] = places(folder);
  await using first = here.start(ID);
  await first.line(/^ready/);
  // Boot numbers start with the second, and two that are the same cannot be told apart.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await using second = there.start(ID);
  await second.line(/^ready/);
  await first.line(/idClaimed/);
  await second.line(/idClaimed/);
  deepEqual([await isRunning(here), await isRunning(there)], [true, true]);
});
