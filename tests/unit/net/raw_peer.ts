import { encodeFrames, FrameReader } from "../../../src/wire/framing.ts";
import {
  type ControlMessage,
  decodeControl,
  encodeControl,
} from "../../../src/net/quic/control_message.ts";
import { CLIENT_TLS } from "../../../scripts/bench/transport/certificate.ts";

const LONGEST_FRAME_BYTES = 64 << 10;

export interface RawPeerOptions {
  readonly endpoint?: Deno.QuicEndpoint;
  readonly tls?: { readonly serverName?: string; readonly caCerts: string[] };
}

/** Somebody who speaks QUIC and then does as it likes. */
export class RawPeer {
  readonly connection: Deno.QuicConn;
  /** The code that the connection was closed with. */
  readonly closed: Promise<number>;
  /** What it opened for itself. */
  readonly #endpoint: Deno.QuicEndpoint | undefined;
  readonly #heard: ControlMessage[] = [];
  #control: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #wakeListener = (): void => {};

  private constructor(connection: Deno.QuicConn, endpoint?: Deno.QuicEndpoint) {
    this.connection = connection;
    this.#endpoint = endpoint;
    this.closed = connection.closed.then(({ closeCode }) => closeCode, () => -1);
  }

  static async connect(port: number, options: RawPeerOptions = {}): Promise<RawPeer> {
    const { endpoint = openEndpoint(), tls = CLIENT_TLS } = options;
    const connection = await Deno.connectQuic({
      ...tls,
      hostname: "127.0.0.1",
      port,
      endpoint,
      alpnProtocols: ["peat/1"],
    });
    return new RawPeer(connection, options.endpoint === undefined ? endpoint : undefined);
  }

  /** Takes the next connection, with the first stream that comes on it. */
  static async accept(listener: Deno.QuicListener): Promise<RawPeer> {
    const incoming = await listener.incoming();
    const peer = new RawPeer(await incoming.accept());
    const { value } = await peer.connection.incomingBidirectionalStreams.getReader().read();
    peer.#take(value!);
    return peer;
  }

  /** Sends bytes on the first stream, which the first of them opens. */
  async say(bytes: Uint8Array): Promise<void> {
    try {
      if (this.#control === undefined) {
        this.#take(await this.connection.createBidirectionalStream());
      }
      await this.#control!.write(bytes);
    } catch {
      // The connection is over, which `closed` tells.
    }
  }

  async tell(...messages: ControlMessage[]): Promise<void> {
    await this.say(encodeFrames(messages.map(encodeControl)));
  }

  /** The bytes of the next message of the handshake that the other side sends. */
  async hear(): Promise<Uint8Array> {
    for (;;) {
      const message = this.#heard.shift();
      if (message?.kind === "handshake") return message.bytes;
      if (message === undefined) await new Promise<void>((wake) => this.#wakeListener = wake);
    }
  }

  /** Opens a stream of messages and writes to it. */
  async stream(bytes: Uint8Array): Promise<WritableStreamDefaultWriter<Uint8Array>> {
    const writer = (await this.connection.createUnidirectionalStream()).getWriter();
    writer.closed.catch(() => {});
    await writer.write(bytes).catch(() => {});
    return writer;
  }

  async close(): Promise<void> {
    this.connection.close();
    this.#endpoint?.close();
    await this.closed;
  }

  #take({ readable, writable }: Deno.QuicBidirectionalStream): void {
    this.#control = writable.getWriter();
    this.#control.closed.catch(() => {});
    void this.#listen(readable);
  }

  async #listen(readable: ReadableStream<Uint8Array>): Promise<void> {
    const frames = new FrameReader(LONGEST_FRAME_BYTES);
    try {
      for await (const chunk of readable) {
        frames.push(chunk, (frame) => this.#heard.push(decodeControl(frame.slice())));
        this.#wakeListener();
      }
    } catch {
      // The connection is over, which `closed` tells.
    }
  }
}

export function openEndpoint(): Deno.QuicEndpoint {
  return new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
}
