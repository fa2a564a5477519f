import { deadline } from "./deadline.ts";
import { LineReader } from "./line_reader.ts";
import { PATIENCE_MS } from "./until.ts";

/** What a node prints once it can be asked: for people, and for programs. */
const READY = { stderr: /^ready /, stdout: /^\{"type":"ready"/ } as const;

export interface TestProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** What errors call it; the command when absent. */
  readonly name?: string;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** Sent to standard input, which then ends. Without it there is no standard input. */
  readonly stdin?: string;
  /** How long it may take to say goodbye before it is killed; without it, it is killed at once. */
  readonly graceMs?: number;
}

export interface ProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of one test, which reads what it prints. It ends with whoever disposes of it. */
export class TestProcess implements AsyncDisposable {
  readonly #name: string;
  readonly #graceMs: number;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: LineReader;
  readonly #stderr: LineReader;
  readonly #input: Promise<void>;
  #readyOrEnded: Promise<unknown> | undefined;
  #hasEnded = false;

  constructor({ program, args, name, env, cwd, stdin, graceMs = 0 }: TestProcessOptions) {
    this.#name = name ?? [program, ...args].join(" ");
    this.#graceMs = graceMs;
    this.#child = new Deno.Command(program, {
      args: [...args],
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      ...(env ? { env } : {}),
      ...(cwd ? { cwd } : {}),
    }).spawn();
    this.#stdout = new LineReader(this.#child.stdout);
    this.#stderr = new LineReader(this.#child.stderr);
    this.#input = stdin === undefined ? Promise.resolve() : this.#write(stdin);
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
    const what = `print a line like ${pattern}`;
    const line = await this.#bounded(reader.line(pattern), what, options.timeoutMs);
    if (line !== undefined) return line;
    throw new Error(`Cannot see ${this.#name} print ${pattern}: it ended\n${this.#printed()}`);
  }

  /** Waits until a node can be asked, or will never be. */
  async readyOrEnded(): Promise<void> {
    this.#readyOrEnded ??= Promise.race([
      this.#stderr.line(READY.stderr),
      this.#stdout.line(READY.stdout),
      this.#child.status,
    ]);
    await this.#bounded(this.#readyOrEnded, "be ready");
  }

  /** Waits for the end of the process and of its output. */
  async ended(timeoutMs?: number): Promise<ProcessResult> {
    const everything = Promise.all([
      this.#child.status,
      this.#stdout.finished,
      this.#stderr.finished,
      this.#input,
    ]);
    const [{ code }] = await this.#bounded(everything, "end", timeoutMs);
    return { code, stdout: this.stdout(), stderr: this.stderr() };
  }

  /** For those who would otherwise wait in vain. */
  throwIfEnded(): void {
    if (!this.#hasEnded) return;
    throw new Error(`Cannot go on with ${this.#name}: it ended\n${this.#printed()}`);
  }

  signal(signal: Deno.Signal): void {
    if (this.#hasEnded) return;
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It has ended, and the news of it is still on its way.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Asks the process to stop, and waits until it has. */
  stop(signal: Deno.Signal = "SIGTERM"): Promise<ProcessResult> {
    this.signal(signal);
    return this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal(this.#graceMs > 0 ? "SIGTERM" : "SIGKILL");
    const killer = setTimeout(() => this.signal("SIGKILL"), this.#graceMs);
    await this.#child.status;
    clearTimeout(killer);
    await Promise.all([this.#stdout.close(), this.#stderr.close(), this.#input]);
  }

  #bounded<T>(promise: Promise<T>, what: string, timeoutMs = PATIENCE_MS): Promise<T> {
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
