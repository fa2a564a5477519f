import { assert } from "../../core/kernel/assert.ts";
import type { Address, NodeId } from "../../core/kernel/ids.ts";
import type { Millis } from "../../core/kernel/time.ts";
import type { ProfileName } from "../../core/profile.ts";
import type { Authenticator, HandshakeMachine } from "../authenticator.ts";
import type { CloseCode } from "../close_code.ts";
import { EventTeller } from "../event_teller.ts";
import type { PriorityClass } from "../../core/priority.ts";
import {
  type ConnectionStatus,
  noClassCounts,
  RequestError,
  type RequestOptions,
  type Transport,
  type TransportEvent,
} from "../transport.ts";
import { MOST_STREAMS } from "./class_streams.ts";
import type { Closing } from "./closing.ts";
import { drawInstance } from "./control_message.ts";
import type { Dial } from "./dial.ts";
import { type ClientTls, Dialler } from "./dialler.ts";
import { openEndpoint } from "./endpoint.ts";
import { type Guest, HandshakeSlots } from "./handshake_slots.ts";
import { QUIC_LIMITS, type QuicLimits } from "./limits.ts";
import { Link, type LinkObserver } from "./link.ts";
import { PeerLinks } from "./peer_links.ts";
import { printSocketAddress } from "../socket_address.ts";
import { Tasks } from "./tasks.ts";

/** The protocol and its version, as the two sides agree on it before anything else. */
export const ALPN = "peat/1";

export const DEFAULT_PORT = 11_204;

/** How connections end over which no honest node's messages came. */
const OFFENCES: readonly CloseCode[] = ["badFrame", "oversizeFrame", "cutOff", "tooManyStreams"];

/**
 * A connection has memory ready for each stream that the other side may open. One more is allowed
 * than messages take, so that whoever opens it can be told why it is hung up on.
 */
const STREAM_LIMIT = { maxConcurrentUnidirectionalStreams: MOST_STREAMS + 1 };

/**
 * How soon silence counts as loss, and how often a silent connection is kept alive before. Pulses
 * notice a lost peer far sooner and for all connections at once, so these are long and cheap.
 */
export interface QuicTiming {
  readonly maxIdleMs: Millis;
  readonly keepAliveMs: Millis;
}

export const QUIC_TIMING: Readonly<Record<ProfileName, QuicTiming>> = {
  standard: { maxIdleMs: 90_000, keepAliveMs: 30_000 },
  distributed: { maxIdleMs: 180_000, keepAliveMs: 60_000 },
  tactical: { maxIdleMs: 30_000, keepAliveMs: 10_000 },
  // Of the little that an idle node of this profile says, more often would be a tenth.
  fast: { maxIdleMs: 6_000, keepAliveMs: 3_000 },
};

export interface QuicTransportOptions {
  readonly nodeId: NodeId;
  /** What this node shows to those who dial it, in PEM. */
  readonly serverTls: { readonly cert: string; readonly key: string };
  readonly clientTls: (peer: NodeId) => ClientTls;
  readonly authenticator: Authenticator;
  readonly onEvent: (event: TransportEvent) => void;
  /** Zero takes any port that is free. */
  readonly port?: number;
  /** Every address of this machine when absent, IPv6 and IPv4. */
  readonly hostname?: string;
  readonly timing?: QuicTiming;
  readonly congestionControl?: "low-latency" | "throughput";
  readonly limits?: Partial<QuicLimits>;
}

/** Nodes over QUIC: one UDP socket for listening and dialling, one connection for each peer. */
export class QuicTransport implements Transport, LinkObserver {
  readonly #options: QuicTransportOptions;
  readonly #limits: QuicLimits;
  readonly #instance = drawInstance();
  readonly #tasks = new Tasks();
  readonly #teller: EventTeller;
  readonly #peers = new Map<NodeId, PeerLinks>();
  readonly #links = new Set<Link>();
  readonly #guests = new Map<Link, Guest>();
  readonly #slots: HandshakeSlots;
  #endpoint: Deno.QuicEndpoint | undefined;
  #listener: Deno.QuicListener | undefined;
  #dialler: Dialler | undefined;

  constructor(options: QuicTransportOptions) {
    this.#options = options;
    this.#limits = { ...QUIC_LIMITS, ...options.limits };
    this.#slots = new HandshakeSlots(this.#limits.handshakes);
    this.#teller = new EventTeller(options.onEvent);
  }

