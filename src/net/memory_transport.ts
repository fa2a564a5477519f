import { assert } from "../core/kernel/assert.ts";
import type { Address, NodeId } from "../core/kernel/ids.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { CloseCode } from "./close_code.ts";
import { EventTeller } from "./event_teller.ts";
import { type Clock, MemoryLink, type MemoryPath } from "./memory_link.ts";
import type { PriorityClass } from "../core/priority.ts";
import {
  type ConnectionStatus,
  noClassCounts,
  RequestError,
  type RequestOptions,
  type Transport,
  type TransportEvent,
} from "./transport.ts";

export interface MemoryTransportOptions {
  readonly nodeId: NodeId;
  readonly network: MemoryNetwork;
  readonly onEvent: (event: TransportEvent) => void;
}

export interface MemoryNetworkOptions {
  readonly clock: Clock;
  readonly delayMs?: Millis;
  /** How long a connection across a partition lasts, and a dial to nobody. */
  readonly lostAfterMs?: Millis;
  readonly queueBytes?: number;
}

/** A network without sockets, for tests that want its faults at their command. */
export class MemoryNetwork implements MemoryPath {
  readonly clock: Clock;
  readonly lostAfterMs: Millis;
  readonly queueBytes: number;
  /** One way. What is on its way already keeps the delay that it left with. */
  delayMs: Millis;
  readonly #transports = new Map<Address, MemoryTransport>();
  readonly #cuts = new Set<string>();
  #lastPort = 0;

  constructor(options: MemoryNetworkOptions) {
    this.clock = options.clock;
    this.delayMs = options.delayMs ?? 0;
    this.lostAfterMs = options.lostAfterMs ?? 1_000;
    this.queueBytes = options.queueBytes ?? 4 << 20;
  }

