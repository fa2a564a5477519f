import { deepEqual, equal, match } from "node:assert/strict";
import { peatCommand, temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";
import { SharedDocuments } from "./shared_documents.ts";
import { TestProcess } from "./test_process.ts";

Deno.test("watching without a name shows every document that there is, that comes and that goes", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using node = mesh.start("first");
  await node.line(/^ready/);
  const documents = new SharedDocuments(`${mesh.dataDir("first")}/control.sock`);
  await documents.set("alerts/fire", { at: "ridge" });
  await documents.set("notes/plan", { route: "north" });
  const place = ["--data-dir", mesh.dataDir("first"), "--runtime-dir", mesh.runtimeDir];
  await using watch = new TestProcess({
    program: peatCommand()[0],
    args: [...peatCommand().slice(1), "state", "watch", "--count", "6", "-o", "ndjson", ...place],
    graceMs: 5_000,
  });
  await watch.line(/"plan"/, { from: "stdout" });
  await documents.set("tracks/first", { speed: 3 });
  await watch.line(/"tracks"/, { from: "stdout" });
  await documents.set("notes/plan", { route: "north" }); // Nothing new, and so not shown again.
  await documents.set("notes/plan", { route: "south" });
  await watch.line(/south/, { from: "stdout" });
  await documents.write({ writes: [{ key: "notes/plan", edits: [{ kind: "delete" }] }] });
  await watch.line(/"deleted"/, { from: "stdout" });
  await documents.set("notes/plan", { route: "north" });
  const { code, stdout } = await watch.ended();
  equal(code, 0);
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  deepEqual(
    lines.map((
      { type, collection, id, value, deleted },
    ) => [type, `${collection}/${id}`, value ?? { deleted }]),
    [
      ["document", "alerts/fire", { at: "ridge" }],
      ["document", "notes/plan", { route: "north" }],
      ["document", "tracks/first", { speed: 3 }],
      ["document", "notes/plan", { route: "south" }],
      ["document", "notes/plan", { deleted: true }],
      ["document", "notes/plan", { route: "north" }],
    ],
  );
});

Deno.test("watching ends quietly with 0 when its reader leaves", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using node = mesh.start("first");
  await node.line(/^ready/);
  const documents = new SharedDocuments(`${mesh.dataDir("first")}/control.sock`);
  await documents.set("notes/plan", { round: 0 });
  const words = ["state", "watch", "-o", "ndjson", "--data-dir", mesh.dataDir("first")];
  await using piped = new TestProcess({
    program: "sh",
    args: [
      ...["-c", '{ "$@"; echo "code $?" >&2; } | head -n 1', "sh"],
      ...[...peatCommand(), ...words, "--runtime-dir", mesh.runtimeDir],
    ],
  });
  await piped.line(/"round":0/, { from: "stdout" });
  let isOver = false;
  const ended = piped.ended().finally(() => isOver = true);
  for (let round = 1; !isOver; round++) {
    await documents.set("notes/plan", { round });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { stdout, stderr } = await ended;
  equal(stdout.trim().split("\n").length, 1);
  match(stderr, /^code 0\n$/);
});
