import { Backoff } from "../kernel/backoff.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import { DeadlineHeap } from "../kernel/deadline_heap.ts";
import type { Address, NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, SECOND } from "../kernel/time.ts";

/** With how many peers a node holds a connection. */
export const CONNECTION_LIMIT = 128;

/** How long the higher of two ids waits for the other's dial. */
export const YIELD_MS: Millis = 2 * SECOND;

/**
 * After this long a connection has proven the path good, and a break is dialled again at once, and
 * so is a peer that was gone and is back.
 */
export const STEADY_AFTER_MS: Millis = 10 * SECOND;

/**
 * How long first dials are spread, for each peer that is known. A handshake costs more than a
 * hundred beacons, and a mesh that starts at once must not starve itself of its first words.
 */
const DIAL_SPREAD_MS: Millis = 50;

/**
 * Nobody is dialled for the first time while others are still being met: not until nobody came for
 * so long, or the peer itself has waited for the longer of the two.
 */
export const SETTLE_MS: Millis = 500;
export const LONGEST_SETTLE_MS: Millis = 5 * SECOND;

const REDIAL = { firstMs: 500, longestMs: 30 * SECOND, jitter: 0.5 } as const;

export type ConnectionState = "waiting" | "dialling" | "connected";

/** Where a peer takes streams: the address that it speaks from, and the port that it names. */
export interface StreamAddress {
  readonly from: Address;
  readonly port: number;
}

export type KeeperInput =
  | { readonly kind: "present"; readonly nodeId: NodeId; readonly address: StreamAddress }
  | { readonly kind: "gone"; readonly nodeId: NodeId }
  | { readonly kind: "connected"; readonly nodeId: NodeId }
  | { readonly kind: "failed"; readonly nodeId: NodeId }
  | { readonly kind: "disconnected"; readonly nodeId: NodeId }
  | { readonly kind: "due" };

export type KeeperOutput =
  | { readonly kind: "dial"; readonly nodeId: NodeId; readonly address: StreamAddress }
  | { readonly kind: "hangUp"; readonly nodeId: NodeId };

interface Record {
  readonly nodeId: NodeId;
  readonly backoff: Backoff;
  state: ConnectionState;
  /** Absent for a peer that connected before it was heard. */
  address: StreamAddress | undefined;
  connectedAt: Millis;
  /** No first dial before others have settled, and none later than this on their account. */
  settledBy: Millis;
  /** The dial that counts; an earlier one may still be in the heap. */
  dialAt: Millis;
}

/** Decides whom to dial and when. SPEC.md has the states of a peer and the invariants. */
export class Keeper implements Machine<KeeperInput, KeeperOutput> {
  readonly #self: NodeId;
  readonly #random: Random;
  readonly #records: BoundedMap<NodeId, Record>;
  /** Peers that are gone and that a connection lasted with. Who is back is no crowd that meets. */
  readonly #acquainted: BoundedMap<NodeId, true>;
  readonly #waiting = new DeadlineHeap<Record>();
  readonly #outputs: KeeperOutput[] = [];
  #connected = 0;
  #settledAt: Millis = 0;

  constructor(self: NodeId, random: Random, limit = CONNECTION_LIMIT) {
    this.#self = self;
    this.#random = random;
    this.#records = new BoundedMap(limit, "refuse-new");
    this.#acquainted = new BoundedMap(limit, "evict-oldest");
  }

  handle(now: Millis, input: KeeperInput): void {
    switch (input.kind) {
      case "present":
        return this.#meet(now, input.nodeId, input.address);
      case "gone":
        return this.#hangUp(now, input.nodeId);
      case "connected":
        return this.#connect(now, input.nodeId);
      case "failed":
        return this.#retry(now, input.nodeId);
      case "disconnected":
        return this.#disconnect(now, input.nodeId);
      case "due":
        return this.#dialAll(now);
    }
  }

