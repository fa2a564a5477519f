export type IdleKind = "node" | "bare";

/** What the other process is asked for, one line of JSON each; it answers each with one line. */
export type IdleRequest =
  | { readonly want: "open"; readonly names: string[] }
  | { readonly want: "dial"; readonly from: number; readonly name: string; readonly to: string }
  | { readonly want: "memory"; readonly connections: number };

/** A process that holds connections which say nothing. */
export class IdleProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #opened = 0;

  constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Opens nodes of which each listens, and answers with their addresses. */
  async open(prefix: string, count: number): Promise<string[]> {
    const names = Array.from({ length: count }, (_, index) => `${prefix}-${this.#opened + index}`);
    this.#opened += count;
    return await this.#ask<string[]>({ want: "open", names });
  }

  async dial(from: number, name: string, to: string): Promise<void> {
    await this.#ask({ want: "dial", from, name, to });
  }

  /** How much memory is left without garbage, once there are so many connections. */
  async residentBytes(connections: number): Promise<number> {
    return await this.#ask<number>({ want: "memory", connections });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
  }

  async #ask<T>(request: IdleRequest): Promise<T> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    let line = "";
    while (!line.endsWith("\n")) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("Cannot measure connections: the other process ended");
      line += value;
    }
    return JSON.parse(line);
  }
}

export function startIdleProcess(kind: IdleKind): IdleProcess {
  const script = new URL("./idle_holder.ts", import.meta.url).pathname;
  return new IdleProcess(
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--v8-flags=--expose-gc", script, kind],
      stdin: "piped",
      stdout: "piped",
    }).spawn(),
  );
}
