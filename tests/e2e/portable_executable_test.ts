/** Holds what the launcher of the portable executable promises. Needs PEAT_BINARY to name one. */
import { deepEqual, equal, match } from "node:assert/strict";
import { peatCommand, temporaryFolder } from "./harness.ts";
import { isPortable } from "./portable.ts";

const EXECUTABLE = isPortable() ? peatCommand()[0] : undefined;
const DAMAGED = "peat: cannot start: this copy is damaged; copy it again\n";

/** A test with a copy of the executable and an empty home. The source has no launcher to test. */
function portableTest(name: string, test: (copy: string, home: string) => Promise<void>): void {
  if (EXECUTABLE === undefined) return;
  Deno.test(name, async () => {
    await using folder = await temporaryFolder();
    const [copy, home] = [`${folder.path}/peat`, `${folder.path}/home`];
    await Deno.copyFile(EXECUTABLE, copy);
    await Deno.mkdir(home);
    await test(copy, home);
  });
}

/** Starts the copy with nothing but what is given here; there is no deno and no node on its path. */
function start(copy: string, env: Record<string, string>, args = ["version"]): Deno.ChildProcess {
  return new Deno.Command(copy, {
    args,
    env: { PATH: "/usr/bin:/bin", ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function finish(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function run(copy: string, env: Record<string, string>, args?: string[]) {
  return finish(start(copy, env, args));
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

portableTest("a copy alone unpacks once, privately, and starts again from there", async (
  copy,
  home,
) => {
  for (const _ of ["first", "later"]) {
    const { code, stdout, stderr } = await run(copy, { HOME: home });
    equal(stderr, "");
    equal(code, 0);
    match(stdout, /^peat .*portable/);
  }
  equal((await Deno.stat(`${home}/.cache/peat`)).mode! & 0o777, 0o700);
  deepEqual((await names(`${home}/.cache/peat`)).map((name) => name.replace(/-.*/, "")), [
    "bundle",
    "runtime",
  ]);
});

portableTest("ten first starts at once all work", async (copy, home) => {
  const children = Array.from({ length: 10 }, () => start(copy, { HOME: home }));
  const results = await Promise.all(children.map(finish));
  deepEqual(results.map(({ code }) => code), Array(10).fill(0));
  equal((await names(`${home}/.cache/peat`)).length, 2);
});

portableTest("a start that was killed while it unpacked stops no later one", async (copy, home) => {
  const child = start(copy, { HOME: home });
  const cache = `${home}/.cache/peat`;
  while (!(await names(cache).catch(() => [])).some((name) => name.startsWith(".unpacking-"))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill("SIGKILL");
  await finish(child);
  equal((await run(copy, { HOME: home })).code, 0);
  equal((await names(cache)).length, 2);
});

for (const keptBytes of [1_000, 5_000, 30_000, 1_000_000]) {
  portableTest(`a copy cut to ${keptBytes} bytes says so`, async (copy, home) => {
    await Deno.truncate(copy, keptBytes);
    deepEqual(await run(copy, { HOME: home }), { code: 1, stdout: "", stderr: DAMAGED });
    deepEqual(await names(home), []);
  });
}

portableTest("a copy with one byte changed says so", async (copy, home) => {
  using file = await Deno.open(copy, { write: true });
  await file.seek(-1000, Deno.SeekMode.End);
  await file.write(new Uint8Array([0, 255]));
  file.close();
  deepEqual(await run(copy, { HOME: home }), { code: 1, stdout: "", stderr: DAMAGED });
});

portableTest("a folder that others can write to is refused", async (copy, home) => {
  await Deno.chmod(home, 0o777);
  const { code, stdout, stderr } = await run(copy, { PEAT_RUNTIME_DIR: home });
  deepEqual({ code, stdout }, { code: 1, stdout: "" });
  match(stderr, /^peat: cannot start: .* is not a private, writable folder of this user; .*\n$/);
});

portableTest("without a home it unpacks once into the temporary folder", async (copy, home) => {
  for (const _ of ["first", "later"]) equal((await run(copy, { TMPDIR: home })).code, 0);
  equal((await names(home)).length, 1);
});

portableTest("arguments arrive as they were given", async (copy, home) => {
  const { code, stderr } = await run(copy, { HOME: home }, ["no such  command", "--", "-x"]);
  equal(code, 4);
  match(stderr, /no such {2}command/);
});
