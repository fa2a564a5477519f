import assert from "node:assert/strict";
import { command } from "../../../src/cli/command.ts";
import { argument, option, toggle } from "../../../src/cli/flags.ts";
import { choice, filePath, list, nodeId } from "../../../src/cli/kind.ts";
import { propose } from "../../../src/cli/propose.ts";
import type { GroupRoute } from "../../../src/cli/route.ts";

const show = command({
  examples: [],
  flags: {
    deep: toggle("further down"),
    kind: option(list(choice("leader", "member")), "which"),
    from: option(filePath, "a file"),
  },
  args: { node: argument(nodeId, "which") },
  run() {},
});

const load = () => Promise.resolve(show);

const ROOT: GroupRoute = {
  brief: "",
  routes: {
    show: { brief: "show one", load },
    shove: { brief: "push one", load },
    help: { brief: "explain", load },
    __hidden: { brief: "", hidden: true, load },
  },
};

async function words(...line: string[]): Promise<readonly string[]> {
  const nodeIds = () => Promise.resolve(["alpha", "beta"]);
  const { proposals, delegate } = await propose(ROOT, line, { nodeIds, topics: ["exit-codes"] });
  return delegate === undefined ? proposals.map(({ word }) => word) : [`:${delegate}`];
}

Deno.test("the first word is a command, never a hidden one", async () => {
  assert.deepEqual(await words(""), ["show", "shove", "help"]);
  assert.deepEqual(await words("--json", "sho"), ["show", "shove"]);
  assert.deepEqual(await words("__"), []);
});

Deno.test("a dash asks for the flags that are not used yet", async () => {
  assert.deepEqual(await words("show", "--de"), ["--deep"]);
  assert.deepEqual(await words("show", "--deep", "--de"), []);
  assert.deepEqual(await words("show", "--kind", "leader", "--ki"), ["--kind"]);
  assert.ok((await words("show", "-")).includes("--output"));
});

Deno.test("behind a flag stand its values", async () => {
  assert.deepEqual(await words("show", "--output", ""), ["text", "json", "ndjson"]);
  assert.deepEqual(await words("show", "--output=j"), ["--output=json"]);
  assert.deepEqual(await words("show", "-o", "nd"), ["ndjson"]);
});

Deno.test("in a list the item under the cursor is completed", async () => {
  assert.deepEqual(await words("show", "--kind", "leader,m"), ["leader,member"]);
});

Deno.test("files are the shell's business", async () => {
  assert.deepEqual(await words("show", "--from", "x"), [":file"]);
});

Deno.test("where a node is wanted stand the nodes there are", async () => {
  assert.deepEqual(await words("show", ""), ["alpha", "beta"]);
  assert.deepEqual(await words("show", "alpha", ""), []);
});

Deno.test("behind help stand commands and topics", async () => {
  assert.deepEqual(await words("help", "e"), ["exit-codes"]);
  assert.deepEqual(await words("help", "sho"), ["show", "shove"]);
});

Deno.test("behind a word that leads nowhere stands nothing", async () => {
  assert.deepEqual(await words("quux", ""), []);
  assert.deepEqual(await words("show", "--quux="), []);
});