  poll(): KeeperOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#waiting.deadline();
  }

  state(nodeId: NodeId): ConnectionState | undefined {
    return this.#records.get(nodeId)?.state;
  }

  get connected(): number {
    return this.#connected;
  }

  /** How many peers found no room. */
  get refused(): number {
    return this.#records.overflowed;
  }

  #meet(now: Millis, nodeId: NodeId, address: StreamAddress): void {
    const known = this.#records.get(nodeId);
    if (known !== undefined) {
      known.address = address;
      return;
    }
    const record = this.#make(nodeId);
    record.address = address;
    const spreadMs = this.#records.size * DIAL_SPREAD_MS * this.#random.unit();
    if (!this.#records.set(nodeId, record)) return; // K4
    const isBack = this.#acquainted.delete(nodeId);
    const settleMs = isBack ? 0 : SETTLE_MS;
    if (!isBack) this.#settledAt = now + SETTLE_MS;
    record.settledBy = now + (isBack ? 0 : LONGEST_SETTLE_MS);
    this.#wait(record, now + settleMs + spreadMs + (this.#self < nodeId ? 0 : YIELD_MS));
  }

  #hangUp(now: Millis, nodeId: NodeId): void {
    const record = this.#records.get(nodeId);
    if (record === undefined) {
      // Who found no room may have connected all the same, and be put out of the formation now.
      if (this.#records.overflowed > 0) this.#outputs.push({ kind: "hangUp", nodeId }); // K7
      return;
    }
    if (isSteady(now, record)) this.#acquainted.set(nodeId, true);
    if (record.state !== "waiting") this.#outputs.push({ kind: "hangUp", nodeId });
    this.#forget(record);
  }

  #connect(now: Millis, nodeId: NodeId): void {
    const record = this.#records.get(nodeId) ?? this.#make(nodeId);
    // A peer beyond the bound keeps the connection that it made; nobody looks after it.
    if (!this.#records.set(nodeId, record) || record.state === "connected") return;
    record.state = "connected";
    record.connectedAt = now;
    this.#connected++;
  }

  #retry(now: Millis, nodeId: NodeId): void {
    const record = this.#records.get(nodeId);
    if (record?.state === "dialling") this.#wait(record, now + record.backoff.next()); // K3
  }

  #disconnect(now: Millis, nodeId: NodeId): void {
    const record = this.#records.get(nodeId);
    if (record?.state !== "connected") return;
    if (record.address === undefined) return this.#forget(record);
    this.#connected--;
    if (isSteady(now, record)) record.backoff.reset();
    const yieldMs = this.#self < nodeId ? 0 : YIELD_MS;
    this.#wait(record, now + yieldMs + record.backoff.next());
  }

  #dialAll(now: Millis): void {
    for (let record = this.#waiting.pop(now); record; record = this.#waiting.pop(now)) {
      const isCurrent = this.#records.get(record.nodeId) === record && record.dialAt <= now;
      if (!isCurrent || record.state !== "waiting" || record.address === undefined) continue; // K2
      const settledAt = Math.min(this.#settledAt, record.settledBy);
      if (settledAt > now) {
        this.#wait(record, settledAt);
        continue;
      }
      record.state = "dialling";
      this.#outputs.push({ kind: "dial", nodeId: record.nodeId, address: record.address });
    }
  }

  #wait(record: Record, dialAt: Millis): void {
    record.state = "waiting";
    record.dialAt = dialAt;
    this.#waiting.push(dialAt, record);
    // Peers that come and go leave entries behind; a mesh that flaps must not pile them up.
    if (this.#waiting.size > 2 * this.#records.capacity) {
      this.#waiting.retain((waiting) => this.#records.get(waiting.nodeId) === waiting);
    }
  }

  #forget(record: Record): void {
    if (record.state === "connected") this.#connected--;
    this.#records.delete(record.nodeId);
  }

  #make(nodeId: NodeId): Record {
    const backoff = new Backoff(REDIAL, this.#random);
    const state = "waiting";
    return {
      nodeId,
      backoff,
      state,
      address: undefined,
      connectedAt: 0,
      settledBy: 0,
      dialAt: Infinity,
    };
  }
}

function isSteady(now: Millis, { state, connectedAt }: Record): boolean {
  return state === "connected" && now - connectedAt >= STEADY_AFTER_MS;
}
