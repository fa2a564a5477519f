import { encodeFrames } from "../../../src/wire/framing.ts";
import { type ControlMessage, encodeControl } from "../../../src/net/quic/control_message.ts";
import { CLIENT_TLS } from "../../../scripts/bench/transport/certificate.ts";

/** Somebody who speaks QUIC and then does as it likes. */
export class RawClient {
  readonly connection: Deno.QuicConn;
  readonly closed: Promise<number>;
  readonly #endpoint: Deno.QuicEndpoint;
  #control: WritableStreamDefaultWriter<Uint8Array> | undefined;

  private constructor(connection: Deno.QuicConn, endpoint: Deno.QuicEndpoint) {
    this.connection = connection;
    this.#endpoint = endpoint;
    this.closed = connection.closed.then(({ closeCode }) => closeCode, () => -1);
  }

  static async connect(port: number, endpoint = openEndpoint()): Promise<RawClient> {
    const connection = await Deno.connectQuic({
      ...CLIENT_TLS,
      hostname: "127.0.0.1",
      port,
      endpoint,
      alpnProtocols: ["peat/1"],
    });
    return new RawClient(connection, endpoint);
  }

  /** Sends bytes on the first stream, which the first of them opens. */
  async say(bytes: Uint8Array): Promise<void> {
    if (this.#control === undefined) {
      const { readable, writable } = await this.connection.createBidirectionalStream();
      readable.cancel().catch(() => {});
      this.#control = writable.getWriter();
      this.#control.closed.catch(() => {});
    }
    await this.#control.write(bytes).catch(() => {});
  }

  async tell(...messages: ControlMessage[]): Promise<void> {
    await this.say(encodeFrames(messages.map(encodeControl)));
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
    this.#endpoint.close();
    await this.closed;
  }
}

export function openEndpoint(): Deno.QuicEndpoint {
  return new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
}
