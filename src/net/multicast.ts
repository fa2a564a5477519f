import type { RemoteInfo, Socket } from "node:dgram";
import type { Address } from "../core/kernel/ids.ts";
import { SECOND } from "../core/kernel/time.ts";
import {
  chooseInterfaces,
  isLoopback,
  isOnNetwork,
  listInterfaces,
  missingInterfaces,
  type NetworkInterface,
  noSuchInterface,
} from "./interfaces.ts";
import { MulticastReceiver } from "./multicast_receiver.ts";
import { bind, closeSocket, createUdpSocket } from "./udp_socket.ts";

/** What fits every link that we care for without being cut into fragments. */
export const DATAGRAM_LIMIT_BYTES = 1_200;

/** Links come and go in the field; this is how soon that is seen. */
const REFRESH_MS = 10 * SECOND;

/** How long a goodbye may take to leave before the sockets close on it. */
const FLUSH_MS = 1 * SECOND;

const TIME_TO_LIVE = 1;

export interface MulticastOptions {
  readonly group: string;
  readonly port: number;
  /** Names or addresses; all interfaces when empty. */
  readonly interfaces: readonly string[];
  readonly onDatagram: (bytes: Uint8Array, from: Address) => void;
  readonly onChange: (change: InterfaceChange) => void;
  /** What this machine has now. Tests hand in their own. */
  readonly list?: () => NetworkInterface[];
}

export interface InterfaceChange {
  readonly kind: "joined" | "left" | "refused";
  readonly name: string;
  readonly address: string;
  readonly reason?: string;
}

/** Every datagram and every attempt to send one ends in one of these. */
export interface MulticastCounts {
  sent: number;
  received: number;
  oversize: number;
  /** From beyond this machine, to a node that uses loopback only. */
  foreign: number;
  /** To an address that no interface leads to, or that is none. */
  unroutable: number;
  sendErrors: number;
}

interface Link {
  readonly network: NetworkInterface;
  readonly socket: Socket;
}

/**
 * Datagrams to everyone and to one. One socket hears the group on every interface; each interface
 * has a socket of its own to send with, because a socket multicasts through one interface only. A
 * peer answers to the address that it heard, so the sending sockets listen too.
 */
