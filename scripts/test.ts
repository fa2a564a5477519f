/**
 * Runs the tidy and every test that this machine can run, or only the tests that are named:
 *
 *     deno task test
 *     deno task test tests/unit/wire --filter framing
 *
 * The last line is `N passed, N failed`, and the exit code tells the same.
 */
import { addCounts, type Counts, NO_COUNTS, printCounts, readCounts } from "./test/counts.ts";
import { selectTests } from "./test/selection.ts";

async function main(): Promise<void> {
  Deno.chdir(`${import.meta.dirname}/..`);
  const { isWhole, together, alone, flags } = selectTests(Deno.args);
  const tidy = isWhole ? await runTidy() : NO_COUNTS;
  const tests = addCounts(
    await runTests(together, ["--parallel", ...flags]),
    await runTests(alone, flags),
  );
  const ran = tests.passed + tests.failed > 0;
  if (!ran) console.log("Cannot call this a pass: no test ran");

  const counts = addCounts(tidy, tests);
  console.log(printCounts(counts));
  Deno.exitCode = counts.failed === 0 && ran ? 0 : 1;
}

/** The tidy counts as one test. */
async function runTidy(): Promise<Counts> {
  const process = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "scripts/tidy.ts"] });
  const { success } = await process.spawn().status;
  return success ? { ...NO_COUNTS, passed: 1 } : { ...NO_COUNTS, failed: 1 };
}

async function runTests(paths: readonly string[], flags: readonly string[]): Promise<Counts> {
  if (paths.length === 0) return NO_COUNTS;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--permit-no-files", ...flags, ...paths],
    stdout: "piped",
  }).spawn();
  const output = await showAndKeep(process.stdout);
  const { success } = await process.status;
  return readCounts(output, success);
}

/** Passes the runner's output on as it comes, and keeps it for its summary. */
async function showAndKeep(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let kept = "";
  for await (const chunk of stream) {
    Deno.stdout.writeSync(chunk);
    kept += decoder.decode(chunk, { stream: true });
  }
  return kept;
}

await main();
