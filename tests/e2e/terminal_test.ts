/** Whatever others called themselves or wrote, a terminal is sent nothing that it would obey. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Capability } from "../../src/core/capability/capability.ts";
import { Attacker } from "./attacker.ts";
import { temporaryFolder } from "./harness.ts";
import { createFormation, TestMesh } from "./mesh.ts";
import { SharedDocuments } from "./shared_documents.ts";
import { Stranger } from "./stranger.ts";

/** What commands terminals, ends lines, or turns text around. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f]/;
const CLEAR = "\u001b[2J";
const NASTY = `a${CLEAR}\u009b2J\u0007b\nc\rd\u202ee\u200bf`;
/** What no decoder refuses. */
const HIDDEN = "a\u202eb\u200bc\u2066d";

const SPEAK_EVERY_MS = 200;

/** Does it now and from now on, one time after the other, until it is disposed of. */
function repeatedly(everyMs: number, act: () => Promise<void>): AsyncDisposable {
  let isOver = false;
  const done = (async () => {
    while (!isOver) {
      await act();
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  })();
  return {
    [Symbol.asyncDispose]() {
      isOver = true;
      return done;
    },
  };
}

Deno.test("names and values with line feeds and escape codes never reach a terminal raw", async () => {
  await using folder = await temporaryFolder();
  const formationPath = await createFormation(folder.path, "alpha");
  const mesh = new TestMesh(folder.path, { formationPath });
  await using stranger = await Stranger.listen(mesh.beaconPort);
  await using node = mesh.start("first", "--capability", `sensor:eye=1,note=${HIDDEN}`);
  await node.line(/^ready/);
  const nodes = ["mallory", "trudy"].map((id) => {
    Deno.mkdirSync(mesh.dataDir(id));
    return Attacker.of(id, mesh.dataDir(id), formationPath);
  }) as [Attacker, Attacker];
  const can = (name: string): Capability[] => [
    { type: "sensor", name, confidence: 1, metadata: { [name]: name } },
  ];
  // Again and again, because who falls silent is missed before long.
  await using _speaking = repeatedly(SPEAK_EVERY_MS, () =>
    stranger.send([
      nodes[0].beacon("mallory", { cell: HIDDEN, version: HIDDEN, capabilities: can(HIDDEN) }),
      // A control character makes the whole beacon malformed.
      nodes[1].beacon("trudy", { cell: NASTY, version: NASTY, capabilities: can(NASTY) }),
    ]));
  await mesh.untilSeen("first", "mallory", "alive");
  await mesh.untilRejected("first", "malformed");
  const documents = new SharedDocuments(`${mesh.dataDir("first")}/control.sock`);
  await documents.set("notes/a", { [NASTY]: NASTY, list: [NASTY] });

  const asks = async (...words: string[]) => {
    const { code, stdout, stderr } = await mesh.ask("first", ...words);
    ok(code === 0 || words[0] === "cell", stderr);
    const title = words.join(" ");
    ok(!UNSAFE.test(stdout + stderr), `${title}: ${JSON.stringify(stdout + stderr)}`);
    return stdout.trimEnd().split("\n");
  };
  const seen = await asks("nodes");
  deepEqual([seen.length, seen[2]?.split(" ")[0]], [3, "mallory"]);
  ok(seen[2]!.includes("\\u202e"), seen[2]);
  equal((await asks("query", "*")).length, 4);
  equal((await asks("capability", "ls")).length, 2);
  equal((await asks("state", "ls")).filter((line) => line.startsWith("notes/")).length, 1);
  equal((await asks("state", "get", "notes")).length, 1);
  equal((await asks("state", "watch", "notes/a", "--count", "1")).length, 1);
  for (const format of ["text", "json", "ndjson"]) {
    await asks("state", "get", "notes/a", "--output", format);
    await asks("state", "watch", "notes/a", "--count", "1", "--output", format);
    await asks("nodes", "--output", format);
    await asks("query", "*", "--output", format);
  }
});