  // deno-lint-ignore require-await -- What it throws must reject.
  async start(): Promise<Address> {
    assert(this.#endpoint === undefined, "Cannot start transport: it was started");
    const { hostname, port = DEFAULT_PORT, clientTls, authenticator } = this.#options;
    const { maxIdleMs, keepAliveMs } = this.#options.timing ?? QUIC_TIMING.standard;
    const congestionControl = this.#options.congestionControl ?? "low-latency";
    const endpoint = this.#endpoint = openEndpoint(hostname, port);
    this.#relisten(this.#options.serverTls);
    this.#dialler = new Dialler({
      endpoint,
      alpn: ALPN,
      tls: clientTls,
      authenticator,
      dialMs: this.#limits.dialMs,
      // One side's packets keep both alive, so it is the dialling side that sends them.
      transport: {
        maxIdleTimeout: maxIdleMs,
        keepAliveInterval: keepAliveMs,
        congestionControl,
        ...STREAM_LIMIT,
      },
      createLink: (connection, machine, dial) => this.#createLink(connection, machine, dial),
      onFailed: (dial, closing) => this.#peers.get(dial.peer)?.dialFailed(dial, closing),
      tasks: this.#tasks,
    });
    return printSocketAddress(endpoint.addr);
  }

  /** Shows another certificate to those who dial from now on. */
  renewTls(serverTls: QuicTransportOptions["serverTls"]): void {
    if (this.#endpoint === undefined || this.#teller.isStopped) return;
    this.#listener?.stop();
    this.#relisten(serverTls);
  }

  #relisten(serverTls: QuicTransportOptions["serverTls"]): void {
    const { maxIdleMs } = this.#options.timing ?? QUIC_TIMING.standard;
    const listener = this.#listener = this.#endpoint!.listen({
      ...serverTls,
      alpnProtocols: [ALPN],
      maxIdleTimeout: maxIdleMs,
      congestionControl: this.#options.congestionControl ?? "low-latency",
      ...STREAM_LIMIT,
    });
    this.#tasks.run(() => this.#listen(listener));
  }

  async stop(): Promise<void> {
    this.#teller.stop();
    const closing: Closing = { code: "stopped", reason: "the node stopped" };
    for (const links of this.#peers.values()) links.disconnect(closing);
    for (const link of [...this.#links]) link.close(closing);
    // The listener ends with its endpoint. The runtime aborts the whole process when it is stopped
    // before and a dial that nobody has taken goes on.
    this.#endpoint?.close();
    await this.#tasks.settled();
  }

  get counts() {
    return this.#teller.counts;
  }

  connect(peer: NodeId, address: Address): void {
    if (this.#dialler === undefined || this.#teller.isStopped) return;
    if (peer === this.#options.nodeId) {
      this.#connectFailed(peer, address, { code: "self", reason: "this is the node itself" });
    } else {
      const links = this.#linksTo(peer);
      if (links !== undefined) links.connect(address);
      else this.#connectFailed(peer, address, this.#tooManyConnections());
    }
  }

  disconnect(peer: NodeId, reason: string): void {
    this.#peers.get(peer)?.disconnect({ code: "disconnected", reason });
    this.#forget(peer);
  }

  send(peer: NodeId, priorityClass: PriorityClass, bytes: Uint8Array): boolean {
    const traffic = this.#peers.get(peer)?.current?.traffic;
    const isAccepted = traffic?.send(priorityClass, bytes) ?? false;
    if (!isAccepted) this.counts.messagesRefused++;
    return isAccepted;
  }

  async request(
    peer: NodeId,
    bytes: Uint8Array,
    { deadlineMs }: RequestOptions,
  ): Promise<Uint8Array> {
    const traffic = this.#peers.get(peer)?.current?.traffic;
    if (traffic === undefined) throw new RequestError("notConnected", peer);
    const reply = await traffic.ask(bytes, deadlineMs);
    if (typeof reply === "string") throw new RequestError(reply, peer);
    return reply;
  }

  connections(): ConnectionStatus[] {
    return [...this.#peers].flatMap(([peer, links]): ConnectionStatus[] => {
      const { address, adoptedAt, traffic } = links.current ?? {};
      if (address !== undefined && adoptedAt !== undefined && traffic !== undefined) {
        const { bytesIn, bytesOut, bytesQueued } = traffic;
        const counts = { bytesIn: { ...bytesIn }, bytesOut, bytesQueued };
        return [{ peer, state: "connected", address, connectedAt: adoptedAt, ...counts }];
      }
      if (links.dial === undefined) return [];
      const none = noClassCounts();
      const counts = { bytesIn: none, bytesOut: none, bytesQueued: none };
      return [{ peer, state: "dialling", address: links.dial.address, ...counts }];
    });
  }

  onGreeted(link: Link): void {
    this.#leaveSlot(link);
    const peer = link.peer!;
    if (peer === this.#options.nodeId) return this.#meetNamesake(link);
    const links = this.#linksTo(peer);
    if (links !== undefined) links.greeted(link);
    else link.close(this.#tooManyConnections());
  }

  onAdopted(link: Link): void {
    this.#peers.get(link.peer!)?.adopted(link);
  }

  onAlive(link: Link): void {
    this.#peers.get(link.peer!)?.alive(link);
  }

  onClosed(link: Link, closing: Closing): void {
    this.#links.delete(link);
    this.#leaveSlot(link);
    const { address, dial, peer } = link;
    if (closing.code === "duplicateNode" && link.isClosedByPeer) {
      this.#teller.tell({ kind: "duplicateNode", nodeId: this.#options.nodeId, address });
    }
    if (dial === undefined && link.adoptedAt === undefined && closing.code !== "superseded") {
      this.#teller.tell({ kind: "refused", address, ...closing });
    }
    if (link.adoptedAt !== undefined && !link.isClosedByPeer && OFFENCES.includes(closing.code)) {
      this.counts.offences[closing.code] = (this.counts.offences[closing.code] ?? 0) + 1;
    }
    if (link.peerInstance !== undefined) this.#peers.get(peer!)?.closed(link, closing);
    else if (dial !== undefined) this.#peers.get(dial.peer)?.dialFailed(dial, closing);
    this.#forget(peer ?? dial?.peer);
  }

  onMessage(link: Link, priorityClass: PriorityClass, bytes: Uint8Array): void {
    this.#teller.tellNow({ kind: "message", peer: link.peer!, priorityClass, bytes });
  }

  onRequest(link: Link, bytes: Uint8Array, reply: (bytes: Uint8Array) => boolean): void {
    this.#teller.tellNow({ kind: "request", peer: link.peer!, bytes, reply });
  }

  onRequestDropped(): void {
    this.counts.requestsDropped++;
  }

  onWritable(link: Link, priorityClass: PriorityClass): void {
    this.#teller.tell({ kind: "writable", peer: link.peer!, priorityClass });
  }

  async #listen(listener: Deno.QuicListener): Promise<void> {
    while (true) {
      let incoming: Deno.QuicIncoming;
      try {
        incoming = await listener.incoming();
      } catch {
        return; // The listener was stopped, which is the one way in which this fails.
      }
      this.#welcome(incoming);
    }
  }

  #welcome(incoming: Deno.QuicIncoming): void {
    // The runtime aborts the whole process when this is accepted after its listener was stopped.
    if (this.#teller.isStopped) return;
    let connection: Deno.QuicConn;
    try {
      // Answers at once, so that a handshake that hangs is in our hands and can be ended. To ask
      // the incoming connection for its address would destroy it.
      connection = incoming.accept({ zeroRtt: true });
    } catch {
      return; // Its first packet was not one.
    }
    const link = this.#createLink(connection, this.#options.authenticator.server());
    const guest = {
      hostname: connection.remoteAddr.hostname,
      evict: () => link.close({ code: "tooManyHandshakes", reason: "others came later" }),
    };
    this.#guests.set(link, guest);
    this.#slots.add(guest);
  }

  #createLink(connection: Deno.QuicConn, machine: HandshakeMachine, dial?: Dial): Link {
    const link = new Link({
      connection,
      ...(dial === undefined ? {} : { dial }),
      instance: this.#instance,
      limits: this.#limits,
      observer: this,
      tasks: this.#tasks,
    }, machine);
    this.#links.add(link);
    return link;
  }

  #leaveSlot(link: Link): void {
    const guest = this.#guests.get(link);
    if (guest === undefined) return;
    this.#guests.delete(link);
    this.#slots.delete(guest);
  }

  /** The links to a peer, undefined when there are as many peers as there may be. */
  #linksTo(peer: NodeId): PeerLinks | undefined {
    const known = this.#peers.get(peer);
    if (known !== undefined || this.#peers.size >= this.#limits.connections) return known;
    const links = new PeerLinks({
      self: this.#options.nodeId,
      peer,
      limits: this.#limits,
      dial: (address) => this.#dialler!.dial(peer, address),
      onConnected: ({ address, proof }) =>
        this.#teller.tell({ kind: "connected", peer, address, proof: proof! }),
      onDisconnected: (closing) => this.#teller.tell({ kind: "disconnected", peer, ...closing }),
      onConnectFailed: (address, closing) => this.#connectFailed(peer, address, closing),
      onDuplicate: (address) => this.#teller.tell({ kind: "duplicateNode", nodeId: peer, address }),
    });
    this.#peers.set(peer, links);
    return links;
  }

  #forget(peer: NodeId | undefined): void {
    if (peer === undefined || this.#peers.get(peer)?.isEmpty !== true) return;
    this.#peers.get(peer)!.dispose();
    this.#peers.delete(peer);
  }

  #connectFailed(peer: NodeId, address: Address, closing: Closing): void {
    this.#teller.tell({ kind: "connectFailed", peer, address, ...closing });
    this.#forget(peer);
  }

  #meetNamesake(link: Link): void {
    if (link.peerInstance === this.#instance) {
      return link.close({ code: "self", reason: "this is the node itself" });
    }
    link.close({ code: "duplicateNode", reason: "this node has that id" });
    const { address } = link;
    this.#teller.tell({ kind: "duplicateNode", nodeId: this.#options.nodeId, address });
  }

  #tooManyConnections(): Closing {
    return {
      code: "tooManyConnections",
      reason: `there are ${this.#limits.connections} connections`,
    };
  }
}
