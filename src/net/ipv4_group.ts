import { DatagramReader, type OnDatagram } from "./datagram_reader.ts";
import { type GroupLink, type GroupSockets, listen, openSender } from "./group_link.ts";
import type { NetworkInterface } from "./interfaces.ts";
import { closeSocket } from "./udp_socket.ts";

/** One socket hears the group on every interface. */
export class Ipv4Group implements GroupSockets {
  readonly anywhere = undefined;
  readonly #reader: DatagramReader;

  constructor(
    readonly group: string,
    port: number,
    readonly onDatagram: OnDatagram,
    readonly onError: () => void,
  ) {
    this.#reader = DatagramReader.open("0.0.0.0", port, onDatagram);
  }

  get port(): number {
    return this.#reader.port;
  }

  async join(network: NetworkInterface): Promise<GroupLink> {
    const socket = await openSender(network);
    try {
      const membership = await this.#reader.socket.joinMulticastV4(this.group, network.address);
      listen(socket, this.onDatagram, this.onError);
      const leave = async () => {
        // The kernel may have dropped it together with the interface.
        await membership.leave().catch(() => {});
        await closeSocket(socket);
      };
      return { network, socket, leave };
    } catch (error) {
      await closeSocket(socket);
      throw error;
    }
  }

  // deno-lint-ignore require-await -- It may have nothing to wait for, unlike its sibling.
  async close(): Promise<void> {
    this.#reader.close();
  }
}
