import { OperatingError } from "../core/kernel/operating_error.ts";

const HEAD_LIMIT_BYTES = 16 * 1024;

/** 4,096 peers with all that a beacon can carry, and room to spare. */
export const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** Whatever bytes come from: a socket, or a test. Null is the end. */
export interface ByteSource {
  read(buffer: Uint8Array): Promise<number | null>;
}

export interface ResponseHead {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Reads one HTTP/1.1 response. The runtime's own client costs a command several times its whole
 * start-up, and the only server that this one meets is our own; still it trusts no length.
 */
export class HttpReader {
  readonly #source: ByteSource;
  #buffer = new Uint8Array(0);

  constructor(source: ByteSource) {
    this.#source = source;
  }

  async head(): Promise<ResponseHead> {
    const [statusLine = "", ...lines] = await this.#headLines();
    const match = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine);
    if (match === null) throw unreadable("it does not speak HTTP");
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(":");
      if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    return { status: Number(match[1]), headers };
  }

  /** The whole body. One that ends before its announced length is refused, never returned short. */
  async text(head: ResponseHead): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    let byteLength = 0;
    for await (const part of this.parts(head)) {
      byteLength += part.byteLength;
      if (byteLength > BODY_LIMIT_BYTES) throw unreadable("its answer is too long");
      text += decoder.decode(part, { stream: true });
    }
    return text + decoder.decode();
  }

  /** The body as it comes. */
  async *parts({ headers }: ResponseHead): AsyncGenerator<Uint8Array> {
    if (headers.get("transfer-encoding") === "chunked") {
      yield* this.#chunks();
      return;
    }
    const length = Number(headers.get("content-length") ?? NaN);
    if (!Number.isSafeInteger(length) || length < 0 || length > BODY_LIMIT_BYTES) {
      throw unreadable("its answer has no usable length");
    }
    yield* this.#exactly(length);
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const size = (await this.#line()).split(";")[0]?.trim() ?? "";
      if (!/^[0-9a-f]{1,8}$/i.test(size)) throw unreadable("its answer is garbled");
      const length = parseInt(size, 16);
      if (length > BODY_LIMIT_BYTES) throw unreadable("its answer is too long");
      if (length === 0) return;
      yield* this.#exactly(length);
      await this.#line();
    }
  }

  async *#exactly(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      if (this.#buffer.byteLength === 0) await this.#fill();
      const part = this.#take(Math.min(left, this.#buffer.byteLength));
      left -= part.byteLength;
      yield part;
    }
  }

  async #headLines(): Promise<string[]> {
    const lines: string[] = [];
    let byteLength = 0;
    for (;;) {
      const line = await this.#line();
      byteLength += line.length + 2;
      if (byteLength > HEAD_LIMIT_BYTES) throw unreadable("its answer's head is too long");
      if (line === "") return lines;
      lines.push(line);
    }
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf(LINE_FEED);
      if (end >= 0) return new TextDecoder().decode(this.#take(end + 1)).replace(/\r?\n$/, "");
      if (this.#buffer.byteLength > HEAD_LIMIT_BYTES) throw unreadable("its line is too long");
      await this.#fill();
    }
  }

  #take(length: number): Uint8Array {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  async #fill(): Promise<void> {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const read = await this.#source.read(chunk);
    if (read === null) throw unreadable("it hung up");
    const joined = new Uint8Array(this.#buffer.byteLength + read);
    joined.set(this.#buffer);
    joined.set(chunk.subarray(0, read), this.#buffer.byteLength);
    this.#buffer = joined;
  }
}

function unreadable(state: string): OperatingError {
  return new OperatingError(`Cannot read the node's answer: ${state}`, {
    code: "node-answer-unreadable",
    hint: "see whether node and command are the same version: peat version",
  });
}
