import assert from "node:assert/strict";
import { parseArguments } from "../../../src/cli/arguments.ts";
import { command } from "../../../src/cli/command.ts";
import { ExitCode } from "../../../src/cli/exit_code.ts";
import {
  argument,
  option,
  optionalArgument,
  repeated,
  restArguments,
  toggle,
} from "../../../src/cli/flags.ts";
import { choice, duration, integer, list, named, text } from "../../../src/cli/kind.ts";

const EXAMPLE = command({
  examples: [],
  settings: ["discovery"],
  flags: {
    watch: toggle("repaint"),
    count: option(integer({ least: 1 }), "how many", { default: "5", alias: "n" }),
    everyMs: option(duration, "how often"),
    wait: option(choice("leader", "peers"), "for what", { implied: "leader" }),
    tag: repeated(text, "a tag"),
    columns: option(list(text), "which"),
  },
  args: { id: argument(named("ID", text), "which"), file: optionalArgument(text, "a file") },
  run() {},
});

function parse(...words: string[]) {
  return parseArguments(EXAMPLE, "peat example", words);
}

async function refuses(words: string[], message: string, hint?: string) {
  const expected = { exitCode: ExitCode.usage, message, ...(hint === undefined ? {} : { hint }) };
  await assert.rejects(parse(...words), expected);
}

Deno.test("flags and arguments come out under the names of the definition", async () => {
  const words = ["a", "--watch", "-n", "2", "--every", "1m", "--tag", "x", "--tag=y", "f"];
  const { flags, args } = await parse(...words);
  assert.deepEqual(flags, {
    watch: true,
    count: 2,
    everyMs: 60_000,
    wait: undefined,
    tag: ["x", "y"],
    columns: undefined,
  });
  assert.deepEqual(args, { id: "a", file: "f" });
});

Deno.test("what is not given has its default, or is undefined", async () => {
  const { flags, args, settings, verbosity } = await parse("a");
  assert.deepEqual(flags, {
    watch: false,
    count: 5,
    everyMs: undefined,
    wait: undefined,
    tag: [],
    columns: undefined,
  });
  assert.deepEqual([args.file, settings, verbosity], [undefined, {}, 0]);
});

Deno.test("a flag whose value may be left out does not take the next word", async () => {
  const { flags, args } = await parse("--wait", "a");
  assert.deepEqual([flags.wait, args.id], ["leader", "a"]);
  assert.equal((await parse("--wait=peers", "a")).flags.wait, "peers");
});

Deno.test("settings come apart from flags, and lists of them add up", async () => {
  const words = ["a", "--json", "--discovery", "mdns", "--discovery=static,mdns", "-vv"];
  const { settings, verbosity } = await parse(...words);
  assert.deepEqual(settings, { output: "json", discovery: ["mdns", "static", "mdns"] });
  assert.equal(verbosity, 2);
});

Deno.test("a list flag may be repeated or cut at commas", async () => {
  assert.deepEqual((await parse("a", "--columns", "x,y", "--columns=z")).flags.columns, [
    "x",
    "y",
    "z",
  ]);
});

Deno.test("behind two dashes everything is an argument", async () => {
  assert.deepEqual((await parse("--", "--watch", "--json")).args, {
    id: "--watch",
    file: "--json",
  });
});

Deno.test("a negative number and a lone dash are values", async () => {
  assert.deepEqual((await parse("-", "--tag", "-33.9,18.4")).flags.tag, ["-33.9,18.4"]);
});

Deno.test("what cannot be understood is refused with what to do", async () => {
  await refuses(
    ["a", "--wacth"],
    "Cannot use --wacth: peat example has no such flag",
    "did you mean --watch?",
  );
  await refuses(
    ["a", "--jsn"],
    "Cannot use --jsn: peat example has no such flag",
    "did you mean --json?",
  );
  await refuses(["a", "-x"], "Cannot use -x: peat example has no such flag");
  await refuses([], "Cannot run peat example: ID is missing", "run `peat example --help`");
  await refuses(["a", "b", "c"], 'Cannot run peat example: "c" is one argument too many');
  await refuses(["a", "--every"], "Cannot use --every: its value is missing");
  await refuses(["a", "--count", "--watch"], "Cannot use --count: its value is missing");
  await refuses(
    ["a", "--count", "1", "--count", "2"],
    'Cannot use --count twice: it was "1" before',
  );
  await refuses(
    ["a", "--count", "0"],
    'Cannot use "0": it is not a whole number of 1 or more (--count)',
  );
  await refuses(
    ["a", "--wait=lead"],
    'Cannot use "lead": it is not one of leader, peers (--wait)',
    "did you mean leader?",
  );
});

Deno.test("a rest of arguments has a least number", async () => {
  const rest = command({
    examples: [],
    args: { ids: restArguments(named("ID", text), "which", 1) },
    run() {},
  });
  assert.deepEqual((await parseArguments(rest, "peat rest", ["a", "b"])).args.ids, ["a", "b"]);
  await assert.rejects(parseArguments(rest, "peat rest", []), {
    message: "Cannot run peat rest: ID is missing",
  });
});

Deno.test("a required flag that is missing is named", async () => {
  const strict = command({
    examples: [],
    flags: { to: option(text, "where", { required: true }) },
    run() {},
  });
  await assert.rejects(parseArguments(strict, "peat strict", []), {
    exitCode: ExitCode.usage,
    message: "Cannot use --to: its value is missing",
  });
});