export class Multicast {
  readonly #options: MulticastOptions;
  readonly #receiver: MulticastReceiver;
  readonly #links = new Map<string, Link>();
  readonly #refused = new Map<string, string>();
  readonly #counts: MulticastCounts = {
    sent: 0,
    received: 0,
    oversize: 0,
    foreign: 0,
    unroutable: 0,
    sendErrors: 0,
  };
  #pendingSends = 0;
  #refreshTimer: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  private constructor(options: MulticastOptions) {
    this.#options = options;
    this.#receiver = MulticastReceiver.open(
      options.group,
      options.port,
      (bytes, from) => this.#receive(bytes, from.hostname, from.port),
    );
  }

  static async open(options: MulticastOptions): Promise<Multicast> {
    const present = (options.list ?? listInterfaces)();
    const { interfaces: wanted } = options;
    if (wanted.length > 0 && missingInterfaces(present, wanted).length === wanted.length) {
      throw noSuchInterface(wanted, present);
    }
    const multicast = new Multicast(options);
    await multicast.refresh();
    multicast.#refreshTimer = setInterval(() => void multicast.refresh(), REFRESH_MS);
    return multicast;
  }

  get counts(): Readonly<MulticastCounts> {
    return this.#counts;
  }

  /** The interfaces in use. */
  get interfaces(): NetworkInterface[] {
    return [...this.#links.values()].map((link) => link.network);
  }

  /** The port that beacons are heard on. */
  get port(): number {
    return this.#receiver.port;
  }

  /** Sends to the group on every interface. One that fails does not keep the others from it. */
  multicast(bytes: Uint8Array): void {
    for (const link of this.#links.values()) {
      this.#send(link.socket, bytes, this.#options.group, this.port);
    }
  }

  unicast(bytes: Uint8Array, to: Address): void {
    const colon = to.lastIndexOf(":");
    const host = to.slice(0, colon);
    const link = this.#linkTo(host);
    if (link === undefined) this.#counts.unroutable++;
    else this.#send(link.socket, bytes, host, Number(to.slice(colon + 1)));
  }

  /** Joins the interfaces that are new and leaves those that are gone. */
  async refresh(): Promise<void> {
    const present = (this.#options.list ?? listInterfaces)();
    const chosen = chooseInterfaces(present, this.#options.interfaces);
    for (const [key, link] of this.#links) {
      if (!chosen.some((network) => keyOf(network) === key)) await this.#leave(key, link);
    }
    for (const network of chosen) {
      if (!this.#closed && !this.#links.has(keyOf(network))) await this.#join(network);
    }
  }

  /** Waits for what is on its way out, for a bounded time, and closes every socket. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#refreshTimer);
    const flushBy = performance.now() + FLUSH_MS;
    while (this.#pendingSends > 0 && performance.now() < flushBy) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    this.#receiver.close();
    const sockets = [...this.#links.values()].map((link) => link.socket);
    this.#links.clear();
    await Promise.all(sockets.map(closeSocket));
  }

  async #join(network: NetworkInterface): Promise<void> {
    let socket: Socket | undefined;
    try {
      socket = await createUdpSocket();
      await bind(socket, network.address, 0);
      socket.setMulticastInterface(network.address);
      socket.setMulticastTTL(TIME_TO_LIVE);
      socket.setMulticastLoopback(true);
      await this.#receiver.join(network.address);
    } catch (error) {
      if (socket !== undefined) await closeSocket(socket);
      this.#noteRefused(network, error);
      return;
    }
    if (this.#closed) return await closeSocket(socket);
    this.#listen(socket);
    this.#refused.delete(keyOf(network));
    this.#links.set(keyOf(network), { network, socket });
    this.#tell("joined", network);
  }

  async #leave(key: string, link: Link): Promise<void> {
    this.#links.delete(key);
    await this.#receiver.leave(link.network.address);
    this.#tell("left", link.network);
    await closeSocket(link.socket);
  }

  /** An interface that cannot multicast is said once, however often it is tried. */
  #noteRefused(network: NetworkInterface, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#refused.get(keyOf(network)) === reason) return;
    this.#refused.set(keyOf(network), reason);
    this.#tell("refused", network, reason);
  }

  #tell(kind: InterfaceChange["kind"], network: NetworkInterface, reason?: string): void {
    const { name, address } = network;
    this.#options.onChange(
      reason === undefined ? { kind, name, address } : { kind, name, address, reason },
    );
  }

  #listen(socket: Socket): void {
    socket.on("message", (bytes: Uint8Array, { address, port }: RemoteInfo) => {
      this.#receive(bytes, address, port);
    });
    socket.on("error", () => this.#counts.sendErrors++);
  }

  #receive(bytes: Uint8Array, address: string, port: number): void {
    if (this.#closed) return;
    this.#counts.received++;
    if (bytes.byteLength > DATAGRAM_LIMIT_BYTES) this.#counts.oversize++;
    else if (this.#isForeign(address)) this.#counts.foreign++;
    else this.#options.onDatagram(bytes, `${address}:${port}`);
  }

  /** The kernel may hand over what another program joined for, on an interface that we did not. */
  #isForeign(address: string): boolean {
    if (isLoopback(address)) return false;
    return [...this.#links.values()].every((link) => isLoopback(link.network.address));
  }

  #send(socket: Socket, bytes: Uint8Array, host: string, port: number): void {
    if (bytes.byteLength > DATAGRAM_LIMIT_BYTES) {
      this.#counts.oversize++;
      return;
    }
    this.#pendingSends++;
    socket.send(bytes, port, host, (error) => {
      this.#pendingSends--;
      if (error) this.#counts.sendErrors++;
      else this.#counts.sent++;
    });
  }

  /** The interface on the peer's own network, else any that leads out of this machine. */
  #linkTo(host: string): Link | undefined {
    const links = [...this.#links.values()];
    return links.find((link) => isOnNetwork(host, link.network)) ??
      (isLoopback(host) ? undefined : links.find((link) => !isLoopback(link.network.address)));
  }
}

function keyOf(network: NetworkInterface): string {
  return `${network.name} ${network.address}`;
}
