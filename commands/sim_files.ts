import { usageFailure } from "../src/cli/failure.ts";

const CHUNK_BYTES = 256 * 1024;

/** Writes lines to a file, many at a time: a trace has millions. */
export class LineWriter implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();
  #pending = "";

  constructor(path: string) {
    this.#file = opened(path, { write: true, create: true, truncate: true });
  }

  write(line: string): void {
    this.#pending += `${line}\n`;
    if (this.#pending.length >= CHUNK_BYTES) this.#flush();
  }

  [Symbol.dispose](): void {
    this.#flush();
    this.#file.close();
  }

  #flush(): void {
    let bytes = this.#encoder.encode(this.#pending);
    this.#pending = "";
    while (bytes.byteLength > 0) bytes = bytes.subarray(this.#file.writeSync(bytes));
  }
}

/** The lines of a file, without holding more than a piece of it. */
export function* linesOf(path: string): Generator<string> {
  using file = opened(path, { read: true });
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(CHUNK_BYTES);
  let rest = "";
  for (let count = file.readSync(chunk); count !== null; count = file.readSync(chunk)) {
    const lines = (rest + decoder.decode(chunk.subarray(0, count), { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function opened(path: string, options: Deno.OpenOptions): Deno.FsFile {
  try {
    return Deno.openSync(path, options);
  } catch (error) {
    const state = error instanceof Error ? error.message : String(error);
    throw usageFailure(`Cannot open ${path}: ${state}`);
  }
}
