/**
 * Runs command lines as a person would and compares all that comes back with files in `expected/`.
 * `deno test -A tests/golden -- --update` writes the files anew; the diff shows what changes.
 */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { type Case, CASES } from "./cases.ts";
import { runPeat, withHome } from "./peat.ts";

const UPDATE = Deno.args.includes("--update");

for (const golden of CASES) {
  Deno.test(`peat ${golden.line.map((word) => JSON.stringify(word)).join(" ")} (${golden.name})`, () =>
    check(golden));
}

Deno.test("every expected file belongs to a case", async () => {
  const names = new Set(CASES.map(({ name }) => `${name}.txt`));
  const files = await Array.fromAsync(Deno.readDir(expectedPath("")));
  assert.deepEqual(files.map(({ name }) => name).filter((name) => !names.has(name)), []);
});

async function check(golden: Case): Promise<void> {
  const actual = await withHome(async (home) => {
    for (const [path, content] of Object.entries(golden.files ?? {})) {
      await Deno.mkdir(dirname(`${home}/${path}`), { recursive: true });
      await Deno.writeTextFile(`${home}/${path}`, content);
    }
    return masked(transcript(golden, await runPeat(golden.line, { ...golden, home })), home);
  });
  const path = expectedPath(`${golden.name}.txt`);
  if (UPDATE) return await Deno.writeTextFile(path, actual);
  assert.equal(actual, await Deno.readTextFile(path));
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function transcript({ line }: Case, { code, stdout, stderr }: Result): string {
  const typed = ["peat", ...line.map(quoted)].join(" ");
  return `$ ${typed}\nexit ${code}\n--- stdout\n${stdout}--- stderr\n${stderr}`;
}

function quoted(word: string): string {
  if (/^[\w./:=@-]+$/.test(word)) return word;
  return `$'${JSON.stringify(word).slice(1, -1).replaceAll("'", "\\'")}'`;
}

/** What differs from machine to machine and from moment to moment. */
function masked(text: string, home: string): string {
  return text
    .replaceAll(home, "HOME")
    .replaceAll(Deno.version.deno, "DENO")
    .replaceAll(Deno.version.v8, "V8")
    .replaceAll(Deno.build.target, "TARGET")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/g, 'TIME"');
}

function expectedPath(name: string): string {
  return `${import.meta.dirname}/expected/${name}`;
}
