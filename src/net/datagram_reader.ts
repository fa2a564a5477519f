import type { LinkName } from "../core/kernel/ids.ts";
import { SECOND } from "../core/kernel/time.ts";
import { explainUnavailable } from "./udp_socket.ts";

/** One byte more than a datagram may have, so that one with more shows. */
const BUFFER_BYTES = 1_201;

/** A socket that the kernel refuses to read is tried again, but not in a tight loop. */
const RETRY_MS = 1 * SECOND;

/** What is kept of the bytes has to be copied. The link is there where the socket tells it. */
export type OnDatagram = (
  bytes: Uint8Array,
  hostname: string,
  port: number,
  link?: LinkName,
) => void;

/**
 * Hears a port that others on this machine may share. It reads into one buffer again and again,
 * because whoever floods the port must not cost memory; `onDatagram` keeps nothing of it.
 */
export class DatagramReader {
  readonly socket: Deno.DatagramConn;
  readonly #onDatagram: OnDatagram;
  readonly #bufferBytes: number;
  #closed = false;

  private constructor(socket: Deno.DatagramConn, onDatagram: OnDatagram, bufferBytes: number) {
    this.socket = socket;
    this.#onDatagram = onDatagram;
    this.#bufferBytes = bufferBytes;
  }

  static open(
    hostname: string,
    port: number,
    onDatagram: OnDatagram,
    bufferBytes = BUFFER_BYTES,
  ): DatagramReader {
    try {
      const socket = Deno.listenDatagram({ transport: "udp", hostname, port, reuseAddress: true });
      const reader = new DatagramReader(socket, onDatagram, bufferBytes);
      void reader.#listen();
      return reader;
    } catch (error) {
      throw explainUnavailable(error, hostname, port);
    }
  }

  get port(): number {
    return (this.socket.addr as Deno.NetAddr).port;
  }

  close(): void {
    this.#closed = true;
    this.socket.close();
  }

  async #listen(): Promise<void> {
    const buffer = new Uint8Array(this.#bufferBytes);
    while (!this.#closed) {
      try {
        const [bytes, from] = await this.socket.receive(buffer);
        const { hostname, port } = from as Deno.NetAddr;
        this.#onDatagram(bytes, hostname, port);
      } catch (error) {
        if (this.#closed) return;
        if (!(error instanceof Error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
