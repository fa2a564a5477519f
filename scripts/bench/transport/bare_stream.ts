import { CLIENT_TLS } from "./certificate.ts";
import { LOOPBACK } from "./node.ts";

/** One QUIC stream of the runtime with nothing of ours around it. */
export class BareStream {
  readonly #connection: Deno.QuicConn;
  readonly #endpoint: Deno.QuicEndpoint;

  private constructor(connection: Deno.QuicConn, endpoint: Deno.QuicEndpoint) {
    this.#connection = connection;
    this.#endpoint = endpoint;
  }

  static async connect(port: number): Promise<BareStream> {
    const endpoint = new Deno.QuicEndpoint({ hostname: LOOPBACK, port: 0 });
    const connection = await Deno.connectQuic({
      ...CLIENT_TLS,
      hostname: LOOPBACK,
      port,
      endpoint,
      alpnProtocols: ["bare"],
      congestionControl: "low-latency",
    });
    connection.closed.catch(() => {});
    return new BareStream(connection, endpoint);
  }

  /** Until the other side says that it has read everything. */
  async timeSeconds(totalBytes: number, writeBytes: number): Promise<number> {
    const { readable, writable } = await this.#connection.createBidirectionalStream();
    const startedAt = performance.now();
    const writer = writable.getWriter();
    const chunk = new Uint8Array(writeBytes);
    for (let sent = 0; sent < totalBytes; sent += writeBytes) await writer.write(chunk);
    await writer.close();
    for await (const _ of readable);
    return (performance.now() - startedAt) / 1_000;
  }

  close(): void {
    this.#connection.close();
    this.#endpoint.close();
  }
}
