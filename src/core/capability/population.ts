import type { Beacon } from "../beacon/beacon.ts";
import { isPresent, type Observer } from "../beacon/observer.ts";
import type { Relay } from "../discovery/relay.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Prober } from "../rtt/prober.ts";
import type { CapabilityBook } from "./book.ts";
import { type Capability, withIds } from "./capability.ts";
import type { Population, QueriedNode } from "./query/catalog.ts";

/** What a node knows of itself and of others. */
export interface Knowledge {
  readonly nodeId: NodeId;
  readonly book: CapabilityBook;
  /** What its own beacons say now. */
  readonly announcement: Pick<Beacon, "advertisement" | "standing">;
  readonly observer: Observer;
  readonly relay: Relay;
  readonly prober: Prober;
}

/** Everybody who is present at a node and stays, itself included. */
export class PresentNodes implements Population {
  readonly #knowledge: Knowledge;

  constructor(knowledge: Knowledge) {
    this.#knowledge = knowledge;
  }

  get size(): number {
    return this.#knowledge.observer.present + this.#knowledge.relay.size + 1;
  }

  *all(): Generator<QueriedNode> {
    const { nodeId: self, observer, relay } = this.#knowledge;
    const own = this.node(self);
    if (own !== undefined) yield own;
    for (const { nodeId } of observer.peers()) {
      if (relay.peer(nodeId) !== undefined) continue;
      const node = this.node(nodeId);
      if (node !== undefined) yield node;
    }
    for (const { nodeId } of relay.peers()) {
      const node = this.node(nodeId);
      if (node !== undefined) yield node;
    }
  }

  node(nodeId: NodeId): QueriedNode | undefined {
    const { nodeId: self, announcement, observer, relay, prober, book } = this.#knowledge;
    if (nodeId === self) return this.#described(self, "alive", announcement, undefined);
    const relayed = relay.peer(nodeId);
    if (relayed !== undefined) return this.#described(nodeId, "alive", relayed.beacon, undefined);
    const peer = observer.peer(nodeId);
    if (peer === undefined || !isPresent(peer.state) || book.entry(nodeId) === undefined) return;
    const rttMs = prober.estimate(nodeId)?.smoothedMs;
    return this.#described(nodeId, peer.state, peer.beacon, rttMs);
  }

  withType(type: string): ReadonlySet<NodeId> {
    return this.#knowledge.book.index.withType(type);
  }

  withName(name: string): ReadonlySet<NodeId> {
    return this.#knowledge.book.index.withName(name);
  }

  #described(
    nodeId: NodeId,
    state: string,
    { advertisement, standing }: Pick<Beacon, "advertisement" | "standing">,
    rttMs: number | undefined,
  ): QueriedNode | undefined {
    const { transient, cell, level, version, position } = advertisement;
    if (transient === true) return undefined; // It is not there to do anything.
    return {
      nodeId,
      capabilities: this.#knowledge.book.entry(nodeId)?.capabilities ?? [],
      state,
      cell,
      level,
      version,
      position,
      role: standing?.role,
      rttMs,
    };
  }
}

/** Those of them who said what they can do when they were asked, as they said it. */
export class AskedNodes implements Population {
  readonly #present: PresentNodes;
  readonly #told: ReadonlyMap<NodeId, readonly Capability[]>;

  constructor(present: PresentNodes, told: ReadonlyMap<NodeId, readonly Capability[]>) {
    this.#present = present;
    this.#told = told;
  }

  get size(): number {
    return this.#told.size;
  }

  *all(): Generator<QueriedNode> {
    for (const nodeId of this.#told.keys()) {
      const node = this.node(nodeId);
      if (node !== undefined) yield node;
    }
  }

  node(nodeId: NodeId): QueriedNode | undefined {
    const told = this.#told.get(nodeId);
    const node = told && this.#present.node(nodeId);
    return node && { ...node, capabilities: withIds(told) };
  }

  /** What was told is in no index, so everybody may be meant. */
  withType(): ReadonlySet<NodeId> {
    return new Set(this.#told.keys());
  }

  withName(): ReadonlySet<NodeId> {
    return this.withType();
  }
}

/** Of how many nodes a node knows, and of how many of those it knows all that they can do. */
export function hearing(knowledge: Knowledge): { heardFrom: number; ofNodes: number } {
  const { nodeId, announcement, book, observer, relay } = knowledge;
  let ofNodes = announcement.advertisement.transient === true ? 0 : 1;
  let heardFrom = ofNodes;
  const count = (peer: NodeId, isThere: boolean) => {
    ofNodes++;
    if (isThere && book.entry(peer)?.isWhole === true) heardFrom++;
  };
  for (const { nodeId: peer, state, beacon } of observer.peers()) {
    const isCounted = beacon.advertisement.transient !== true && state !== "left";
    if (isCounted && peer !== nodeId && relay.peer(peer) === undefined) {
      count(peer, isPresent(state));
    }
  }
  for (const { nodeId: peer, beacon } of relay.peers()) {
    if (beacon.advertisement.transient !== true) count(peer, true);
  }
  return { heardFrom, ofNodes };
}
