import { BoundedMap } from "../kernel/bounded_map.ts";
import type { Address, NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import { TimerTable } from "../kernel/timer_table.ts";
import { FORGET_AFTER_MS } from "../profile.ts";
import { type Beacon, isFresher } from "./beacon.ts";

/** How many peers a node remembers, alive or not. */
export const PEER_LIMIT = 4_096;

export type PeerState = "alive" | "lost" | "left";

/** What a node knows of one peer. */
export interface Peer {
  readonly nodeId: NodeId;
  readonly state: PeerState;
  readonly address: Address;
  readonly beacon: Beacon;
  readonly lastHeardAt: Millis;
  /** When an alive peer is given up, and when any other is forgotten. */
  readonly expiresAt: Millis;
}

export type ObserverInput =
  | { readonly kind: "beacon"; readonly from: Address; readonly beacon: Beacon }
  | { readonly kind: "stalled"; readonly stalledMs: Millis }
  | { readonly kind: "due" };

export type ObserverOutput =
  | { readonly kind: "found"; readonly nodeId: NodeId; readonly address: Address }
  | { readonly kind: "moved"; readonly nodeId: NodeId; readonly address: Address }
  | { readonly kind: "restarted"; readonly nodeId: NodeId; readonly boot: number }
  | { readonly kind: "lost"; readonly nodeId: NodeId; readonly silentMs: Millis }
  | { readonly kind: "left"; readonly nodeId: NodeId };

/** What was refused, and why. Every beacon ends in the table or in one of these. */
export interface ObserverCounts {
  accepted: number;
  replayed: number;
  own: number;
  full: number;
  evicted: number;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Decides who is there. SPEC.md has the states of a peer and the invariants. */
export class Observer implements Machine<ObserverInput, ObserverOutput> {
  readonly #self: NodeId;
  readonly #peers: BoundedMap<NodeId, Mutable<Peer>>;
  readonly #timers = new TimerTable<"sweep">();
  readonly #outputs: ObserverOutput[] = [];
  readonly #counts: ObserverCounts = { accepted: 0, replayed: 0, own: 0, full: 0, evicted: 0 };
  #alive = 0;

  constructor(self: NodeId, limit = PEER_LIMIT) {
    this.#self = self;
    this.#peers = new BoundedMap(limit, "refuse-new");
  }

  handle(now: Millis, input: ObserverInput): void {
    switch (input.kind) {
      case "beacon":
        return this.#hear(now, input.from, input.beacon);
      case "stalled":
        return this.#extend(input.stalledMs);
      case "due":
        if (this.#timers.take("sweep", now)) this.#sweep(now);
        return;
    }
  }

  poll(): ObserverOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#timers.deadline();
  }

  peer(nodeId: NodeId): Peer | undefined {
    return this.#peers.get(nodeId);
  }

  peers(): IterableIterator<Peer> {
    return this.#peers.values();
  }

  get size(): number {
    return this.#peers.size;
  }

  /** How many peers are alive. */
  get alive(): number {
    return this.#alive;
  }

  get counts(): Readonly<ObserverCounts> {
    return this.#counts;
  }

  #hear(now: Millis, from: Address, beacon: Beacon): void {
    if (beacon.nodeId === this.#self) {
      this.#counts.own++;
      return;
    }
    const peer = this.#peers.get(beacon.nodeId);
    if (peer === undefined) return this.#meet(now, from, beacon);
    if (!isFresher(beacon, peer.beacon)) {
      this.#counts.replayed++; // B2
      return;
    }
    this.#counts.accepted++;
    this.#refresh(now, peer, from, beacon);
  }

  #meet(now: Millis, from: Address, beacon: Beacon): void {
    if (beacon.leaving) return; // Goodbye from a stranger: there is nothing to end.
    if (this.#peers.size === this.#peers.capacity && !this.#evict()) {
      this.#counts.full++;
      return;
    }
    this.#counts.accepted++;
    const expiresAt = now + beacon.ttlMs;
    this.#peers.set(beacon.nodeId, {
      nodeId: beacon.nodeId,
      state: "alive",
      address: from,
      beacon,
      lastHeardAt: now,
      expiresAt,
    });
    this.#alive++;
    this.#sweepBy(expiresAt);
    this.#outputs.push({ kind: "found", nodeId: beacon.nodeId, address: from });
  }

  #refresh(now: Millis, peer: Mutable<Peer>, from: Address, beacon: Beacon): void {
    const before = peer.state;
    const rebooted = beacon.boot > peer.beacon.boot;
    const moved = peer.address !== from;
    peer.beacon = beacon;
    peer.address = from;
    peer.lastHeardAt = now;
    this.#move(now, peer, beacon.leaving ? "left" : "alive");
    if (peer.state === "left") {
      if (before === "alive") this.#outputs.push({ kind: "left", nodeId: peer.nodeId });
    } else if (before !== "alive") {
      this.#outputs.push({ kind: "found", nodeId: peer.nodeId, address: from });
    } else if (rebooted) {
      this.#outputs.push({ kind: "restarted", nodeId: peer.nodeId, boot: beacon.boot });
    }
    if (moved && before === "alive" && peer.state === "alive") {
      this.#outputs.push({ kind: "moved", nodeId: peer.nodeId, address: from });
    }
  }

  /** The one place where a record changes state, so that the count of the living stays right. */
  #move(now: Millis, peer: Mutable<Peer>, state: PeerState): void {
    if (peer.state === "alive" && state !== "alive") this.#alive--;
    if (peer.state !== "alive" && state === "alive") this.#alive++;
    peer.state = state;
    peer.expiresAt = now + (state === "alive" ? peer.beacon.ttlMs : FORGET_AFTER_MS);
    this.#sweepBy(peer.expiresAt);
  }

  /** Gives up who is overdue. It runs at the earliest time anybody may be, so it runs rarely. */
  #sweep(now: Millis): void {
    let next = NEVER;
    for (const peer of this.#peers.values()) {
      if (peer.expiresAt <= now) this.#expire(now, peer); // B1
      if (this.#peers.has(peer.nodeId) && peer.expiresAt < next) next = peer.expiresAt;
    }
    if (next !== NEVER) this.#timers.set("sweep", next);
  }

  #expire(now: Millis, peer: Mutable<Peer>): void {
    if (peer.state === "alive") {
      this.#move(now, peer, "lost");
      this.#outputs.push({
        kind: "lost",
        nodeId: peer.nodeId,
        silentMs: now - peer.lastHeardAt,
      });
    } else {
      this.#peers.delete(peer.nodeId);
    }
  }

  #sweepBy(at: Millis): void {
    if (at < this.#timers.deadline()) this.#timers.set("sweep", at);
  }

  /** Time that this node slept is not time in which its peers were silent (B6). */
  #extend(stalledMs: Millis): void {
    for (const peer of this.#peers.values()) {
      if (peer.state === "alive") peer.expiresAt += stalledMs;
    }
  }

  /** Makes room by forgetting the peer that is gone longest. An alive peer never gives way (B7). */
  #evict(): boolean {
    if (this.#alive === this.#peers.size) return false;
    let oldest: Peer | undefined;
    for (const peer of this.#peers.values()) {
      if (peer.state === "alive") continue;
      if (oldest === undefined || peer.lastHeardAt < oldest.lastHeardAt) oldest = peer;
    }
    if (oldest === undefined) return false;
    this.#counts.evicted++;
    return this.#peers.delete(oldest.nodeId);
  }
}
