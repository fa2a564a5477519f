import type { Millis } from "../core/kernel/time.ts";
import type { NodeInput } from "../core/node_io.ts";
import type { PeerMessage } from "../core/peer_message.ts";
import type { PriorityClass } from "../core/priority.ts";
import type { Host } from "./host.ts";
import { LifeMemory } from "./life_memory.ts";
import { MessageStream } from "./message_stream.ts";
import { SharedFrames } from "./shared_frames.ts";
import type { Stage } from "./stage.ts";
import type { StreamConnection, StreamEvents } from "./stream_connection.ts";
import { StreamNetwork } from "./stream_network.ts";
import type { Trust } from "./trust.ts";
import type { VirtualDocuments } from "./virtual_documents.ts";
import { VirtualEnvelopes } from "./virtual_envelopes.ts";
import { HANDSHAKE_STREAM, VirtualHandshake } from "./virtual_handshake.ts";
import type { VirtualOrders } from "./virtual_orders.ts";

/** How long both sides have to prove who they are, from when the connection is open. */
const HANDSHAKE_LIMIT_MS: Millis = 5_000;

/** What was really at the other end when a host took a connection for proven. */
export interface Conclusion {
  readonly at: Millis;
  readonly wasMember: boolean;
}

/** What judges the words that come in over a connection, each of its own kind. */
interface Edge {
  readonly trust: Trust;
  readonly orders: VirtualOrders;
  readonly documents: VirtualDocuments;
}

/**
 * The transport that the simulator gives its nodes: one connection per pair, over the stream
 * network, and none without proof. Of two dials that cross, both ends keep the one that the lower
 * of the two made.
 */
export class VirtualTransport {
  readonly streams: StreamNetwork;
  readonly counts = { sent: 0, received: 0, dropped: 0 };
  readonly #stage: Stage;
  readonly #edge: Edge;
  readonly #envelopes: VirtualEnvelopes;
  readonly #links = new LifeMemory(() => new Map<number, Link>());
  readonly #dials = new LifeMemory(() => new Map<number, StreamConnection>());
  readonly #conclusions = new LifeMemory(() => new Map<number, Conclusion>());
  readonly #messages = new WeakMap<StreamConnection, MessageStream>();
  /** Whom the host takes the other end of a proven connection for. */
  readonly #peers = new WeakMap<StreamConnection, number>();
  readonly #shared = new SharedFrames();
  /** Who is reached instead of whom, the latest last. */
  readonly #detours = new Map<number, number[]>();

  constructor(stage: Stage, edge: Edge) {
    this.#stage = stage;
    this.#edge = edge;
    this.streams = new StreamNetwork(stage);
    this.#envelopes = new VirtualEnvelopes(stage);
  }

