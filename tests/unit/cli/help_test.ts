import assert from "node:assert/strict";
import { command } from "../../../src/cli/command.ts";
import { argument, option, repeated, toggle } from "../../../src/cli/flags.ts";
import { helpFor, wrapped } from "../../../src/cli/help.ts";
import { integer, named, text } from "../../../src/cli/kind.ts";
import { paintFor } from "../../../src/cli/paint.ts";
import { findRoute, type GroupRoute } from "../../../src/cli/route.ts";

const show = command({
  examples: [["peat show a", "look at a"]],
  description: "It shows.",
  settings: ["cell"],
  flags: {
    deep: toggle("further down"),
    count: option(integer(), "how many", { default: "5", alias: "n" }),
    wait: option(text, "for what", { implied: "leader" }),
    tag: repeated(named("TAG", text), "a tag"),
  },
  args: { id: argument(named("ID", text), "which") },
  run() {},
});

const ROOT: GroupRoute = {
  brief: "A program.",
  routes: { show: { brief: "Show one", load: () => Promise.resolve(show) } },
};

function help(...words: string[]): Promise<string> {
  return helpFor(ROOT, findRoute(ROOT, words), paintFor(false));
}

Deno.test("a command's help begins with examples and names every flag once", async () => {
  const lines = (await help("show")).split("\n");
  assert.deepEqual(lines.slice(0, 19), [
    "Show one",
    "",
    "It shows.",
    "",
    "EXAMPLES",
    "  peat show a  look at a",
    "",
    "USAGE",
    "  peat show [FLAGS] ID",
    "",
    "ARGUMENTS",
    "  ID  which",
    "",
    "FLAGS",
    "  --deep         further down",
    "  -n, --count N  how many [5]",
    "  --wait[=TEXT]  for what",
    "  --tag TAG…     a tag",
    "  --cell ID      the cell to join; auto: that of the place where it is, with others [none, until an operator assigns it to one]",
  ]);
});

Deno.test("the program's help lists its commands", async () => {
  assert.match(await help(), /\nCOMMANDS\n {2}show {2}Show one\n/);
});

Deno.test("prose is cut between words, and paragraphs stay apart", () => {
  const text = wrapped(`${"word ".repeat(20).trim()}\n\nanother`);
  const lines = text.split("\n");
  assert.deepEqual(lines.map((line) => line.length), [84, 14, 0, 7]);
});
