import assert from "node:assert/strict";
import { removeIfThere, writeFileAtomically } from "../../../src/store/atomic_file.ts";
import { DataDirectory } from "../../../src/store/data_directory.ts";

async function inFolder(test: (path: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}

Deno.test("a data directory is made with its parents, for its owner alone", () =>
  inFolder(async (folder) => {
    const directory = await DataDirectory.open(`${folder}/a/b`);
    assert.equal(modeOf(`${folder}/a/b`), 0o700);
    directory.close();
  }));

Deno.test("only one holder has a data directory, and the next gets it when that one closes", () =>
  inFolder(async (folder) => {
    const first = await DataDirectory.open(folder);
    await assert.rejects(() => DataDirectory.open(folder), {
      message: `Cannot start node: data directory ${folder} is in use by process ${Deno.pid}`,
      hint: "use --data-dir or --id",
    });
    first.close();
    (await DataDirectory.open(folder)).close();
  }));

Deno.test("an open directory is closed to others if it is empty or a node's, else refused", () =>
  inFolder(async (folder) => {
    Deno.chmodSync(folder, 0o755);
    (await DataDirectory.open(folder)).close();
    assert.equal(modeOf(folder), 0o700);
    Deno.chmodSync(folder, 0o755);
    Deno.writeTextFileSync(`${folder}/diary`, "");
    await assert.rejects(() => DataDirectory.open(folder), { code: "data-directory-not-private" });
    assert.equal(modeOf(folder), 0o755);
  }));

Deno.test("a file in the way of a data directory is told", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    await assert.rejects(() => DataDirectory.open(`${folder}/file`), {
      code: "data-directory-unusable",
    });
  }));

Deno.test("an atomic write leaves one file, with the new text and its mode", () =>
  inFolder((folder) => {
    writeFileAtomically(`${folder}/run.json`, "one");
    writeFileAtomically(`${folder}/run.json`, "two");
    assert.equal(Deno.readTextFileSync(`${folder}/run.json`), "two");
    assert.equal(modeOf(`${folder}/run.json`), 0o600);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["run.json"]);
    removeIfThere(`${folder}/run.json`);
    removeIfThere(`${folder}/run.json`);
  }));
