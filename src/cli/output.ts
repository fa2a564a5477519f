import { toJsonLine, toJsonText } from "./json.ts";
import type { Paint } from "./paint.ts";

export const OUTPUT_FORMATS = ["text", "json", "ndjson"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Where bytes go. It answers how many it took, as `Deno.stdout` does. */
export interface Sink {
  writeSync(bytes: Uint8Array): number;
}

/** Whoever read standard output has left. The process ends quietly with 0. */
export class ClosedPipe extends Error {
  override readonly name = "ClosedPipe";
}

/** Standard output took less than it was given, and not because its reader left. */
export class UnwritableOutput extends Error {
  override readonly name = "UnwritableOutput";
}

export interface OutputOptions {
  readonly sink: Sink;
  readonly format: OutputFormat;
  readonly paint: Paint;
  readonly isTerminal: boolean;
  /** How many columns text may take. */
  readonly columns: number;
  readonly now?: () => Date;
}

const FLUSH_BYTES = 64 * 1024;

/**
 * The one way to standard output. It carries data only, in the format that was asked for; whatever
 * else a command has to say goes to its log. What is written waits in memory until there is a lot
 * of it, until a streamed item is complete, or until the command ends.
 */
export class Output {
  readonly format: OutputFormat;
  readonly paint: Paint;
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly #sink: Sink;
  readonly #now: () => Date;
  readonly #encoder = new TextEncoder();
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #openArrayItems: number | undefined;

  constructor(options: OutputOptions) {
    this.format = options.format;
    this.paint = options.paint;
    this.isTerminal = options.isTerminal;
    this.columns = options.columns;
    this.#sink = options.sink;
    this.#now = options.now ?? (() => new Date());
  }

  /** One thing: an object in `json`, a line with `type` and `ts` in `ndjson`. */
  value(type: string, value: object, renderText: (value: object) => string): void {
    if (this.format === "text") this.text(renderText(value));
    else if (this.format === "json") this.write(`${toJsonText(value)}\n`);
    else this.write(this.#jsonLine(type, value));
  }

  /** Several things that are all known now: an array in `json`, a line for each in `ndjson`. */
  list<T extends object>(
    type: string,
    values: readonly T[],
    renderText: (values: readonly T[]) => string,
  ): void {
    if (this.format === "text") this.text(renderText(values));
    else if (this.format === "json") this.write(`${toJsonText(values)}\n`);
    else for (const value of values) this.write(this.#jsonLine(type, value));
  }

  /**
   * One thing of a stream, out at once: an item of one array in `json`, a line in `ndjson`. The
   * array ends when the command does.
   */
  item<T extends object>(type: string, value: T, renderText: (value: T) => string): void {
    if (this.format === "text") this.text(renderText(value));
    else if (this.format === "json") this.#arrayItem(value);
    else this.write(this.#jsonLine(type, value));
    this.flush();
  }

  /** Opens the array of a stream, so that one without items still prints `[]`. */
  beginItems(): void {
    this.#openArrayItems ??= 0;
  }

  /** Text for people, with a line feed at its end unless it is empty. */
  text(text: string): void {
    if (text !== "") this.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Exactly these characters or bytes. */
  write(content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? this.#encoder.encode(content) : content;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.byteLength;
    if (this.#pendingBytes >= FLUSH_BYTES) this.flush();
  }

  flush(): void {
    if (this.#pendingBytes === 0) return;
    const bytes = joined(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    writeAll(this.#sink, bytes);
  }

  /** Ends what is open and hands everything over. Nothing is written afterwards. */
  close(): void {
    if (this.format === "json" && this.#openArrayItems !== undefined) {
      this.write(this.#openArrayItems === 0 ? "[]\n" : "\n]\n");
    }
    this.#openArrayItems = undefined;
    this.flush();
  }

  #arrayItem(value: object): void {
    const items = this.#openArrayItems ?? 0;
    const indented = toJsonText(value).replaceAll("\n", "\n  ");
    this.write(`${items === 0 ? "[" : ","}\n  ${indented}`);
    this.#openArrayItems = items + 1;
  }

  #jsonLine(type: string, value: object): string {
    return `${toJsonLine({ type, ts: this.#now().toISOString(), ...value })}\n`;
  }
}

function joined(parts: readonly Uint8Array[], byteLength: number): Uint8Array {
  const only = parts[0];
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(byteLength);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

/** Writes every byte, however few the sink takes at a time. */
function writeAll(sink: Sink, bytes: Uint8Array): void {
  let offset = 0;
  while (offset < bytes.byteLength) {
    try {
      offset += sink.writeSync(bytes.subarray(offset));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw new ClosedPipe("its reader left");
      if (error instanceof Deno.errors.WouldBlock) {
        // Another process made the shared pipe non-blocking. Its reader is slow, not gone.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
        continue;
      }
      const state = error instanceof Error ? error.message : String(error);
      throw new UnwritableOutput(`Cannot write standard output: ${state}`);
    }
  }
}
