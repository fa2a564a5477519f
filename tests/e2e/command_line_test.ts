import { equal, match } from "node:assert/strict";
import { peatCommand, runPeat } from "./harness.ts";

/** Runs a line of sh in which `"$@"` is peat with these arguments. */
async function throughShell(line: string, args: readonly string[]) {
  const output = await new Deno.Command("sh", {
    args: ["-c", line, "sh", ...peatCommand(), ...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

Deno.test("version says on one line what runs here", async () => {
  const { code, stdout, stderr } = await runPeat(["version"]);
  equal(code, 0);
  match(stdout, /^peat \d+\.\d+\.\d+.*\n$/);
  equal(stderr, "");
});

Deno.test("version as JSON names the version and the kind of executable", async () => {
  const { code, stdout } = await runPeat(["version", "--json"]);
  equal(code, 0);
  const { version, kind } = JSON.parse(stdout);
  match(version, /^\d+\.\d+\.\d+$/);
  const kinds = Deno.env.get("PEAT_BINARY") ? /^(?:compiled|portable)$/ : /^source$/;
  match(kind, kinds);
});

Deno.test("help goes to standard output and shows examples before commands", async () => {
  const { code, stdout, stderr } = await runPeat(["--help"]);
  equal(code, 0);
  match(stdout, /EXAMPLES[\s\S]*COMMANDS/);
  equal(stderr, "");
});

Deno.test("a mistyped command is a usage error on one line of standard error", async () => {
  const { code, stdout, stderr } = await runPeat(["verson"]);
  equal(code, 4);
  equal(stdout, "");
  match(stderr, /^peat: cannot .*version.*\n$/);
});

Deno.test("an unknown flag is a usage error", async () => {
  const { code, stdout } = await runPeat(["version", "--no-such-flag"]);
  equal(code, 4);
  equal(stdout, "");
});

Deno.test("a pipe that nobody reads ends peat quietly with 0", async () => {
  const { stdout, stderr } = await throughShell('{ sleep 0.2; "$@"; echo "code $?" >&2; } | :', [
    "--help",
  ]);
  equal(stdout, "");
  equal(stderr, "code 0\n");
});

Deno.test("a full disk is an error on one line with code 1", async () => {
  const { code, stderr } = await throughShell('"$@" >/dev/full', ["version"]);
  equal(code, 1);
  match(stderr, /^peat: cannot write .*\n$/);
});
