import type { NodeInput } from "../core/node_io.ts";
import type { Host } from "./host.ts";
import { LifeMemory } from "./life_memory.ts";
import type { StreamConnection, StreamEvents } from "./stream_connection.ts";
import { StreamNetwork } from "./stream_network.ts";
import type { World } from "./world.ts";

/**
 * The transport that the simulator gives its nodes: one connection per pair, over the stream
 * network. Of two dials that cross, both ends keep the one that the lower of the two made.
 */
export class VirtualTransport {
  readonly streams: StreamNetwork;
  readonly #world: World;
  readonly #links = new LifeMemory(() => new Map<number, Link>());

  constructor(world: World) {
    this.#world = world;
    this.streams = new StreamNetwork(world);
  }

  /** Takes connections for the process that just started on the host. */
  listen(host: Host): void {
    this.streams.listen(
      host,
      (connection) => this.#eventsFor(host, connection.peerHost, connection),
    );
  }

  dial(host: Host, peerHost: Host): void {
    const events: StreamEvents = {};
    const connection = this.streams.connect(host, peerHost, events);
    if (connection === undefined) return this.#tell(host, failed(peerHost, "too many connections"));
    Object.assign(events, this.#eventsFor(host, peerHost, connection));
  }

  hangUp(host: Host, peerHost: Host): void {
    const links = this.#links.of(host);
    const link = links.get(peerHost.index);
    links.delete(peerHost.index);
    link?.connection.close("hung up");
  }

  /** Whether the host holds a connection with the peer that is open at both ends. */
  isConnected(host: Host, peerHost: Host): boolean {
    return this.#links.of(host).get(peerHost.index)?.connection.state === "open";
  }

  #eventsFor(host: Host, peerHost: Host, connection: StreamConnection): StreamEvents {
    const dialledBy = connection.peer === undefined ? host : peerHost;
    return {
      opened: () => this.#opened(host, peerHost, { connection, dialledBy: dialledBy.index }),
      closed: (reason) => this.#closed(host, peerHost, connection, reason),
    };
  }

  #opened(host: Host, peerHost: Host, link: Link): void {
    const links = this.#links.of(host);
    const known = links.get(peerHost.index);
    if (known === undefined) {
      links.set(peerHost.index, link);
      return this.#tell(host, { kind: "connected", peer: peerHost.name });
    }
    // Both ends judge alike, so neither closes what the other keeps.
    const newer = known.dialledBy === link.dialledBy || link.dialledBy < known.dialledBy;
    const loser = newer ? known : link;
    if (newer) links.set(peerHost.index, link);
    loser.connection.close("superseded");
  }

  #closed(host: Host, peerHost: Host, connection: StreamConnection, reason: string): void {
    const links = this.#links.of(host);
    const known = links.get(peerHost.index);
    if (known?.connection === connection) {
      links.delete(peerHost.index);
      this.#tell(host, { kind: "disconnected", peer: peerHost.name, reason });
    } else if (known === undefined) {
      this.#tell(host, failed(peerHost, reason));
    }
  }

  #tell(host: Host, input: NodeInput): void {
    // Later in the same millisecond: a node is never told from within what it asked for.
    const { life } = host;
    this.#world.schedule(this.#world.now, (at) => host.tell(at, life, input));
  }
}

interface Link {
  readonly connection: StreamConnection;
  readonly dialledBy: number;
}

function failed(peerHost: Host, reason: string): NodeInput {
  return { kind: "connectFailed", peer: peerHost.name, reason };
}
