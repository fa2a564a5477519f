import { OperatingError } from "../core/kernel/operating_error.ts";
import { type Millis, SECOND } from "../core/kernel/time.ts";
import type { NodeInput, NodeOutput } from "../core/node_io.ts";
import {
  encodeRecordingLine,
  OutputDigest,
  type RecordingEnd,
  type RecordingHeader,
} from "../core/recording.ts";

/** A day of a busy node. */
export const RECORDING_LIMIT_BYTES = 256 * 1024 * 1024;

/** What a crash may cost of the recording. */
const FLUSH_MS = 1 * SECOND;
const FLUSH_BYTES = 64 * 1024;

export interface RecorderOptions {
  readonly path: string;
  readonly header: RecordingHeader;
  readonly limitBytes?: number;
  /** The recording ended before the node did. The node goes on. */
  readonly onEnd: (reason: "full" | "failed", detail: string) => void;
}

/** Writes down what a node goes through, so that it can be replayed elsewhere. */
export class Recorder {
  readonly #file: Deno.FsFile;
  readonly #options: RecorderOptions;
  readonly #limitBytes: number;
  readonly #digest = new OutputDigest();
  readonly #encoder = new TextEncoder();
  #pending: string[] = [];
  #pendingLength = 0;
  #writtenBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  /** Keeps the recording that was there before as FILE.previous. */
  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#limitBytes = options.limitBytes ?? RECORDING_LIMIT_BYTES;
    this.#file = openFresh(options.path);
    this.#add(encodeRecordingLine(options.header));
    this.#flush();
  }

  record(now: Millis, input: NodeInput, outputs: readonly NodeOutput[]): void {
    if (this.#ended) return;
    for (const output of outputs) this.#digest.add(output);
    const digest = this.#digest.value;
    this.#add(encodeRecordingLine({ type: "input", now, input, digest }));
    if (this.#pendingLength >= FLUSH_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  close(): void {
    this.#end("stopped");
  }

  #add(line: string): void {
    this.#pending.push(line);
    this.#pendingLength += line.length;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bytes = this.#encoder.encode(this.#pending.join(""));
    this.#pending = [];
    this.#pendingLength = 0;
    try {
      for (let written = 0; written < bytes.byteLength;) {
        written += this.#file.writeSync(bytes.subarray(written));
      }
    } catch (error) {
      return this.#giveUp("failed", error instanceof Error ? error.message : String(error));
    }
    this.#writtenBytes += bytes.byteLength;
    if (!this.#ended && this.#writtenBytes >= this.#limitBytes) {
      this.#giveUp("full", `it reached ${this.#limitBytes} bytes`);
    }
  }

  #giveUp(reason: "full" | "failed", detail: string): void {
    if (this.#ended) return;
    this.#end(reason);
    this.#options.onEnd(reason, detail);
  }

  #end(reason: RecordingEnd["reason"]): void {
    if (this.#ended) return;
    this.#ended = true;
    if (reason !== "failed") {
      this.#add(encodeRecordingLine({ type: "end", reason }));
      this.#flush();
    }
    clearTimeout(this.#timer);
    this.#file.close();
  }
}

function openFresh(path: string): Deno.FsFile {
  try {
    keepPrevious(path);
    return Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    const state = error instanceof Error ? error.message : String(error);
    throw new OperatingError(`Cannot record to ${path}: ${state}`, {
      code: "recording-unwritable",
      hint: "choose another file with --record",
      cause: error,
    });
  }
}

function keepPrevious(path: string): void {
  try {
    Deno.renameSync(path, `${path}.previous`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
