import { ExitCode } from "./exit_code.ts";
import { toFailure } from "./failure.ts";

/** A line of input, or the news that one was too long to be taken in. */
export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly tooLongBytes: number };

export const LONGEST_LINE_BYTES = 1024 * 1024;

const LINE_FEED = 0x0a;

/**
 * Cuts a stream of bytes into lines, in memory bounded by the longest line. One that is longer is
 * counted to its end and reported; the lines behind it are read as if it had never been there.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  longestBytes: number = LONGEST_LINE_BYTES,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  const line = new LineBuffer(longestBytes);
  let number = 0;
  const finish = (): Line => {
    number++;
    const bytes = line.take();
    return "tooLongBytes" in bytes
      ? { number, tooLongBytes: bytes.tooLongBytes }
      : { number, text: decoder.decode(bytes.bytes).replace(/\r$/, "") };
  };
  for await (const chunk of source) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      line.add(chunk.subarray(start, end === -1 ? chunk.byteLength : end));
      if (end === -1) break;
      yield finish();
      start = end + 1;
    }
  }
  if (line.byteLength > 0) yield finish();
}

/** Collects one line's bytes up to a bound, and counts those beyond it. */
class LineBuffer {
  readonly #longestBytes: number;
  #parts: Uint8Array[] = [];
  #byteLength = 0;

  constructor(longestBytes: number) {
    this.#longestBytes = longestBytes;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  add(bytes: Uint8Array): void {
    this.#byteLength += bytes.byteLength;
    // The copy matters: the source reuses its chunk for what it reads next.
    if (this.#byteLength <= this.#longestBytes) this.#parts.push(bytes.slice());
    else this.#parts = [];
  }

  take(): { readonly bytes: Uint8Array } | { readonly tooLongBytes: number } {
    const byteLength = this.#byteLength;
    const parts = this.#parts;
    this.#parts = [];
    this.#byteLength = 0;
    if (byteLength > this.#longestBytes) return { tooLongBytes: byteLength };
    const bytes = new Uint8Array(byteLength);
    let offset = 0;
    for (const part of parts) {
      bytes.set(part, offset);
      offset += part.byteLength;
    }
    return { bytes };
  }
}

/** What became of one line of input: a line of output, whichever it was. */
export type LineResult<T> =
  | { readonly line: number; readonly ok: true; readonly result: T }
  | {
    readonly line: number;
    readonly ok: false;
    readonly error: { readonly code: string; readonly message: string };
  };

/** Hands each line of NDJSON to `handle`, and answers one result for each line that is not empty. */
export async function* eachJsonLine<T>(
  lines: AsyncIterable<Line>,
  handle: (value: unknown) => Promise<T> | T,
): AsyncGenerator<LineResult<T>> {
  for await (const line of lines) {
    if ("tooLongBytes" in line) {
      const message = `Cannot read line ${line.number}: it has ${line.tooLongBytes} bytes, ` +
        `more than ${LONGEST_LINE_BYTES}`;
      yield { line: line.number, ok: false, error: { code: "line-too-long", message } };
    } else if (line.text.trim() !== "") {
      yield await handleLine(line.number, line.text, handle);
    }
  }
}

async function handleLine<T>(
  number: number,
  text: string,
  handle: (value: unknown) => Promise<T> | T,
): Promise<LineResult<T>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const message = `Cannot read line ${number}: ${(error as SyntaxError).message}`;
    return { line: number, ok: false, error: { code: "malformed-json", message } };
  }
  try {
    return { line: number, ok: true, result: await handle(value) };
  } catch (error) {
    const { code, message } = toFailure(error);
    return { line: number, ok: false, error: { code, message } };
  }
}

/** The exit code of a command that worked through lines: 0 if all went well, 6 if only some did. */
export class LineTally {
  #done = 0;
  #failed = 0;

  count(result: LineResult<unknown>): void {
    if (result.ok) this.#done++;
    else this.#failed++;
  }

  get exitCode(): ExitCode {
    return this.#failed === 0 ? ExitCode.done : ExitCode.partial;
  }
}
