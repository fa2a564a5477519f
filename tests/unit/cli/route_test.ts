import assert from "node:assert/strict";
import { command } from "../../../src/cli/command.ts";
import { ExitCode } from "../../../src/cli/exit_code.ts";
import { findRoute, type GroupRoute, visibleNames } from "../../../src/cli/route.ts";

const load = () => Promise.resolve(command({ examples: [], run() {} }));

const ROOT: GroupRoute = {
  brief: "a program",
  routes: {
    nodes: { brief: "a list", load },
    node: { brief: "one", routes: { run: { brief: "run it", load } } },
    __secret: { brief: "hidden", hidden: true, load },
  },
};

Deno.test("words lead to a command and leave the rest", () => {
  const { path, rest } = findRoute(ROOT, ["node", "run", "--id", "a"]);
  assert.deepEqual([path, rest], [["node", "run"], ["--id", "a"]]);
});

Deno.test("a group ends at a flag or at the end", () => {
  assert.deepEqual(findRoute(ROOT, ["node", "--help"]).rest, ["--help"]);
  assert.deepEqual(findRoute(ROOT, []).path, []);
});

Deno.test("a hidden command runs but is not named", () => {
  assert.deepEqual(findRoute(ROOT, ["__secret"]).path, ["__secret"]);
  assert.deepEqual(visibleNames(ROOT.routes), ["nodes", "node"]);
});

Deno.test("an unknown word is refused with the nearest command", () => {
  assert.throws(() => findRoute(ROOT, ["ndoe"]), {
    exitCode: ExitCode.usage,
    message: 'Cannot run "peat ndoe": there is no such command',
    hint: "did you mean peat node?",
  });
  assert.throws(() => findRoute(ROOT, ["node", "rnu"]), { hint: "did you mean peat node run?" });
  assert.throws(() => findRoute(ROOT, ["toString"]), {
    hint: "run `peat --help` for those there are",
  });
});
