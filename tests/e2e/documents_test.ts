/** Documents that real nodes share: see core/state/SPEC.md. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { replayRecording } from "../../src/sim/replay_recording.ts";
import { runPeat, temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";
import { SharedDocuments } from "./shared_documents.ts";

/** A hundred take a few minutes: PEAT_KILLS=100 deno task test tests/e2e/documents_test.ts */
const KILLS = Number(Deno.env.get("PEAT_KILLS") ?? 20);

Deno.test("what one node writes another reads, both keep it, and a recording of it replays", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const recording = `${folder.path}/first.rec`;
  {
    await using first = mesh.start("first");
    await using second = mesh.start("second");
    await Promise.all([first, second].map((node) => node.line(/^ready/)));
    await mesh.untilConnected("first", "second");
    const put = ["state", "put", "notes/plan", '{"route": "north", "who": {"first": 1}}'];
    const written = await mesh.json("first", ...put, "--wait=peers>=1");
    deepEqual(written.acknowledgedBy, ["second"]);
    equal((await mesh.json("second", "state", "get", "notes/plan")).value.route, "north");
    await mesh.json("second", "state", "put", "notes/plan", '{"eta": 12}', "--merge", "--wait");
    const merged = { route: "north", who: { first: 1 }, eta: 12 };
    deepEqual((await mesh.json("first", "state", "get", "notes/plan")).value, merged);
    const [summary] = await mesh.json("first", "state", "ls", "notes");
    deepEqual(summary.writers, ["first", "second"]);
    deepEqual(summary.heldBy, ["second"]);
    await Promise.all([first.stop(), second.stop()]);
  }
  await using first = mesh.start("first", "--record", recording);
  await first.line(/^ready/);
  const { stdout } = await mesh.ask("first", "state", "get", "notes/plan");
  equal(JSON.parse(stdout).eta, 12);
  await mesh.json("first", "state", "put", "notes/plan", '{"eta": 11}', "--merge");
  await mesh.json("first", "state", "delete", "notes/plan", "--yes");
  const gone = await mesh.ask("first", "state", "get", "notes/plan");
  equal(gone.code, 1);
  match(gone.stderr, /there is no such document/);
  await first.stop();
  const lines = Deno.readTextFileSync(recording).split("\n").filter((line) => line !== "");
  const replay = replayRecording(lines, recording);
  equal(replay.differsAt, undefined);
  equal(replay.complete, true);
});

Deno.test("who may not write is told so, and lines are answered one by one", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using first = mesh.start("first");
  await first.line(/^ready/);
  const refused = await mesh.ask("first", "state", "put", "nodes/second", '{"a": 1}');
  equal(refused.code, 3);
  match(refused.stderr, /only the node that its id names writes it/);
  const dry = await mesh.json("first", "state", "put", "notes/a", '{"a": 1}', "--dry-run");
  deepEqual([dry.dryRun, dry.changed], [true, false]);
  equal((await mesh.ask("first", "state", "get", "notes/a")).code, 1);
  const alone = await mesh.ask(
    "first",
    ...["state", "put", "notes/a", '{"a": 1}', "--wait=peers>=1", "--timeout", "300ms"],
  );
  equal(alone.code, 5);
  equal((await mesh.json("first", "state", "get", "notes/a")).value.a, 1);
  const lines = ['{"id": "one", "value": {"n": 1}}', '{"id": "two", "value": 2}', "nonsense"];
  const place = ["--data-dir", mesh.dataDir("first"), "--runtime-dir", mesh.runtimeDir];
  const many = await runPeat(["state", "put", "notes", "-", "-o", "ndjson", ...place], {
    stdin: `${lines.join("\n")}\n`,
  });
  equal(many.code, 6);
  const answers = many.stdout.trim().split("\n").map((line) => JSON.parse(line));
  deepEqual(answers.map(({ line, ok }) => [line, ok]), [[1, true], [2, false], [3, false]]);
  const watch = mesh.ask("first", "state", "watch", "notes/one", "--count", "2", "-o", "ndjson");
  const documents = documentsOf(mesh, "first");
  let isOver = false;
  watch.finally(() => isOver = true).catch(() => {});
  for (let round = 0; !isOver; round++) {
    await documents.set("notes/one", { round });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const seen = (await watch).stdout.trim().split("\n").map((line) => JSON.parse(line).value);
  equal(seen.length, 2);
  ok(seen[1].round !== seen[0].round);
});

Deno.test("what an author wrote reaches who never met it, with the author gone", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using middle = mesh.start("middle");
  {
    await using author = mesh.start("author");
    await Promise.all([author, middle].map((node) => node.line(/^ready/)));
    await mesh.untilConnected("author", "middle");
    await documentsOf(mesh, "author").set("nodes/author", { state: "leaving" }, 1);
    await author.stop();
  }
  await using last = mesh.start("last");
  await last.line(/^ready/);
  const view = await documentsOf(mesh, "last").until("nodes/author", (view) => view !== undefined);
  deepEqual(view!.value, { state: "leaving" });
  deepEqual(view!.writers, ["author"]);
});

