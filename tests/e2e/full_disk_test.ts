/** A disk that is really full: what is refused, what is acknowledged, and what is left of it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { runPeat, temporaryFolder } from "./harness.ts";
import { createFormation, TestMesh } from "./mesh.ts";
import { SharedDocuments } from "./shared_documents.ts";
import {
  limitedDisk,
  mountedDisk,
  reasonItCannotLimit,
  reasonItCannotMount,
  type SmallDisk,
} from "./small_disk.ts";

/** More than what a database has room for that it has taken already. */
const MOST_WRITES = 400;
const TEXT = "x".repeat(20_000);

for (
  const [name, open, reason] of [
    ["a file system that is full", mountedDisk, await reasonItCannotMount()],
    ["files that may not grow", limitedDisk, await reasonItCannotLimit()],
  ] as const
) {
  const title = `on ${name} a write is refused, nothing is acknowledged, all else stays readable`;
  Deno.test({
    name: reason === undefined ? title : `${title} (skipped: ${reason})`,
    ignore: reason !== undefined,
    fn: () => testOn(open),
  });
}

async function testOn(openDisk: (directory: string) => Promise<SmallDisk>): Promise<void> {
  await using folder = await temporaryFolder();
  const formationPath = await createFormation(folder.path, "alpha");
  const mesh = new TestMesh(folder.path, { formationPath });
  Deno.mkdirSync(mesh.dataDir("first"), { mode: 0o700 });
  await using disk = await openDisk(mesh.dataDir("first"));
  const socket = `${disk.path}/control.sock`;
  const place = ["--data-dir", mesh.dataDir("first"), "--runtime-dir", mesh.runtimeDir];
  const ask = (...words: string[]) => runPeat([...words, ...place], { through: disk.through });
  const documents = new SharedDocuments(socket);
  const peers = new SharedDocuments(`${mesh.dataDir("second")}/control.sock`);
  await using second = mesh.start("second");
  await second.line(/^ready/);
  const acknowledged = new Map<string, unknown>();
  {
    await using first = mesh.startIn({ through: disk.through }, "first");
    await first.line(/^ready/);
    await mesh.untilConnected("second", "first");
    await documents.set("notes/kept", { route: "north" }, 1);
    acknowledged.set("notes/kept", { route: "north" });

    await disk.fill(first.pid);
    const refused = await untilRefused(documents, acknowledged);
    await peers.set("notes/late", { text: TEXT });
    const put = await ask("state", "put", "notes/refused", `{"text":"${TEXT}"}`, "--wait");
    equal(put.code, 1);
    equal(put.stdout, "");
    match(put.stderr, /^peat: cannot write notes\/refused: the disk refused it \(.*\); free space/);
    for (const [key, value] of acknowledged) deepEqual((await documents.find(key))?.value, value);
    for (const key of [refused, "notes/refused"]) {
      equal(await documents.find(key), undefined);
      equal(await peers.find(key), undefined);
    }
    // What it could not keep it does not claim to have.
    deepEqual((await peers.find("notes/late"))?.heldBy, []);
    const status = JSON.parse((await ask("node", "status", "--json")).stdout);
    ok(status.counts.documentSavesFailed > 0);
    equal(status.state, "running");

    await disk.free(first.pid);
    await peers.until("notes/late", (view) => view?.heldBy.includes("first") === true, 60_000);
    await documents.set("notes/after", { all: "well" }, 1);
    acknowledged.set("notes/after", { all: "well" });
    await disk.fill(first.pid);
    await untilRefused(documents, acknowledged);
    first.signal("SIGKILL");
    await first.ended();
    await disk.free(first.pid).catch(() => {}); // A limit ended with its process.
  }
  await using first = mesh.startIn({ through: disk.through }, "first");
  await first.line(/^ready/);
  for (const [key, value] of acknowledged) deepEqual((await documents.find(key))?.value, value);
}

/** Writes one document after the other until one is refused, and answers which. */
async function untilRefused(
  documents: SharedDocuments,
  acknowledged: Map<string, unknown>,
): Promise<string> {
  for (let count = 0; count < MOST_WRITES; count++) {
    const key = `notes/n${acknowledged.size}`;
    const value = { text: TEXT };
    const [result] = await documents.write({ writes: [{ key, edits: [{ kind: "put", value }] }] });
    if (result !== undefined && "error" in result) {
      equal(result.error.code, "disk", result.error.message);
      return key;
    }
    acknowledged.set(key, value);
  }
  throw new Error(`Cannot see the disk full: it took ${MOST_WRITES} writes`);
}