  /** Takes connections for the process that just started on the host. */
  listen(host: Host): void {
    this.streams.listen(host, (connection) => {
      const handshake = this.#handshake(connection, {
        onProven: (name, wasMember) => {
          this.#note(connection, wasMember);
          this.#proven(host, name, connection, this.#stage.indexOf(name));
        },
        onRefused: (failure) => connection.close(failure),
      });
      return { ...this.#events(host, connection, handshake), opened: () => handshake.open() };
    });
  }

  dial(host: Host, peerHost: Host): void {
    const reached = this.#stage.hosts[this.#detours.get(peerHost.index)?.at(-1) ?? peerHost.index]!;
    const events: StreamEvents = {};
    const connection = this.streams.connect(host, reached, events);
    if (connection === undefined) return this.#failed(host, peerHost, "tooManyConnections");
    this.#dials.of(host).set(peerHost.index, connection);
    const end = (reason: string) => {
      const dials = this.#dials.of(host);
      // A dial that was called off, or another's that came in first, has told all there is to tell.
      if (dials.get(peerHost.index) !== connection) return;
      dials.delete(peerHost.index);
      if (!this.#links.of(host).has(peerHost.index)) this.#failed(host, peerHost, reason);
    };
    const handshake = this.#handshake(connection, {
      expected: peerHost.name,
      onProven: (_name, wasMember) => {
        this.#note(connection, wasMember);
        this.#dials.of(host).delete(peerHost.index);
        this.#proven(host, peerHost.name, connection, host.index);
      },
      onRefused: (failure) => {
        connection.close(failure);
        end(failure);
      },
    });
    Object.assign(events, this.#events(host, connection, handshake, end), {
      opened: () => handshake.open(),
    });
  }

  hangUp(host: Host, peerHost: Host): void {
    const dials = this.#dials.of(host);
    const links = this.#links.of(host);
    const ended = [dials.get(peerHost.index), links.get(peerHost.index)?.connection];
    dials.delete(peerHost.index);
    links.delete(peerHost.index);
    for (const connection of ended) connection?.close("disconnected");
  }

  /** The host hangs up on a node of which it learnt that the formation put it out. */
  cutOff(host: Host, peerHost: Host): void {
    const link = this.#links.of(host).get(peerHost.index);
    if (link === undefined) return;
    link.connection.close("notPermitted");
    this.#closed(host, peerHost.index, link.connection, "notPermitted");
  }

  /** From now on who dials the one reaches the other. */
  detour(from: number, to: number): void {
    this.#detours.set(from, [...this.#detours.get(from) ?? [], to]);
  }

  endDetour(from: number, to: number): void {
    const detours = this.#detours.get(from) ?? [];
    this.#detours.set(from, detours.toSpliced(detours.indexOf(to), 1));
  }

  heal(): void {
    this.#detours.clear();
  }

  /** A message that finds no connection, or its queue full, is dropped and counted. */
  send(host: Host, peerHost: Host, priorityClass: PriorityClass, message: PeerMessage): void {
    const link = this.#links.of(host).get(peerHost.index);
    const isSent = link !== undefined &&
      this.#messages.get(link.connection)!.send(priorityClass, message);
    if (isSent) this.counts.sent++;
    else this.counts.dropped++;
  }

  /** Whether the host holds a connection with the peer that is open at both ends. */
  isConnected(host: Host, peerHost: Host): boolean {
    return this.#links.of(host).get(peerHost.index)?.connection.state === "open";
  }

  /** The last handshake with the peer itself that ended well at the host. For checkers. */
  conclusion(host: Host, peer: number): Conclusion | undefined {
    return this.#conclusions.of(host).get(peer);
  }

  #handshake(
    connection: StreamConnection,
    ends: Pick<ConstructorParameters<typeof VirtualHandshake>[0], "onProven" | "onRefused"> & {
      readonly expected?: string;
    },
  ): VirtualHandshake {
    return new VirtualHandshake({ ...ends, connection, standings: this.#stage.standings });
  }

  #events(
    host: Host,
    connection: StreamConnection,
    handshake: VirtualHandshake,
    onUnproven = (_reason: string): void => {},
  ): StreamEvents {
    this.#stage.schedule(this.#stage.now + HANDSHAKE_LIMIT_MS, () => {
      if (handshake.isOver || !connection.isHeld) return;
      connection.close("handshakeTimedOut");
      onUnproven("handshakeTimedOut");
    });
    const messages = new MessageStream({
      connection,
      standings: this.#stage.standings,
      statements: this.#edge.trust.statementsOf(host),
      proofs: this.#edge.documents.proofsOf(host),
      envelopes: this.#envelopes,
      opener: this.#edge.orders.openerOf(host),
      shared: this.#shared,
      indexOf: (nodeId) => this.#stage.indexOf(nodeId),
      take: (message) => this.#take(host, connection, message),
    });
    this.#messages.set(connection, messages);
    return {
      received: (stream, bytes) => {
        if (stream === HANDSHAKE_STREAM) handshake.receive(bytes);
        else messages.receive(stream, bytes);
      },
      writable: (stream) => messages.flush(stream),
      closed: (reason) => {
        if (!handshake.isProven) return onUnproven(reason);
        const peer = this.#peers.get(connection);
        if (peer !== undefined) this.#closed(host, peer, connection, reason);
      },
    };
  }

  #note({ host, peerHost }: StreamConnection, saidAsMember: boolean): void {
    const { now: at, standings } = this.#stage;
    const { index } = peerHost;
    // Whom strangers take in is their affair.
    const wasMember = standings.isStranger(host.index) ||
      (saidAsMember && !standings.knowsRevoked(host.index, index));
    this.#conclusions.of(host).set(index, { at, wasMember });
  }

  #proven(host: Host, name: string, connection: StreamConnection, dialledBy: number): void {
    const peer = this.#stage.indexOf(name);
    const link: Link = { connection, dialledBy };
    this.#peers.set(connection, peer);
    const links = this.#links.of(host);
    const known = links.get(peer);
    if (known === undefined) {
      links.set(peer, link);
      this.#tell(host, { kind: "connected", peer: name });
      return this.#messages.get(connection)!.begin();
    }
    // Both ends judge alike, so neither closes what the other keeps.
    const newer = known.dialledBy === link.dialledBy || link.dialledBy < known.dialledBy;
    if (!newer) return connection.close("superseded");
    // What is on its way over the one before is lost, so the node has to know that there was an end.
    known.connection.close("superseded");
    this.#closed(host, peer, known.connection, "superseded");
    if (host.node === undefined || connection.state === "closed") return;
    links.set(peer, link);
    this.#tell(host, { kind: "connected", peer: name });
    this.#messages.get(connection)!.begin();
  }

  /** What comes over a connection that lost against another, or was hung up, is nobody's. */
  #take(host: Host, connection: StreamConnection, message: PeerMessage): void {
    const peer = this.#peers.get(connection);
    if (peer === undefined || this.#links.of(host).get(peer)?.connection !== connection) return;
    this.counts.received++;
    this.#tell(host, { kind: "message", peer: this.#stage.hosts[peer]!.name, message });
  }

  #closed(host: Host, peer: number, connection: StreamConnection, reason: string): void {
    const links = this.#links.of(host);
    if (links.get(peer)?.connection !== connection) return;
    links.delete(peer);
    this.#tell(host, { kind: "disconnected", peer: this.#stage.hosts[peer]!.name, reason });
  }

  #failed(host: Host, peerHost: Host, reason: string): void {
    this.#tell(host, { kind: "connectFailed", peer: peerHost.name, reason });
  }

  #tell(host: Host, input: NodeInput): void {
    this.#stage.tell(host, input);
  }
}

interface Link {
  readonly connection: StreamConnection;
  readonly dialledBy: number;
}
