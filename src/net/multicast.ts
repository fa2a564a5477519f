import type { Socket } from "node:dgram";
import type { Address, LinkName } from "../core/kernel/ids.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { malformed } from "../core/kernel/refusals.ts";
import { SECOND } from "../core/kernel/time.ts";
import type { Families } from "../core/messages.ts";
import type { OnDatagram } from "./datagram_reader.ts";
import { groupFamilyOf, type GroupLink, type GroupSockets } from "./group_link.ts";
import {
  chooseInterfaces,
  hostnameOf,
  isOnNetwork,
  listInterfaces,
  missingInterfaces,
  type NetworkInterface,
  noSuchInterface,
} from "./interfaces.ts";
import { Ipv4Group } from "./ipv4_group.ts";
import { Ipv6Group } from "./ipv6_group.ts";
import {
  type Family,
  familyOf,
  isLoopback,
  parseSocketAddress,
  printSocketAddress,
  scopeOf,
} from "./socket_address.ts";

/** What fits every link that we care for without being cut into fragments. */
export const DATAGRAM_LIMIT_BYTES = 1_200;

/** Links come and go in the field; this is how soon that is seen. */
const REFRESH_MS = 10 * SECOND;

/** An address that has just come up cannot be used at once, so what was refused is tried soon. */
const RETRY_MS = 1 * SECOND;
const RETRIES = 5;

/** How long a goodbye may take to leave before the sockets close on it. */
const FLUSH_MS = 1 * SECOND;

export interface MulticastOptions {
  /** One for each family, at most. */
  readonly groups: readonly string[];
  readonly port: number;
  /** Names or addresses; all interfaces when empty. */
  readonly interfaces: readonly string[];
  /** The link is undefined for what came from this machine, or from a network that it is not on. */
  readonly onDatagram: (bytes: Uint8Array, from: Address, link: LinkName | undefined) => void;
  readonly onChange: (change: InterfaceChange) => void;
  /** What this machine has now. Tests hand in their own. */
  readonly list?: () => NetworkInterface[];
}

export interface InterfaceChange {
  readonly kind: "joined" | "left" | "refused";
  readonly name: string;
  readonly family: Family;
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

/**
 * Datagrams to everyone and to one. Each family hears its group on every interface in its own way;
 * each interface has a socket of its own to send with, because a socket multicasts through one
 * interface only. A peer answers to the address that it heard, so the sending sockets listen too.
 */
export class Multicast {
  readonly #options: MulticastOptions;
  readonly #groups: ReadonlyMap<Family, GroupSockets>;
  readonly #links = new Map<string, GroupLink>();
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
  #refreshes = 0;
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  private constructor(options: MulticastOptions) {
    this.#options = options;
    this.#groups = openGroups(
      options,
      (bytes, hostname, port, link) => this.#receive(bytes, hostname, port, link),
      () => this.#counts.sendErrors++,
    );
  }

  static async open(options: MulticastOptions): Promise<Multicast> {
    const present = (options.list ?? listInterfaces)();
    const { interfaces: wanted } = options;
    if (wanted.length > 0 && missingInterfaces(present, wanted).length === wanted.length) {
      throw noSuchInterface(wanted, present);
    }
    const multicast = new Multicast(options);
    const [only, ...others] = multicast.#groups.keys();
    if (only === "IPv6" && others.length === 0 && multicast.lacks(only)) {
      await multicast.close();
      throw noIpv6(options.groups);
    }
    await multicast.refresh();
    multicast.#refreshLater();
    return multicast;
  }

  get counts(): Readonly<MulticastCounts> {
    return this.#counts;
  }

