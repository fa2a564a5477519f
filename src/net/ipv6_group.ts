import type { Socket } from "node:dgram";
import { DatagramReader, type OnDatagram } from "./datagram_reader.ts";
import { type GroupLink, type GroupSockets, listen, openSender, scopedTo } from "./group_link.ts";
import { hostnameOf, type NetworkInterface } from "./interfaces.ts";
import { isLinkLocal, isLoopback } from "./socket_address.ts";
import { bind, closeSocket, createUdpSocket } from "./udp_socket.ts";

/**
 * The group by IPv6. The runtime does not tell through which interface a datagram came, and an
 * address like fe80::1 is good for nothing without it. So every interface has sockets of its own:
 * one bound to the group there, one to the node's address there, and the one that sends. Hosts
 * beyond the links have one socket to be heard by, and one to be spoken to.
 */
export class Ipv6Group implements GroupSockets {
  readonly #onDatagram: OnDatagram;
  readonly #onError: () => void;
  #port: number;
  /** Opened with the first link that leads out of this machine. */
  #wide: { readonly reader: DatagramReader; readonly sender: Socket } | undefined;

  constructor(
    readonly group: string,
    port: number,
    onDatagram: OnDatagram,
    onError: () => void,
  ) {
    this.#port = port;
    this.#onDatagram = onDatagram;
    this.#onError = onError;
  }

  /** Zero until the first link took one, when any would do. */
  get port(): number {
    return this.#port;
  }

  get anywhere(): Socket | undefined {
    return this.#wide?.sender;
  }

  async join(network: NetworkInterface): Promise<GroupLink> {
    const onDatagram = onLink(network, this.#onDatagram);
    await using held = new AsyncDisposableStack();
    const socket = held.adopt(await openSender(network), closeSocket);
    // The kernel counts memberships by interface, and hands the group to whoever is bound to it.
    socket.addMembership(this.group, scopedTo(network.name));
    for (const hostname of [`${this.group}%${network.name}`, hostnameOf(network)]) {
      const reader = DatagramReader.open(hostname, this.#port, onDatagram);
      held.adopt(reader, (its) => its.close());
      this.#port = reader.port;
    }
    if (!isLoopback(network.address)) await this.#widen();
    listen(socket, onDatagram, this.#onError);
    const kept = held.move();
    return { network, socket, leave: () => kept.disposeAsync() };
  }

  async close(): Promise<void> {
    const wide = this.#wide;
    this.#wide = undefined;
    wide?.reader.close();
    if (wide !== undefined) await closeSocket(wide.sender);
  }

  async #widen(): Promise<void> {
    if (this.#wide !== undefined) return;
    const sender = await createUdpSocket("IPv6");
    await bind(sender, "::", 0);
    try {
      const onDatagram = beyondLinks(this.#onDatagram);
      const reader = DatagramReader.open("::", this.#port, onDatagram);
      listen(sender, onDatagram, this.#onError);
      this.#wide = { reader, sender };
    } catch (error) {
      await closeSocket(sender);
      throw error;
    }
  }
}

/** Adds to the sender's address the link that it is good on. */
function onLink({ name }: NetworkInterface, onDatagram: OnDatagram): OnDatagram {
  return (bytes, hostname, port) =>
    onDatagram(bytes, isLinkLocal(hostname) ? `${hostname}%${name}` : hostname, port, name);
}

/**
 * Leaves out what the sockets of a link hear too and know better, and what came by IPv4, which is
 * shown as an IPv6 address of its own kind.
 */
function beyondLinks(onDatagram: OnDatagram): OnDatagram {
  return (bytes, hostname, port) => {
    if (!isLinkLocal(hostname) && !hostname.startsWith("::ffff:")) {
      onDatagram(bytes, hostname, port);
    }
  };
}
