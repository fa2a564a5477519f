import { encodeFrames, FrameReader } from "../../wire/framing.ts";
import { type ControlMessage, decodeControl, encodeControl } from "./control_message.ts";
import { readChunks } from "./read_chunks.ts";

/** The first stream of a connection. It carries the handshake, and stays open as long as it. */
export class ControlStream {
  readonly #stream: Deno.QuicBidirectionalStream;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #frameBytes: number;
  readonly #waiting: ControlMessage[] = [];
  #writing = false;

  constructor(stream: Deno.QuicBidirectionalStream, frameBytes: number) {
    this.#stream = stream;
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#frameBytes = frameBytes;
  }

  /**
   * Sends soon. A message takes the place of one of its kind that has not left yet, since the last
   * count says all that the earlier ones said; so no flood of pings fills the memory with pongs.
   */
  send(message: ControlMessage): void {
    const index = message.kind === "handshake"
      ? -1
      : this.#waiting.findIndex(({ kind }) => kind === message.kind);
    if (index >= 0) this.#waiting[index] = message;
    else this.#waiting.push(message);
    if (!this.#writing) void this.#write();
  }

  /** Reads until the stream ends, or throws the `WireError` of what cannot be read. */
  async read(receive: (message: ControlMessage) => void): Promise<void> {
    const frames = new FrameReader(this.#frameBytes);
    await readChunks(
      this.#stream.readable,
      (chunk) => frames.push(chunk, (frame) => receive(decodeControl(frame))),
    );
  }

  async #write(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#waiting.length > 0) {
        await this.#writer.write(encodeFrames(this.#waiting.splice(0).map(encodeControl)));
      }
      this.#writing = false;
    } catch {
      // The connection is gone; reading says so.
    }
  }
}
