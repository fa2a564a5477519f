import { deepEqual, equal, match } from "node:assert/strict";
import { temporaryFolder } from "./harness.ts";
import { TestProcess } from "./test_process.ts";
import { until } from "./until.ts";

/** Which processes work in the folder, or below it. */
function processesIn(folder: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      return Deno.readLinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false; // No process, or another one's, or it has just ended.
    }
  });
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test({
    name: `a hunt for a planted bug that ${signal} ends leaves no process and no folder behind`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using folder = await temporaryFolder();
      await using planted = new TestProcess({
        program: Deno.execPath(),
        // Nobody comes to know of it within seconds.
        args: ["run", "-A", "scripts/planted.ts", "whoever hands on a node's document", "--ndjson"],
        env: { TMPDIR: folder.path },
      });
      await until(
        "the simulator start",
        () => {
          planted.throwIfEnded();
          return processesIn(folder.path);
        },
        (processes) => processes.length > 0,
      );
      const ended = await planted.stop(signal);
      equal(ended.code, code, ended.stderr);
      match(ended.stdout, /^\{"type":"planted","of":1,"hunted":0,"found":0,/);
      deepEqual(processesIn(folder.path), []);
      deepEqual(await Array.fromAsync(Deno.readDir(folder.path)), []);
    },
  });
}

for (
  const [what, args] of [
    ["a bug that there is not", ["no bug has this name"]],
    ["no number of seeds", ["--seeds", "many"]],
    ["one folder for several bugs", ["a", "--keep", "/nonexistent"]],
  ] as const
) {
  Deno.test(`a hunt for ${what} is refused`, async () => {
    await using planted = new TestProcess({
      program: Deno.execPath(),
      args: ["run", "-A", "scripts/planted.ts", ...args],
    });
    const { code, stdout, stderr } = await planted.ended();
    equal(code, 4, stderr);
    equal(stdout, "");
    match(stderr, /^planted: /);
  });
}