Deno.test("who was away for a thousand changes catches up, moving little more than they are", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using writer = mesh.start("writer");
  await writer.line(/^ready/);
  {
    await using reader = mesh.start("reader");
    await reader.line(/^ready/);
    await mesh.untilConnected("writer", "reader");
    await documentsOf(mesh, "writer").set("notes/log", { count: 0, name: "log" }, 1);
    await reader.stop();
  }
  await mesh.untilSeen("writer", "reader", "left");
  const documents = documentsOf(mesh, "writer");
  const before = (await documents.find("notes/log"))!.sizeBytes;
  for (let start = 1; start <= 1_000; start += 100) {
    await documents.write({
      writes: Array.from({ length: 100 }, (_, index) => ({
        key: "notes/log",
        edits: [{ kind: "set" as const, value: { count: start + index } }],
      })),
    });
  }
  const lackedBytes = (await documents.find("notes/log"))!.sizeBytes - before;
  await using reader = mesh.start("reader");
  await reader.line(/^ready/);
  await documentsOf(mesh, "reader").until("notes/log", (view) => view?.value.count === 1_000);
  const { connection } = await mesh.untilConnected("reader", "writer");
  const movedBytes = connection!.bytesIn + connection!.bytesOut;
  ok(movedBytes <= 1.5 * lackedBytes, `moved ${movedBytes} bytes for ${lackedBytes}`);
});

Deno.test("some MiB of history reach a new peer that is killed on the way, and goes on from its disk", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  await using writer = mesh.start("writer");
  await writer.line(/^ready/);
  const documents = documentsOf(mesh, "writer");
  for (let round = 0; round < 72; round++) {
    const noise = crypto.getRandomValues(new Uint8Array(36_000)).toBase64();
    await documents.set("notes/long", { [`f${round % 5}`]: noise, round });
  }
  const whole = (await documents.find("notes/long"))!;
  ok(whole.sizeBytes > 3 << 20, `${whole.sizeBytes} bytes`);
  {
    await using reader = mesh.start("reader");
    await reader.line(/^ready/);
    const some = await documentsOf(mesh, "reader").until("notes/long", (view) => !!view);
    reader.signal("SIGKILL");
    await reader.ended();
    ok(some!.sizeBytes < whole.sizeBytes, `${some!.sizeBytes} of ${whole.sizeBytes} bytes`);
  }
  await using reader = mesh.start("reader");
  await reader.line(/^ready/);
  const shared = documentsOf(mesh, "reader");
  const view = await shared.until("notes/long", (view) => view?.value.round === 71, 60_000);
  deepEqual(view!.value, whole.value);
  equal(view!.sizeBytes, whole.sizeBytes);
  const { connection } = await mesh.untilConnected("reader", "writer");
  ok(connection!.bytesIn < whole.sizeBytes, `moved ${connection!.bytesIn} bytes the second time`);
});

Deno.test("a node that is killed again and again loses nothing that it acknowledged", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const acknowledged = new Map<string, number>();
  for (let life = 0; life < KILLS; life++) {
    await using node = mesh.start("victim");
    await node.line(/^ready/);
    const documents = documentsOf(mesh, "victim");
    for (const [key, count] of acknowledged) {
      const view = await documents.find(key);
      const found = view?.value.count;
      ok(typeof found === "number" && found >= count, `${key} has ${found}, not ${count}`);
    }
    // Some lives end before anything was acknowledged; on a slow machine not all of them do.
    let isDoomed = false;
    const doom = (afterMs: number) => {
      if (!isDoomed) setTimeout(() => node.signal("SIGKILL"), afterMs);
      isDoomed = true;
    };
    if (life % 2 === 0) doom(Math.random() * 300);
    const writers = ["notes/a", "notes/b", "nodes/victim"].map(async (key) => {
      for (let count = (acknowledged.get(key) ?? 0) + 1;; count++) {
        await documents.set(key, { count });
        acknowledged.set(key, count);
        doom(Math.random() * 100);
      }
    });
    // Each ends when the node does.
    await Promise.allSettled(writers);
    await node.ended();
  }
  ok(acknowledged.size > 0);
});

Deno.test("a node whose documents cannot be read goes on without, and says what to do", async () => {
  await using folder = await temporaryFolder();
  const mesh = new TestMesh(folder.path);
  Deno.mkdirSync(mesh.dataDir("first"), { mode: 0o700, recursive: true });
  {
    await using first = mesh.start("first");
    await first.line(/^ready/);
    await documentsOf(mesh, "first").set("notes/a", { a: 1 });
    await first.stop();
  }
  const path = `${mesh.dataDir("first")}/documents.db`;
  Deno.writeFileSync(path, new Uint8Array(8_192).fill(7));
  await using first = mesh.start("first");
  await first.line(/^ready/);
  const { code, stderr } = await mesh.ask("first", "state", "ls");
  equal(code, 1);
  match(stderr, /documents: .* is damaged/);
  equal((await mesh.ask("first", "node", "status")).code, 0);
});

function documentsOf(mesh: TestMesh, id: string): SharedDocuments {
  return new SharedDocuments(`${mesh.dataDir(id)}/control.sock`);
}
