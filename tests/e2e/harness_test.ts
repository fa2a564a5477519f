import { equal, match, rejects } from "node:assert/strict";
import { startPeat, temporaryFolder } from "./harness.ts";

Deno.test("a line is found whether it was printed before or after it was asked for", async () => {
  await using peat = startPeat(["version"]);
  match(await peat.line(/^peat/, { from: "stdout" }), /^peat \d/);
  match(await peat.line(/^peat/, { from: "stdout" }), /^peat \d/);
  equal((await peat.ended()).code, 0);
});

Deno.test("a line that never comes is an error that shows what did", async () => {
  await using peat = startPeat(["version"]);
  await rejects(peat.line(/^ready/, { from: "stdout" }), /it ended\nstdout: peat \d/);
});

Deno.test("a process that takes too long is an error, and is ended with the test", async () => {
  let pid = 0;
  {
    await using peat = startPeat(["version"]);
    pid = peat.pid;
    await rejects(peat.ended(0), /waited 0 ms/);
  }
  equal(await isAlive(pid), false);
});

Deno.test("a temporary folder is gone when its test is", async () => {
  let path = "";
  {
    await using folder = await temporaryFolder();
    path = folder.path;
    await Deno.writeTextFile(`${path}/file`, "text");
  }
  await rejects(Deno.stat(path), Deno.errors.NotFound);
});

async function isAlive(pid: number): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `kill -0 ${pid}`],
    stderr: "null",
  }).output();
  return success;
}
