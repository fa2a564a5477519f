import { SECOND } from "../core/kernel/time.ts";
import { explainUnavailable } from "./udp_socket.ts";

/** One byte more than a datagram may have, so that one with more shows. */
const BUFFER_BYTES = 1_201;

/** A socket that the kernel refuses to read is tried again, but not in a tight loop. */
const RETRY_MS = 1 * SECOND;

type Membership = Awaited<ReturnType<Deno.DatagramConn["joinMulticastV4"]>>;

/**
 * Hears a group on a port, on every interface that it joined. It reads into one buffer again and
 * again, because whoever floods the port must not cost memory; `onDatagram` keeps nothing of it.
 */
export class MulticastReceiver {
  readonly #socket: Deno.DatagramConn;
  readonly #group: string;
  readonly #memberships = new Map<string, Membership>();
  readonly #onDatagram: (bytes: Uint8Array, from: Deno.NetAddr) => void;
  #closed = false;

  private constructor(
    socket: Deno.DatagramConn,
    group: string,
    onDatagram: (bytes: Uint8Array, from: Deno.NetAddr) => void,
  ) {
    this.#socket = socket;
    this.#group = group;
    this.#onDatagram = onDatagram;
  }

  static open(
    group: string,
    port: number,
    onDatagram: (bytes: Uint8Array, from: Deno.NetAddr) => void,
  ): MulticastReceiver {
    const hostname = "0.0.0.0";
    try {
      const socket = Deno.listenDatagram({ transport: "udp", hostname, port, reuseAddress: true });
      const receiver = new MulticastReceiver(socket, group, onDatagram);
      void receiver.#listen();
      return receiver;
    } catch (error) {
      throw explainUnavailable(error, hostname, port);
    }
  }

  get port(): number {
    return (this.#socket.addr as Deno.NetAddr).port;
  }

  async join(interfaceAddress: string): Promise<void> {
    const membership = await this.#socket.joinMulticastV4(this.#group, interfaceAddress);
    this.#memberships.set(interfaceAddress, membership);
  }

  async leave(interfaceAddress: string): Promise<void> {
    const membership = this.#memberships.get(interfaceAddress);
    this.#memberships.delete(interfaceAddress);
    // The kernel may have dropped it together with the interface.
    await membership?.leave().catch(() => {});
  }

  close(): void {
    this.#closed = true;
    this.#socket.close();
  }

  async #listen(): Promise<void> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    while (!this.#closed) {
      try {
        const [bytes, from] = await this.#socket.receive(buffer);
        this.#onDatagram(bytes, from as Deno.NetAddr);
      } catch (error) {
        if (this.#closed) return;
        if (!(error instanceof Error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
