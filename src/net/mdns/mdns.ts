import type { Socket } from "node:dgram";
import { BoundedMap } from "../../core/kernel/bounded_map.ts";
import type { NodeId } from "../../core/kernel/ids.ts";
import type { Random } from "../../core/kernel/random.ts";
import { type Millis, NEVER, SECOND } from "../../core/kernel/time.ts";
import { isSameAddress, type PeerAddress, type SourceEvent } from "../../core/discovery/source.ts";
import { DatagramReader, type OnDatagram } from "../datagram_reader.ts";
import { openSender, scopedTo } from "../group_link.ts";
import {
  chooseInterfaces,
  isOnNetwork,
  listInterfaces,
  type NetworkInterface,
} from "../interfaces.ts";
import { type Family, parseSocketAddress, printSocketAddress } from "../socket_address.ts";
import { closeSocket } from "../udp_socket.ts";
import { decodeMdns } from "./decode.ts";
import { MdnsLink } from "./link.ts";
import { LONGEST_MESSAGE_BYTES } from "./message.ts";
import { type Announcement, type Instance, readInstance } from "./service.ts";

export const MDNS_GROUPS: Record<Family, string> = { IPv4: "224.0.0.251", IPv6: "ff02::fb" };
export const MDNS_PORT = 5353;
/** Receivers of before took anything less for a message from beyond the link. */
const TIME_TO_LIVE = 255;

const REFRESH_MS = 10 * SECOND;
/** How long a goodbye may take to leave. */
const FLUSH_MS = 1 * SECOND;
const NODE_LIMIT = 512;

export interface MdnsOptions {
  readonly announcement: Omit<Announcement, "addresses">;
  /** Listen, and say nothing of this node and ask for none. */
  readonly isSilent: boolean;
  /** Names or addresses; all interfaces when empty. */
  readonly interfaces: readonly string[];
  readonly random: Random;
  readonly now: () => Millis;
  readonly onEvent: (event: SourceEvent) => void;
  readonly onRefused: (network: NetworkInterface, reason: string) => void;
}

/** Every message that came in ends in one of these, or is taken. */
export interface MdnsCounts {
  received: number;
  sent: number;
  sendErrors: number;
  malformed: number;
  /** From an address that is on no link of ours, by IPv4, where one socket hears them all. */
  foreign: number;
  /** Of a node of another formation, which is not tried. */
  otherFormation: number;
  /** Of a service that names no node. */
  nameless: number;
  /** More nodes than are remembered. */
  full: number;
}

/** What is known of a node: for each interface and instance, where it is said to be. */
type Claims = Map<string, readonly PeerAddress[]>;