  /** Cuts the two nodes off from each other. Their connection outlives a cut that is short. */
  partition(left: NodeId, right: NodeId): void {
    this.#cuts.add(pairOf(left, right));
    for (const link of this.#linksBetween(left, right)) link.noteCut();
  }

  heal(): void {
    this.#cuts.clear();
    for (const transport of this.#transports.values()) {
      for (const link of transport.links()) link.noteHealed();
    }
  }

  /** Loses the connection of the two nodes, which both are told. */
  loseConnection(left: NodeId, right: NodeId): void {
    for (const link of this.#linksBetween(left, right)) link.end("lost", "the connection broke");
  }

  /** Ends a node that says nothing more. The others notice by its silence. */
  crash(nodeId: NodeId): void {
    for (const transport of [...this.#transports.values()]) {
      if (transport.nodeId === nodeId) transport.crash();
    }
  }

  isCut(left: NodeId, right: NodeId): boolean {
    return this.#cuts.has(pairOf(left, right));
  }

  register(transport: MemoryTransport): Address {
    const address = `memory:${++this.#lastPort}`;
    this.#transports.set(address, transport);
    return address;
  }

  unregister(address: Address): void {
    this.#transports.delete(address);
  }

  at(address: Address): MemoryTransport | undefined {
    return this.#transports.get(address);
  }

  #linksBetween(left: NodeId, right: NodeId): MemoryLink[] {
    return [...this.#transports.values()].filter(({ nodeId }) => nodeId === left)
      .flatMap((transport) => transport.links().filter(({ peer }) => peer === right));
  }
}

/** A node on a network in memory. */
export class MemoryTransport implements Transport {
  readonly nodeId: NodeId;
  readonly #network: MemoryNetwork;
  readonly #teller: EventTeller;
  readonly #links = new Map<NodeId, MemoryLink>();
  /** What calls each dial off. */
  readonly #dials = new Map<NodeId, { readonly address: Address; readonly cancel: () => void }>();
  #address: Address | undefined;

  constructor(options: MemoryTransportOptions) {
    this.nodeId = options.nodeId;
    this.#network = options.network;
    this.#teller = new EventTeller(options.onEvent);
  }

  // deno-lint-ignore require-await -- What it throws must reject.
  async start(): Promise<Address> {
    assert(this.#address === undefined, "Cannot start transport: it was started");
    return this.#address = this.#network.register(this);
  }

  // deno-lint-ignore require-await -- As above.
  async stop(): Promise<void> {
    this.#leave();
    for (const link of this.links()) link.end("stopped", "the node stopped");
  }

  /** Leaves without a word. */
  crash(): void {
    this.#leave();
    for (const link of this.links()) link.fallSilent();
  }

  get counts() {
    return this.#teller.counts;
  }

  connect(peer: NodeId, address: Address): void {
    if (this.#teller.isStopped || this.#links.has(peer) || this.#dials.has(peer)) return;
    if (peer === this.nodeId) return this.#fail(peer, address, "self", "this is the node itself");
    const { clock, delayMs, lostAfterMs } = this.#network;
    const target = this.#network.at(address);
    const isReachable = target !== undefined && !this.#network.isCut(this.nodeId, target.nodeId);
    const cancel = isReachable
      ? clock.schedule(delayMs, () => this.#reach(peer, address))
      : clock.schedule(lostAfterMs, () => this.#fail(peer, address, "unreachable", "no answer"));
    this.#dials.set(peer, { address, cancel });
  }

  disconnect(peer: NodeId, reason: string): void {
    const dial = this.#dials.get(peer);
    dial?.cancel();
    if (dial !== undefined) this.#fail(peer, dial.address, "disconnected", reason);
    this.#links.get(peer)?.end("disconnected", reason);
  }

  send(peer: NodeId, priorityClass: PriorityClass, bytes: Uint8Array): boolean {
    const isAccepted = this.#links.get(peer)?.send(priorityClass, bytes) ?? false;
    if (!isAccepted) this.counts.messagesRefused++;
    return isAccepted;
  }

  async request(
    peer: NodeId,
    bytes: Uint8Array,
    { deadlineMs }: RequestOptions,
  ): Promise<Uint8Array> {
    const link = this.#links.get(peer);
    if (link === undefined) throw new RequestError("notConnected", peer);
    const reply = await link.ask(bytes, deadlineMs);
    if (typeof reply === "string") throw new RequestError(reply, peer);
    return reply;
  }

  connections(): ConnectionStatus[] {
    const none = { bytesIn: noClassCounts(), bytesOut: noClassCounts() };
    return [
      ...this.links().map((link) => link.status()),
      ...[...this.#dials].map(([peer, { address }]) => (
        { peer, state: "dialling", address, ...none, bytesQueued: noClassCounts() } as const
      )),
    ];
  }

  links(): MemoryLink[] {
    return [...this.#links.values()];
  }

  #leave(): void {
    this.#teller.stop();
    for (const { cancel } of this.#dials.values()) cancel();
    this.#dials.clear();
    if (this.#address !== undefined) this.#network.unregister(this.#address);
  }

  #reach(peer: NodeId, address: Address): void {
    const target = this.#network.at(address);
    if (target === undefined) return this.#fail(peer, address, "unreachable", "it is gone");
    if (target.nodeId !== peer) {
      return this.#fail(peer, address, "wrongPeer", `${target.nodeId} answered`);
    }
    if (target.#links.has(this.nodeId)) {
      for (const transport of [this, target]) transport.#meetDuplicate(this.nodeId, address);
      return this.#fail(peer, address, "duplicateNode", "another node has this id");
    }
    const [here, there] = MemoryLink.join(this.#network, this.#end(target), target.#end(this));
    target.#add(there);
    this.#add(here);
  }

  /** This node's end of a link, as the link sees it. */
  #end(other: MemoryTransport) {
    return {
      peer: other.nodeId,
      address: other.#address!,
      onClosed: (code: CloseCode, reason: string) => this.#remove(other.nodeId, code, reason),
      tell: (event: TransportEvent) => this.#teller.tell(event),
    };
  }

  #add(link: MemoryLink): void {
    this.#dials.get(link.peer)?.cancel();
    this.#dials.delete(link.peer);
    this.#links.set(link.peer, link);
    const { peer, address } = link;
    this.#teller.tell({ kind: "connected", peer, address, proof: { nodeId: peer } });
  }

  #remove(peer: NodeId, code: CloseCode, reason: string): void {
    this.#links.delete(peer);
    this.#teller.tell({ kind: "disconnected", peer, code, reason });
  }

  #meetDuplicate(nodeId: NodeId, address: Address): void {
    this.#teller.tell({ kind: "duplicateNode", nodeId, address });
  }

  #fail(peer: NodeId, address: Address, code: CloseCode, reason: string): void {
    this.#dials.delete(peer);
    this.#teller.tell({ kind: "connectFailed", peer, address, code, reason });
  }
}

function pairOf(left: NodeId, right: NodeId): string {
  return [left, right].sort().join(" ");
}
