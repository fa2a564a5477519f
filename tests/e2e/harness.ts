/**
 * Starts real peat processes for tests: the built executable when PEAT_BINARY names one, else the
 * source. Whatever a test does, its processes end and its folders go when the test does:
 *
 *     await using folder = await temporaryFolder();
 *     await using node = startPeat(["node", "run", "--interface", "127.0.0.1"]);
 *     await node.line(/^ready/);
 */
import { type ProcessResult, TestProcess } from "./test_process.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** How long a process may take to say goodbye before it is killed. */
const GRACE_MS = 5_000;

export interface PeatOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** Sent to standard input, which then ends. Without it there is no standard input. */
  readonly stdin?: string;
  readonly timeoutMs?: number;
  /** A program, with its arguments, that becomes peat, such as `nsenter`. */
  readonly through?: readonly string[];
}

/** The program and the arguments before peat's own, for tests that start it through a shell. */
export function peatCommand(): readonly [string, ...string[]] {
  const binary = Deno.env.get("PEAT_BINARY");
  if (binary) return [new URL(binary, `file://${ROOT}`).pathname];
  return [Deno.execPath(), "run", "--quiet", "-A", "--unstable-net", `${ROOT}main.ts`];
}

/** Runs one command to its end. A command that outlives the timeout is killed and the test fails. */
export async function runPeat(
  args: readonly string[],
  options: PeatOptions = {},
): Promise<ProcessResult> {
  await using peat = startPeat(args, options);
  return await peat.ended(options.timeoutMs);
}

export function startPeat(args: readonly string[], options: PeatOptions = {}): TestProcess {
  const { timeoutMs: _, through = [], ...more } = options;
  const [program, ...before] = [...through, ...peatCommand()] as [string, ...string[]];
  return new TestProcess({
    ...more,
    program,
    args: [...before, ...args],
    name: `peat ${args.join(" ")}`,
    graceMs: GRACE_MS,
  });
}

/** A folder of this test. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "peat-e2e-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
