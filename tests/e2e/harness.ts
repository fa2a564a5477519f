/**
 * Starts real peat processes for tests: the built executable when PEAT_BINARY names one, else the
 * source. Whatever a test does, its processes end and its folders go when the test does:
 *
 *     await using folder = await temporaryFolder();
 *     await using node = startPeat(["node", "run", "--interface", "127.0.0.1"]);
 *     await node.line(/^ready/);
 */
import { deadline } from "./deadline.ts";
import { LineReader } from "./line_reader.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Long enough for a busy machine, short enough for a person who waits for a failing test. */
const DEFAULT_TIMEOUT_MS = 20_000;

/** How long a process may take to say goodbye before it is killed. */
const GRACE_MS = 5_000;

export interface PeatOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** Sent to standard input, which then ends. Without it there is no standard input. */
  readonly stdin?: string;
  readonly timeoutMs?: number;
}

export interface PeatResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
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
): Promise<PeatResult> {
  await using peat = startPeat(args, options);
  const { code } = await peat.ended(options.timeoutMs);
  return { code, stdout: peat.stdout(), stderr: peat.stderr() };
}

export function startPeat(args: readonly string[], options: PeatOptions = {}): Peat {
  return new Peat(args, options);
}

/** A peat process of this test. */
export class Peat implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: LineReader;
  readonly #stderr: LineReader;
  readonly #input: Promise<void>;
  readonly #name: string;
  #hasEnded = false;

  constructor(args: readonly string[], options: PeatOptions) {
    const [program, ...before] = peatCommand();
    this.#name = `peat ${args.join(" ")}`;
    this.#child = new Deno.Command(program, {
      args: [...before, ...args],
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      ...(options.env ? { env: options.env } : {}),
      ...(options.cwd ? { cwd: options.cwd } : {}),
    }).spawn();
    this.#stdout = new LineReader(this.#child.stdout);
    this.#stderr = new LineReader(this.#child.stderr);
    this.#input = options.stdin === undefined ? Promise.resolve() : this.#write(options.stdin);
    this.#child.status.then(() => this.#hasEnded = true);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Everything printed so far. */
  stdout(): string {
    return this.#stdout.text();
  }

  stderr(): string {
    return this.#stderr.text();
  }

  /** Waits for a line on standard error, or on standard output, that matches; answers the line. */
  async line(
    pattern: RegExp,
    options: { from?: "stdout" | "stderr"; timeoutMs?: number } = {},
  ): Promise<string> {
    const reader = options.from === "stdout" ? this.#stdout : this.#stderr;
    const line = await this.#bounded(
      reader.line(pattern),
      `print a line like ${pattern}`,
      options.timeoutMs,
    );
    if (line !== undefined) return line;
    throw new Error(`Cannot see ${this.#name} print ${pattern}: it ended\n${this.#printed()}`);
  }

  /** Waits for the end of the process and of its output. */
  async ended(timeoutMs?: number): Promise<Deno.CommandStatus> {
    const everything = Promise.all([
      this.#child.status,
      this.#stdout.finished,
      this.#stderr.finished,
      this.#input,
    ]);
    const [status] = await this.#bounded(everything, "end", timeoutMs);
    return status;
  }

  signal(signal: Deno.Signal): void {
    if (!this.#hasEnded) this.#child.kill(signal);
  }

  /** Asks the process to stop, and waits until it has. */
  stop(signal: Deno.Signal = "SIGTERM"): Promise<Deno.CommandStatus> {
    this.signal(signal);
    return this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGTERM");
    const killer = setTimeout(() => this.signal("SIGKILL"), GRACE_MS);
    await this.#child.status;
    clearTimeout(killer);
    await Promise.all([this.#stdout.close(), this.#stderr.close(), this.#input]);
  }

  #bounded<T>(promise: Promise<T>, what: string, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<T> {
    return deadline(
      promise,
      timeoutMs,
      () => `Cannot see ${this.#name} ${what}: waited ${timeoutMs} ms\n${this.#printed()}`,
    );
  }

  #printed(): string {
    return `stdout: ${this.stdout()}\nstderr: ${this.stderr()}`;
  }

  async #write(text: string): Promise<void> {
    try {
      await new Blob([text]).stream().pipeTo(this.#child.stdin);
    } catch {
      // A command may end before it has read all of its input.
    }
  }
}

/** A folder of this test. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "peat-e2e-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
