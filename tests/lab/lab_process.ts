import { deadline } from "../e2e/deadline.ts";
import { LineReader } from "../e2e/line_reader.ts";

const DEFAULT_TIMEOUT_MS = 20_000;

export interface ProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of a lab's host. It is killed with the lab, or before by whoever disposes of it. */
export class LabProcess implements AsyncDisposable {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: LineReader;
  readonly #stderr: LineReader;
  #hasEnded = false;

  constructor(namespace: string, command: readonly string[]) {
    this.#name = command.join(" ");
    // `ip netns exec` becomes the command, so that signals to its id reach it.
    this.#child = new Deno.Command("ip", {
      args: ["netns", "exec", namespace, ...command],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdout = new LineReader(this.#child.stdout);
    this.#stderr = new LineReader(this.#child.stderr);
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

  /** Waits for a line that matches, and answers it. */
  async line(
    pattern: RegExp,
    options: { from?: "stdout" | "stderr"; timeoutMs?: number } = {},
  ): Promise<string> {
    const reader = options.from === "stdout" ? this.#stdout : this.#stderr;
    const line = await this.#bounded(reader.line(pattern), `print ${pattern}`, options.timeoutMs);
    if (line !== undefined) return line;
    throw new Error(`Cannot see ${this.#name} print ${pattern}: it ended\n${this.#printed()}`);
  }

  /** Waits for the end of the process and of its output. */
  async ended(timeoutMs?: number): Promise<ProcessResult> {
    const everything = Promise.all([
      this.#child.status,
      this.#stdout.finished,
      this.#stderr.finished,
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
    if (!this.#hasEnded) this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.#child.status;
    await Promise.all([this.#stdout.close(), this.#stderr.close()]);
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
}