  /** The interfaces in use, once for each family. */
  get interfaces(): NetworkInterface[] {
    return [...this.#links.values()].map((link) => link.network);
  }

  /** The port that beacons are heard on. */
  get port(): number {
    const [first] = this.#groups.values();
    return first?.port ?? this.#options.port;
  }

  /** Whether this machine has no address of a family whose group was asked for. */
  lacks(family: Family): boolean {
    const present = (this.#options.list ?? listInterfaces)();
    return this.#groups.has(family) && !present.some((found) => found.family === family);
  }

  /** Sends to the groups on every interface. One that fails does not keep the others from it. */
  multicast(bytes: Uint8Array, families: Families = "both"): void {
    this.#multicastOn([...this.#links.values()], bytes, families);
  }

  /**
   * Sends to the groups on all links that lead out of this machine but these; answers whether there
   * are any.
   */
  multicastBeyond(bytes: Uint8Array, exceptLinks: readonly LinkName[]): boolean {
    const links = [...this.#links.values()].filter(({ network: { name, address } }) =>
      !isLoopback(address) && !exceptLinks.includes(name)
    );
    this.#multicastOn(links, bytes, "both");
    return links.length > 0;
  }

  #multicastOn(links: readonly GroupLink[], bytes: Uint8Array, families: Families): void {
    const byIpv4 = new Set(links.filter(isIpv4).map(({ network }) => network.name));
    for (const { socket, network } of links) {
      if (families === "ipv4" && network.family === "IPv6" && byIpv4.has(network.name)) continue;
      const { group, port } = this.#groups.get(network.family)!;
      // Kernels route no IPv6 multicast through loopback unless they are told to.
      const onError = network.address === "::1"
        ? ({ message }: Error) =>
          this.#noteRefused(network, `multicast does not leave by it, only --peer does: ${message}`)
        : undefined;
      this.#send(socket, bytes, group, port, onError);
    }
  }

  unicast(bytes: Uint8Array, to: Address): void {
    const target = parseSocketAddress(to);
    const socket = target && this.#socketTo(target.hostname);
    if (target === undefined || socket === undefined) this.#counts.unroutable++;
    else this.#send(socket, bytes, target.hostname, target.port);
  }

  /** Joins the interfaces that are new and leaves those that are gone. */
  async refresh(): Promise<void> {
    const present = (this.#options.list ?? listInterfaces)();
    const chosen = chooseInterfaces(present, this.#options.interfaces)
      .filter(({ family }) => this.#groups.has(family));
    for (const [key, link] of this.#links) {
      if (!chosen.some((network) => keyOf(network) === key)) await this.#leave(key, link);
    }
    for (const network of chosen) {
      if (!this.#closed && !this.#links.has(keyOf(network))) await this.#join(network);
    }
  }

  /** Waits for what is on its way out; sockets send in turns of their own. */
  async flush(timeoutMs: number): Promise<void> {
    const flushBy = performance.now() + timeoutMs;
    while (this.#pendingSends > 0 && performance.now() < flushBy) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /** Waits for what is on its way out, for a bounded time, and closes every socket. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#refreshTimer);
    await this.flush(FLUSH_MS);
    const links = [...this.#links.values()];
    this.#links.clear();
    await Promise.all(links.map((link) => link.leave()));
    await Promise.all([...this.#groups.values()].map((sockets) => sockets.close()));
  }

  #refreshLater(): void {
    if (this.#closed) return;
    const isSoon = this.#refused.size > 0 && this.#refreshes++ < RETRIES;
    this.#refreshTimer = setTimeout(
      () => void this.refresh().finally(() => this.#refreshLater()),
      isSoon ? RETRY_MS : REFRESH_MS,
    );
  }

  async #join(network: NetworkInterface): Promise<void> {
    let link: GroupLink;
    try {
      link = await this.#groups.get(network.family)!.join(network);
    } catch (error) {
      return this.#noteRefused(network, error);
    }
    if (this.#closed) return await link.leave();
    this.#refused.delete(keyOf(network));
    this.#links.set(keyOf(network), link);
    this.#tell("joined", network);
  }

  async #leave(key: string, link: GroupLink): Promise<void> {
    this.#links.delete(key);
    this.#tell("left", link.network);
    await link.leave();
  }

  /** An interface that cannot multicast is said once, however often it is tried. */
  #noteRefused(network: NetworkInterface, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#refused.get(keyOf(network)) === reason) return;
    this.#refused.set(keyOf(network), reason);
    this.#tell("refused", network, reason);
  }

  #tell(kind: InterfaceChange["kind"], network: NetworkInterface, reason?: string): void {
    const { name, family } = network;
    const address = hostnameOf(network);
    this.#options.onChange(
      reason === undefined
        ? { kind, name, family, address }
        : { kind, name, family, address, reason },
    );
  }

  #receive(bytes: Uint8Array, hostname: string, port: number, link?: LinkName): void {
    if (this.#closed) return;
    this.#counts.received++;
    if (bytes.byteLength > DATAGRAM_LIMIT_BYTES) this.#counts.oversize++;
    else if (this.#isForeign(hostname)) this.#counts.foreign++;
    else {
      const from = printSocketAddress({ hostname, port });
      this.#options.onDatagram(bytes, from, this.#linkOf(hostname, link));
    }
  }

  /** The socket for a family's group tells no link where it hears all of them. */
  #linkOf(hostname: string, link: LinkName | undefined): LinkName | undefined {
    if (isLoopback(hostname)) return undefined;
    if (link !== undefined || familyOf(hostname) !== "IPv4") return link;
    return [...this.#links.values()].find((its) =>
      isIpv4(its) && isOnNetwork(hostname, its.network)
    )?.network.name;
  }

  /** The kernel may hand over what another program joined for, on an interface that we did not. */
  #isForeign(hostname: string): boolean {
    if (isLoopback(hostname)) return false;
    return [...this.#links.values()].every((link) => isLoopback(link.network.address));
  }

  #send(
    socket: Socket,
    bytes: Uint8Array,
    hostname: string,
    port: number,
    onError?: (error: Error) => void,
  ): void {
    if (bytes.byteLength > DATAGRAM_LIMIT_BYTES) {
      this.#counts.oversize++;
      return;
    }
    this.#pendingSends++;
    socket.send(bytes, port, hostname, (error) => {
      this.#pendingSends--;
      if (!error) this.#counts.sent++;
      else if (onError === undefined) this.#counts.sendErrors++;
      else onError(error);
    });
  }

  /** The socket of the interface on the peer's own network, else of any that leads out of here. */
  #socketTo(hostname: string): Socket | undefined {
    const family = familyOf(hostname);
    const links = [...this.#links.values()].filter(({ network }) => network.family === family);
    const outward = links.find((link) => !isLoopback(link.network.address));
    if (family === "IPv4") {
      const near = links.find((link) => isOnNetwork(hostname, link.network));
      return (near ?? (isLoopback(hostname) ? undefined : outward))?.socket;
    }
    const scope = scopeOf(hostname);
    if (scope !== undefined) return links.find(({ network }) => network.name === scope)?.socket;
    if (isLoopback(hostname)) return links.find(({ network }) => network.address === "::1")?.socket;
    return family && this.#groups.get(family)?.anywhere;
  }
}

function isIpv4({ network }: GroupLink): boolean {
  return network.family === "IPv4";
}

function openGroups(
  { groups, port }: MulticastOptions,
  onDatagram: OnDatagram,
  onError: () => void,
): Map<Family, GroupSockets> {
  const opened = new Map<Family, GroupSockets>();
  const ipv4 = groups.find((group) => groupFamilyOf(group) === "IPv4");
  const ipv6 = groups.find((group) => groupFamilyOf(group) === "IPv6");
  const usable = [ipv4, ipv6].filter((group) => group !== undefined);
  if (usable.length !== groups.length || usable.length === 0) {
    throw notGroups(groups);
  }
  if (ipv4 !== undefined) opened.set("IPv4", new Ipv4Group(ipv4, port, onDatagram, onError));
  if (ipv6 !== undefined) {
    const sharedPort = opened.get("IPv4")?.port ?? port;
    opened.set("IPv6", new Ipv6Group(ipv6, sharedPort, onDatagram, onError));
  }
  return opened;
}

function noIpv6(groups: readonly string[]): OperatingError {
  return new OperatingError(`Cannot use the group ${groups}: this machine has no IPv6 address`, {
    code: "no-such-interface",
    hint: "leave out --group, or use one of IPv4 such as 239.255.72.86",
  });
}

function notGroups(groups: readonly string[]): Error {
  return malformed(
    `Cannot use ${
      groups.join(",") || "no address"
    } as the multicast group: it is not one address ` +
      "of IPv4, one of IPv6 for a single link, or one of each",
    { code: "usage", hint: "write it like 239.255.72.86,ff02::4856" },
  );
}

function keyOf(network: NetworkInterface): string {
  return `${network.name} ${network.address}`;
}
