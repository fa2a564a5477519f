import { BoundedMap } from "../kernel/bounded_map.ts";
import { type Address, isIpv6, type NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import { TimerTable } from "../kernel/timer_table.ts";
import type { BeaconMessage, Datagram, PulseMessage } from "../messages.ts";
import { FORGET_AFTER_MS } from "../profile.ts";
import { type Beacon, isFresher, type Numbers } from "./beacon.ts";
import { type Aspect, changedAspects } from "./changes.ts";
import { withName } from "./names_digest.ts";
import type { ObserverCounts } from "./observer_counts.ts";
import { confirmationMs, quietMs } from "./silence.ts";

/** How many peers a node remembers, alive or not. */
export const PEER_LIMIT = 4_096;

export type PeerState = "alive" | "suspect" | "lost" | "left";

/** What a node knows of one peer. */
export interface Peer {
  readonly nodeId: NodeId;
  readonly state: PeerState;
  readonly address: Address;
  /** Whether the last message came to this node alone, and not through the group. */
  readonly isDirect: boolean;
  /** Whether a message came by IPv4 since the peer was found, or since it was doubted. */
  readonly isHeardByIpv4: boolean;
  /** Whether its pulses come here, as far as is known: one did, or a beacon by the family of pulses. */
  readonly isFelt: boolean;
  /** The last beacon. A pulse since then may have raised the numbers. */
  readonly beacon: Beacon;
  readonly boot: number;
  readonly sequence: number;
  readonly pulseMs: Millis | undefined;
  readonly lastHeardAt: Millis;
  /** When the last beacon came. */
  readonly beaconAt: Millis;
  /** When a present peer is doubted or given up, and when any other is forgotten. */
  readonly expiresAt: Millis;
}

export type ObserverInput =
  | Heard<BeaconMessage>
  | Heard<PulseMessage>
  /** The peer answered a question, so it lives, whatever became of its beacons. */
  | { readonly kind: "answered"; readonly nodeId: NodeId }
  /** It is no member any more, or another device has its name. */
  | { readonly kind: "disowned"; readonly nodeId: NodeId }
  | { readonly kind: "stalled"; readonly stalledMs: Millis }
  | { readonly kind: "due" };

interface Newcomer {
  readonly nodeId: NodeId;
  readonly address: Address;
  /** Whether it knows this node already. */
  readonly knows: boolean;
}

export type ObserverOutput =
  /** What was accepted came to this node alone, */
  | { readonly kind: "heardDirectly"; readonly nodeId: NodeId; readonly address: Address }
  /** or came through the group, for the first time since it came to this node alone. */
  | { readonly kind: "heardThroughGroup"; readonly nodeId: NodeId }
  | (Newcomer & { readonly kind: "found" })
  | { readonly kind: "moved"; readonly nodeId: NodeId; readonly address: Address }
  | (Newcomer & { readonly kind: "restarted"; readonly boot: number })
  /** A present peer says otherwise than before. */
  | { readonly kind: "changed"; readonly nodeId: NodeId; readonly aspects: readonly Aspect[] }
  /** Silent for too long: it is to be asked whether it lives. */
  | { readonly kind: "suspect"; readonly nodeId: NodeId; readonly withinMs: Millis }
  | { readonly kind: "lost"; readonly nodeId: NodeId; readonly silentMs: Millis }
  | { readonly kind: "left"; readonly nodeId: NodeId };

/** What IPv4 alone is enough for. */
export interface Reach {
  /** To hear everybody who is present, */
  readonly hearsAll: boolean;
  /** and to be heard by all of them, of whom there are some. */
  readonly isHeardBy: boolean;
}

type Heard<Message> = Message & { readonly from: Address };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Decides who is there. SPEC.md has the states of a peer and the invariants. */
export class Observer implements Machine<ObserverInput, ObserverOutput> {
  readonly #self: NodeId;
  readonly #asks: boolean;
  readonly #peers: BoundedMap<NodeId, Mutable<Peer>>;
  readonly #timers = new TimerTable<"sweep">();
  readonly #outputs: ObserverOutput[] = [];
  readonly #counts: ObserverCounts = {
    accepted: 0,
    duplicate: 0,
    replayed: 0,
    own: 0,
    unknown: 0,
    full: 0,
    evicted: 0,
  };
  #present = 0;
  #namesDigest = 0;

  /** Who does not ask silent peers whether they live has to be surer of their silence. */
  constructor(self: NodeId, { limit = PEER_LIMIT, asks = true } = {}) {
    this.#self = self;
    this.#asks = asks;
    this.#peers = new BoundedMap(limit, "refuse-new");
  }

  handle(now: Millis, input: ObserverInput): void {
    switch (input.kind) {
      case "beacon":
        return this.#hear(now, input);
      case "pulse":
        return this.#feel(now, input);
      case "answered":
        return this.#reassure(now, input.nodeId);
      case "disowned":
        return this.#banish(input.nodeId);
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

  /** Whether the message, which was handed in, only said that somebody else is still there. */
  isSettledBy(message: Datagram): boolean {
    if (this.#outputs.length > 0) return false;
    if (message.kind === "beacon") return message.beacon.nodeId !== this.#self;
    return message.kind === "pulse";
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

  /** How many peers are there, those that are doubted among them. */
  get present(): number {
    return this.#present;
  }

  /**
   * By which families this node hears its peers, and they it: what of theirs comes by IPv4 shows
   * that IPv4 leads there, and whoever misses somebody says so in its beacons.
   */
  reach(): Reach {
    let [peers, missed, missing] = [0, 0, 0];
    for (const { state, isDirect, isHeardByIpv4, beacon } of this.#peers.values()) {
      if (!isPresent(state) || isDirect) continue; // The group is not for who is told directly.
      peers++;
      if (!isHeardByIpv4) missed++;
      if (beacon.wantsBothFamilies === true) missing++;
    }
    return { hearsAll: missed === 0, isHeardBy: peers > 0 && missed + missing === 0 };
  }

  /** Over the names of those who are there. */
  get namesDigest(): number {
    return this.#namesDigest;
  }

  get counts(): Readonly<ObserverCounts> {
    return this.#counts;
  }

  #hear(now: Millis, heard: Heard<BeaconMessage>): void {
    const { beacon } = heard;
    if (beacon.nodeId === this.#self) {
      this.#counts.own++;
      return;
    }
    const peer = this.#peers.get(beacon.nodeId);
    if (peer === undefined) return this.#meet(now, heard);
    if (!this.#accept(peer, beacon)) return;
    const aspects = isPresent(peer.state) ? changedAspects(peer.beacon, beacon) : [];
    peer.beacon = beacon;
    peer.beaconAt = now;
    this.#refresh(now, peer, heard, beacon, beacon.leaving ? "left" : "alive");
    if (beacon.leaving || aspects.length === 0) return;
    this.#outputs.push({ kind: "changed", nodeId: beacon.nodeId, aspects });
  }

  #feel(now: Millis, heard: Heard<PulseMessage>): void {
    const { pulse } = heard;
    if (pulse.nodeId === this.#self) {
      this.#counts.own++;
      return;
    }
    const peer = this.#peers.get(pulse.nodeId);
    // Who left comes back with a beacon, and so does a stranger come.
    if (peer === undefined || peer.state === "left") {
      this.#counts.unknown++;
      return;
    }
    if (!this.#accept(peer, pulse)) return;
    peer.isFelt = true;
    this.#refresh(now, peer, heard, pulse, "alive");
  }

  /** Whether the message is fresher than all before it (B2). */
  #accept(peer: Peer, numbers: Numbers): boolean {
    if (isFresher(numbers, peer)) {
      this.#counts.accepted++;
      return true;
    }
    if (isFresher(peer, numbers)) this.#counts.replayed++;
    else this.#counts.duplicate++;
    return false;
  }

  #meet(now: Millis, { from, beacon, direct, answer }: Heard<BeaconMessage>): void {
    if (beacon.leaving) return; // Goodbye from a stranger: there is nothing to end.
    if (this.#peers.size === this.#peers.capacity && !this.#evict()) {
      this.#counts.full++;
      return;
    }
    this.#counts.accepted++;
    const peer: Mutable<Peer> = {
      nodeId: beacon.nodeId,
      state: "alive",
      address: from,
      isDirect: direct === true,
      isHeardByIpv4: !isIpv6(from),
      isFelt: !isIpv6(from),
      beacon,
      boot: beacon.boot,
      sequence: beacon.sequence,
      pulseMs: beacon.pulseMs,
      lastHeardAt: now,
      beaconAt: now,
      expiresAt: NEVER,
    };
    this.#peers.set(beacon.nodeId, peer);
    this.#count(peer.nodeId, true);
    this.#move(now, peer, "alive");
    this.#noteWay(peer, false);
    const { nodeId } = beacon;
    this.#outputs.push({ kind: "found", nodeId, address: from, knows: answer === true });
  }

  /** Says by which way the peer was heard, where that can matter to anybody. */
  #noteWay({ nodeId, address, isDirect }: Peer, wasDirect: boolean): void {
    if (isDirect) this.#outputs.push({ kind: "heardDirectly", nodeId, address });
    else if (wasDirect) this.#outputs.push({ kind: "heardThroughGroup", nodeId });
  }

  #refresh(
    now: Millis,
    peer: Mutable<Peer>,
    heard: Heard<BeaconMessage | PulseMessage>,
    { boot, sequence, pulseMs }: Numbers & Pick<Beacon, "pulseMs">,
    state: "alive" | "left",
  ): void {
    const { from, direct } = heard;
    const knows = "answer" in heard;
    const { nodeId, state: before } = peer;
    const wasPresent = isPresent(before);
    const rebooted = boot > peer.boot;
    const moved = peer.address !== from;
    const wasDirect = peer.isDirect;
    if (!wasPresent) peer.isFelt = peer.isHeardByIpv4 = false;
    if (!isIpv6(from)) peer.isFelt = peer.isHeardByIpv4 = true;
    peer.boot = boot;
    peer.sequence = sequence;
    peer.pulseMs = pulseMs;
    peer.address = from;
    peer.isDirect = direct === true;
    peer.lastHeardAt = now;
    this.#move(now, peer, state);
    this.#noteWay(peer, wasDirect);
    if (state === "left") {
      if (before !== "left") this.#outputs.push({ kind: "left", nodeId });
      return;
    }
    const newcomer = { nodeId, address: from, knows };
    if (!wasPresent) return void this.#outputs.push({ kind: "found", ...newcomer });
    if (rebooted) this.#outputs.push({ kind: "restarted", boot, ...newcomer });
    if (moved) this.#outputs.push({ kind: "moved", nodeId, address: from });
  }

  #reassure(now: Millis, nodeId: NodeId): void {
    const peer = this.#peers.get(nodeId);
    if (peer === undefined || !isPresent(peer.state)) return;
    peer.lastHeardAt = now;
    this.#move(now, peer, "alive");
  }

  /** Nothing that it ever said counts any more, and nobody takes notice of its end. */
  #banish(nodeId: NodeId): void {
    const peer = this.#peers.get(nodeId);
    if (peer === undefined) return;
    if (isPresent(peer.state)) this.#count(nodeId, false);
    this.#peers.delete(nodeId);
  }

  /** The one place where a record changes state, so that the count of the present stays right. */
  #move(now: Millis, peer: Mutable<Peer>, state: PeerState): void {
    if (isPresent(state) !== isPresent(peer.state)) this.#count(peer.nodeId, isPresent(state));
    peer.state = state;
    peer.expiresAt = now + this.#stay(peer);
    this.#sweepBy(peer.expiresAt);
  }

  #count(nodeId: NodeId, isPresent: boolean): void {
    this.#present += isPresent ? 1 : -1;
    this.#namesDigest = withName(this.#namesDigest, nodeId);
  }

  /** Pulses may go another way than the beacons that came here, and only whoever asks finds out. */
  #expectsPulses({ isFelt }: Peer): boolean {
    return isFelt || this.#asks;
  }

  /** How long a peer stays in its state when nothing is heard of it. */
  #stay(peer: Peer): Millis {
    const { state, pulseMs, beacon } = peer;
    switch (state) {
      case "alive":
        return pulseMs !== undefined && this.#expectsPulses(peer) ? quietMs(pulseMs) : beacon.ttlMs;
      case "suspect":
        return confirmationMs(pulseMs ?? 0);
      case "lost":
      case "left":
        return FORGET_AFTER_MS;
    }
  }

  /** Moves on who is overdue. It runs at the earliest time anybody may be, so it runs rarely. */
  #sweep(now: Millis): void {
    let next = NEVER;
    for (const peer of this.#peers.values()) {
      if (peer.expiresAt <= now) this.#expire(now, peer); // B1
      if (this.#peers.has(peer.nodeId) && peer.expiresAt < next) next = peer.expiresAt;
    }
    if (next !== NEVER) this.#timers.set("sweep", next);
  }

  #expire(now: Millis, peer: Mutable<Peer>): void {
    const { nodeId, state, pulseMs } = peer;
    if (state === "alive" && pulseMs !== undefined && this.#expectsPulses(peer)) {
      peer.isHeardByIpv4 = false;
      this.#move(now, peer, "suspect");
      this.#outputs.push({ kind: "suspect", nodeId, withinMs: confirmationMs(pulseMs) });
    } else if (isPresent(state)) {
      this.#move(now, peer, "lost");
      this.#outputs.push({ kind: "lost", nodeId, silentMs: now - peer.lastHeardAt });
    } else {
      this.#peers.delete(nodeId);
    }
  }

  #sweepBy(at: Millis): void {
    if (at < this.#timers.deadline()) this.#timers.set("sweep", at);
  }

  /** Time that this node slept is not time in which its peers were silent (B6). */
  #extend(stalledMs: Millis): void {
    for (const peer of this.#peers.values()) {
      if (isPresent(peer.state)) peer.expiresAt += stalledMs;
    }
  }

  /** Makes room by forgetting the peer that is gone longest. A present one never gives way (B7). */
  #evict(): boolean {
    if (this.#present === this.#peers.size) return false;
    let oldest: Peer | undefined;
    for (const peer of this.#peers.values()) {
      if (isPresent(peer.state)) continue;
      if (oldest === undefined || peer.lastHeardAt < oldest.lastHeardAt) oldest = peer;
    }
    if (oldest === undefined) return false;
    this.#counts.evicted++;
    return this.#peers.delete(oldest.nodeId);
  }
}

/** A doubted peer is still there until it is given up. */
export function isPresent(state: PeerState): boolean {
  return state === "alive" || state === "suspect";
}
