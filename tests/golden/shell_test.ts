/** What a shell does to a command: pipes that end early, disks that are full, input that is not there. */
import assert from "node:assert/strict";
import { ExitCode } from "../../src/cli/exit_code.ts";
import { runPeat, runShell, startPeat, withHome } from "./peat.ts";

const ESCAPE = "\x1b";
const TYPE = "cap.node.v1.NodeConfig";

function shell(line: string) {
  return withHome((home) => runShell(line, { home }));
}

Deno.test("a pipe whose reader has left ends quietly with 0", async () => {
  const { code, stdout, stderr } = await shell(
    "peat wire types | head -n 1; echo ${PIPESTATUS[0]}",
  );
  assert.match(stdout, /^NAME +KIND\n0\n$/);
  assert.deepEqual([code, stderr], [ExitCode.done, ""]);
});

Deno.test("a reader that never reads is no error either", async () => {
  const { stdout, stderr } = await shell("peat help config | true; echo ${PIPESTATUS[0]}");
  assert.deepEqual([stdout, stderr], ["0\n", ""]);
});

Deno.test("a full disk is one line on standard error and exit 1", async () => {
  const { code, stderr } = await shell("peat help exit-codes > /dev/full");
  assert.equal(code, ExitCode.failed);
  assert.match(stderr, /^peat: cannot write standard output: No space left on device[^\n]*\n$/);
});

Deno.test("a full disk under --help is told too", async () => {
  const { code, stderr } = await shell("peat --help > /dev/full");
  assert.deepEqual([code, stderr.split("\n").length], [ExitCode.failed, 2]);
});

Deno.test("closed standard streams hurt nobody", async () => {
  const decoded = await shell(`peat wire decode ${TYPE} <&-`);
  assert.deepEqual([decoded.code, decoded.stdout, decoded.stderr], [ExitCode.done, "{}\n", ""]);
  assert.equal((await shell("peat quux 2>&-")).code, ExitCode.usage);
  assert.equal((await shell("peat version >&-")).stderr.split("\n").length <= 2, true);
});

Deno.test("ten million bytes where a message belongs are refused at the bound", async () => {
  const { code, stdout, stderr } = await shell(
    `head -c 10000000 /dev/zero | tr '\\0' a | peat wire encode ${TYPE} --hex`,
  );
  assert.deepEqual([code, stdout], [ExitCode.usage, ""]);
  assert.match(stderr, /^peat: cannot read standard input: it has more than 4194304 bytes; .*\n$/);
});

Deno.test("output into a pipe carries no escape code unless it was asked for", async () => {
  assert.ok(!(await shell("peat --help")).stdout.includes(ESCAPE));
  assert.ok((await shell("FORCE_COLOR=1 peat --help")).stdout.includes(`${ESCAPE}[1m`));
  assert.ok(!(await shell("NO_COLOR=1 FORCE_COLOR=1 peat --help")).stdout.includes(ESCAPE));
  assert.ok(!(await shell("FORCE_COLOR=1 peat config show --json")).stdout.includes(ESCAPE));
});

Deno.test("what encode writes decode reads, byte for byte", async () => {
  const { code, stdout } = await shell(
    `echo '{"id":"a"}' | peat wire encode ${TYPE} | peat wire decode ${TYPE}`,
  );
  assert.deepEqual([code, stdout], [ExitCode.done, '{\n  "id": "a"\n}\n']);
});

for (const [name, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${name} ends a command with ${expected}`, () =>
    withHome(async (home) => {
      // It waits for the end of an input that does not end.
      const process = startPeat(["wire", "decode", TYPE], { home });
      await untilItReads(process);
      process.kill(name);
      const { code, signal } = await process.output();
      await process.stdin.abort();
      // It was not killed: it ended by itself, in order.
      assert.deepEqual([code, signal], [expected, null]);
    }));
}

Deno.test("a simulation that computes all the time ends soon after a signal all the same", () =>
  withHome(async (home) => {
    const trace = `${home}/day.ndjson`;
    const endless = ["sim", "run", "--nodes", "20", "--duration", "100h", "--trace", trace];
    const process = startPeat(endless, { home });
    await process.stdin.close();
    while (!await hasBytes(trace)) await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill("SIGTERM");
    const killer = setTimeout(() => process.kill("SIGKILL"), 30_000);
    const { code, signal } = await process.output();
    clearTimeout(killer);
    assert.deepEqual([code, signal], [143, null]);
  }));

async function hasBytes(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ size }) => size > 0, () => false);
}

/** More than a pipe or a socket holds, and less than the command takes. */
const MORE_THAN_WAITS_BYTES = 1 << 20;

/**
 * A command reads its input after it has begun to listen to signals, and so much input is written
 * only once it reads. What the kernel says of caught signals is no proof: the runtime catches them
 * all with the first that anybody listens to, and those that nobody listens to yet end the process.
 */
async function untilItReads(process: Deno.ChildProcess): Promise<void> {
  const writer = process.stdin.getWriter();
  await writer.write(new Uint8Array(MORE_THAN_WAITS_BYTES));
  writer.releaseLock();
}

Deno.test("a stack is shown with -vv and never without", async () => {
  await withHome(async (home) => {
    const plain = await runPeat(["version", "--bogus"], { home });
    assert.equal(plain.stderr.split("\n").length, 2);
    const verbose = await runPeat(["version", "--bogus", "-vv"], { home });
    assert.match(verbose.stderr, /\n +at /);
  });
});