/** Finds nodes by the name service of the local network, and lets them find this one. */
export class Mdns {
  readonly #options: MdnsOptions;
  readonly #reader: DatagramReader;
  readonly #links = new Map<string, MdnsLink>();
  readonly #leave = new Map<string, () => Promise<void>>();
  readonly #refused = new Map<string, string>();
  readonly #nodes = new BoundedMap<NodeId, Claims>(NODE_LIMIT, "refuse-new");
  /** The node of each interface and instance. */
  readonly #nodeOf = new Map<string, NodeId>();
  readonly #counts: MdnsCounts = {
    received: 0,
    sent: 0,
    sendErrors: 0,
    malformed: 0,
    foreign: 0,
    otherFormation: 0,
    nameless: 0,
    full: 0,
  };
  #pendingSends = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #refreshTimer: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  private constructor(options: MdnsOptions) {
    this.#options = options;
    this.#reader = DatagramReader.open(
      "0.0.0.0",
      MDNS_PORT,
      (bytes, hostname, port) => this.#receiveFromAny(bytes, hostname, port),
      LONGEST_MESSAGE_BYTES + 1,
    );
  }

  static async open(options: MdnsOptions): Promise<Mdns> {
    const mdns = new Mdns(options);
    await mdns.#refresh();
    mdns.#refreshTimer = setInterval(() => void mdns.#refresh(), REFRESH_MS);
    return mdns;
  }

  /** The interfaces in use. */
  get interfaces(): NetworkInterface[] {
    return [...this.#links.values()].map((link) => link.network);
  }

  get counts(): Readonly<MdnsCounts> {
    return this.#counts;
  }

  /** The node fell silent: ask whether it is still announced. */
  doubt(nodeId: NodeId): void {
    for (const key of this.#nodes.get(nodeId)?.keys() ?? []) {
      const [linkKey = "", label = ""] = key.split("\n");
      this.#links.get(linkKey)?.doubt(this.#options.now(), label);
    }
    this.#arm();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    for (const link of this.#links.values()) link.stop(this.#options.now());
    this.#closed = true;
    clearInterval(this.#refreshTimer);
    clearTimeout(this.#timer);
    const flushBy = performance.now() + FLUSH_MS;
    while (this.#pendingSends > 0 && performance.now() < flushBy) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const leave of this.#leave.values()) await leave();
    this.#reader.close();
  }

  /** Joins the interfaces that are new and leaves those that are gone. */
  async #refresh(): Promise<void> {
    const chosen = chooseInterfaces(listInterfaces(), this.#options.interfaces);
    for (const key of [...this.#links.keys()]) {
      if (!chosen.some((network) => keyOf(network) === key)) await this.#part(key);
    }
    for (const network of chosen) {
      if (this.#closed || this.#links.has(keyOf(network))) continue;
      const others = chosen.filter(({ name }) => name === network.name);
      await this.#join(network, others.map(({ address }) => address));
    }
    this.#arm();
  }

  async #join(network: NetworkInterface, addresses: readonly string[]): Promise<void> {
    const key = keyOf(network);
    try {
      await using held = new AsyncDisposableStack();
      const sender = { port: MDNS_PORT, timeToLive: TIME_TO_LIVE };
      const socket = held.adopt(await openSender(network, sender), closeSocket);
      const receive = (bytes: Uint8Array, hostname: string, port: number) =>
        this.#receive(this.#links.get(key), bytes, hostname, port);
      await this.#listen(network, socket, held, receive);
      if (this.#closed) return;
      socket.on("error", () => this.#counts.sendErrors++);
      // What is sent to this address and port alone comes to this socket.
      socket.on("message", (bytes: Uint8Array, { address, port }) => {
        receive(bytes, address, port);
      });
      const kept = held.move();
      this.#leave.set(key, () => kept.disposeAsync());
      this.#start(key, network, addresses, socket);
      this.#refused.delete(key);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#refused.get(key) === reason) return;
      this.#refused.set(key, reason);
      this.#options.onRefused(network, reason);
    }
  }

  /** By IPv6 each link has a socket of its own, since an address there means nothing without one. */
  async #listen(
    { family, name, address }: NetworkInterface,
    socket: Socket,
    held: AsyncDisposableStack,
    receive: OnDatagram,
  ): Promise<void> {
    const group = MDNS_GROUPS[family];
    if (family === "IPv4") {
      const membership = await this.#reader.socket.joinMulticastV4(group, address);
      held.defer(() => membership.leave().catch(() => {}));
      return;
    }
    socket.addMembership(group, scopedTo(name));
    const longestBytes = LONGEST_MESSAGE_BYTES + 1;
    const reader = DatagramReader.open(`${group}%${name}`, MDNS_PORT, receive, longestBytes);
    held.adopt(reader, (its) => its.close());
  }

  #start(
    key: string,
    network: NetworkInterface,
    addresses: readonly string[],
    socket: Socket,
  ): void {
    const { announcement, isSilent, random, now } = this.#options;
    const link = new MdnsLink({
      network,
      socket,
      announcement: isSilent ? undefined : { ...announcement, addresses },
      addresses,
      ownAddresses: () => [...this.#links.values()].flatMap((other) => other.addresses),
      random: random.split(key),
      send: (socket, bytes, to) => this.#send(network.family, socket, bytes, to),
      onSeen: (instance) => this.#see(link, key, instance),
      onLost: (label) => this.#lose(`${key}\n${label}`),
    });
    this.#links.set(key, link);
    link.start(now());
  }

  async #part(key: string): Promise<void> {
    this.#links.delete(key);
    for (const claim of [...this.#nodeOf.keys()]) {
      if (claim.startsWith(`${key}\n`)) this.#lose(claim);
    }
    await this.#leave.get(key)?.();
    this.#leave.delete(key);
  }

  /** The socket that hears IPv4 does not tell by which link. */
  #receiveFromAny(bytes: Uint8Array, hostname: string, port: number): void {
    const link = [...this.#links.values()].find(({ network }) => isOnNetwork(hostname, network));
    this.#receive(link, bytes, hostname, port);
  }

  #receive(link: MdnsLink | undefined, bytes: Uint8Array, hostname: string, port: number): void {
    if (this.#closed) return;
    this.#counts.received++;
    if (link === undefined) {
      this.#counts.foreign++;
      return;
    }
    const message = decodeMdns(bytes);
    if (message === undefined) this.#counts.malformed++;
    else link.receive(this.#options.now(), message, hostname, port, port !== MDNS_PORT);
    this.#arm();
  }

  #see(link: MdnsLink, linkKey: string, instance: Instance): void {
    const claim = `${linkKey}\n${instance.label}`;
    const { announcement } = this.#options;
    const view = readInstance(instance);
    const tag = view?.formationTag;
    if (view === undefined) {
      this.#counts.nameless++;
      return this.#lose(claim);
    }
    if (view.nodeId === announcement.nodeId) return;
    if (tag !== undefined && tag !== announcement.formationTag) {
      this.#counts.otherFormation++;
      return this.#lose(claim);
    }
    if (this.#nodeOf.get(claim) !== view.nodeId) this.#lose(claim);
    const claims: Claims = this.#nodes.get(view.nodeId) ?? new Map();
    if (!this.#nodes.set(view.nodeId, claims)) {
      this.#counts.full++;
      return;
    }
    const port = view.beaconPort ?? announcement.beaconPort;
    claims.set(
      claim,
      link.onLink(instance.addresses).map((hostname) => ({
        from: printSocketAddress({ hostname, port }),
        // A node in no formation takes no streams, and announces port 0 or its beacons' port.
        ...(announcement.formationTag === undefined ? {} : { port: view.port }),
      })),
    );
    this.#nodeOf.set(claim, view.nodeId);
    this.#tell(view.nodeId, claims);
  }

  #lose(claim: string): void {
    const nodeId = this.#nodeOf.get(claim);
    const claims = nodeId && this.#nodes.get(nodeId);
    if (nodeId === undefined || !claims) return;
    this.#nodeOf.delete(claim);
    claims.delete(claim);
    if (claims.size > 0) return this.#tell(nodeId, claims);
    this.#nodes.delete(nodeId);
    this.#options.onEvent({ kind: "lost", nodeId });
  }

  #tell(nodeId: NodeId, claims: Claims): void {
    // Both families of a link tell of the same addresses.
    const addresses: PeerAddress[] = [];
    for (const address of [...claims.values()].flat()) {
      if (!addresses.some((known) => isSameAddress(known, address))) addresses.push(address);
    }
    this.#options.onEvent({ kind: "seen", nodeId, addresses });
  }

  #send(family: Family, socket: Socket, bytes: Uint8Array, to: string | undefined): void {
    if (this.#closed) return;
    const { hostname, port } = (to && parseSocketAddress(to)) ||
      { hostname: MDNS_GROUPS[family], port: MDNS_PORT };
    this.#pendingSends++;
    socket.send(bytes, port, hostname, (error) => {
      this.#pendingSends--;
      if (error) this.#counts.sendErrors++;
      else this.#counts.sent++;
    });
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const deadlines = [...this.#links.values()].map((link) => link.deadline());
    const at = Math.min(NEVER, ...deadlines);
    if (at === NEVER) return;
    const delayMs = Math.max(1, Math.ceil(at - this.#options.now()));
    this.#timer = setTimeout(() => {
      for (const link of this.#links.values()) link.wake(this.#options.now());
      this.#arm();
    }, delayMs);
  }
}

function keyOf(network: NetworkInterface): string {
  return `${network.name} ${network.address}`;
}
