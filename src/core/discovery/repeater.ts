import { type Beacon, isFresher, type Numbers } from "../beacon/beacon.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import { DeadlineHeap } from "../kernel/deadline_heap.ts";
import type { Address, LinkName, NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import type { Millis } from "../kernel/time.ts";
import { TokenBucket } from "../kernel/token_bucket.ts";
import type { RepeatedMessage } from "../messages.ts";
import { PEER_MESSAGE_LIMITS } from "../peer_message.ts";

/** Of how many nodes it is remembered which beacon was repeated last. */
export const REPEATED_LIMIT = 4_096;

/** How many beacons wait to be repeated. */
export const WAITING_LIMIT = 256;

/** What a node repeats at most, and of one other node: its first beacons come in quick succession. */
const REPEATS_PER_SECOND = 100;
const REPEATS_AT_ONCE = 200;
const ORIGIN_PER_SECOND = 2;
const ORIGIN_AT_ONCE = 8;

/** Those that could repeat one beacon wait for each other so long, each by chance. */
export const SPREAD_MS: Millis = 40;

export type RepeaterInput =
  /** A beacon was accepted, from its sender or over others. */
  | ({ readonly kind: "heard" } & Repeatable)
  /** What was known of the node was known of another device. */
  | { readonly kind: "disowned"; readonly nodeId: NodeId }
  | { readonly kind: "due" };

/** A beacon and how it came here. */
export interface Repeatable {
  readonly beacon: Beacon;
  /** The link that it came by; absent for one that this node alone was sent, or by none that is known. */
  readonly link: LinkName | undefined;
  /** How many nodes stand between its sender and this one. */
  readonly hops: number;
  readonly ageMs: Millis;
  /** Where the first of them heard it from. */
  readonly address: Address;
}

export interface RepeaterOutput {
  readonly kind: "repeat";
  readonly message: RepeatedMessage;
  /** The links that it was heard on. */
  readonly exceptLinks: readonly LinkName[];
}

/** Every beacon that is heard on a link ends in one of these. */
export interface RepeaterCounts {
  repeated: number;
  /** It, or a later one, was heard before. */
  known: number;
  /** A later one came before its turn. */
  replaced: number;
  /** Over as many nodes as may be. */
  tooFar: number;
  /** Its time is over. */
  expired: number;
  overRate: number;
}

interface Entry extends Numbers {
  readonly pace: TokenBucket;
  /** What waits for its turn. */
  waiting?: { readonly repeatable: Repeatable; readonly heardAt: Millis } | undefined;
  /** On which links these numbers were heard. */
  readonly links: Set<LinkName>;
}

/**
 * Repeats beacons of one link on the others, as their senders sealed and signed them. SPEC.md has
 * the rules and the invariants.
 */
export class Repeater implements Machine<RepeaterInput, RepeaterOutput> {
  readonly #self: NodeId;
  readonly #random: Random;
  readonly #entries = new BoundedMap<NodeId, Entry>(REPEATED_LIMIT, "evict-oldest");
  readonly #queue = new DeadlineHeap<NodeId>();
  readonly #pace = new TokenBucket(REPEATS_PER_SECOND, REPEATS_AT_ONCE);
  readonly #outputs: RepeaterOutput[] = [];
  readonly #counts: RepeaterCounts = {
    repeated: 0,
    known: 0,
    replaced: 0,
    tooFar: 0,
    expired: 0,
    overRate: 0,
  };

  constructor(self: NodeId, random: Random) {
    this.#self = self;
    this.#random = random;
  }

  handle(now: Millis, input: RepeaterInput): void {
    if (input.kind === "heard") this.#hear(now, input);
    else if (input.kind === "disowned") this.#entries.delete(input.nodeId);
    else this.#repeatAll(now);
  }

  poll(): RepeaterOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#queue.deadline();
  }

  get counts(): Readonly<RepeaterCounts> {
    return this.#counts;
  }

  #hear(now: Millis, repeatable: Repeatable): void {
    const { beacon, link, hops } = repeatable;
    if (link === undefined || beacon.nodeId === this.#self) return;
    const known = this.#entries.get(beacon.nodeId);
    if (known !== undefined && !isFresher(beacon, known)) {
      // Whoever is there has it already, from its sender or from another that repeats it.
      if (!isFresher(known, beacon)) known.links.add(link);
      this.#counts.known++; // R2
      return;
    }
    const entry = this.#enter(beacon, link, known);
    if (hops >= PEER_MESSAGE_LIMITS.hops) this.#counts.tooFar++; // R1
    else if (!entry.pace.take(now) || !this.#pace.take(now)) this.#counts.overRate++; // R5
    else this.#enqueue(now, entry, repeatable, known);
  }

  #enter({ nodeId, boot, sequence }: Beacon, link: LinkName, known: Entry | undefined): Entry {
    const pace = known?.pace ?? new TokenBucket(ORIGIN_PER_SECOND, ORIGIN_AT_ONCE);
    const entry = { boot, sequence, pace, links: new Set([link]) };
    this.#entries.set(nodeId, entry);
    this.#entries.touch(nodeId);
    if (known?.waiting !== undefined) this.#counts.replaced++;
    return entry;
  }

  #enqueue(now: Millis, entry: Entry, repeatable: Repeatable, known: Entry | undefined): void {
    entry.waiting = { repeatable, heardAt: now };
    if (known?.waiting !== undefined) return; // Its turn comes with the one that it replaces.
    if (this.#queue.size >= WAITING_LIMIT) {
      entry.waiting = undefined;
      this.#counts.overRate++;
      return;
    }
    this.#queue.push(now + SPREAD_MS * this.#random.unit(), repeatable.beacon.nodeId);
  }

  #repeatAll(now: Millis): void {
    for (let nodeId = this.#queue.pop(now); nodeId; nodeId = this.#queue.pop(now)) {
      const entry = this.#entries.get(nodeId);
      if (entry?.waiting === undefined) continue;
      const { repeatable, heardAt } = entry.waiting;
      entry.waiting = undefined;
      this.#repeat(repeatable, Math.ceil(repeatable.ageMs + now - heardAt), entry.links);
    }
  }

  #repeat({ beacon, hops, address }: Repeatable, ageMs: Millis, links: Set<LinkName>): void {
    if (ageMs >= beacon.ttlMs) {
      this.#counts.expired++; // R3
      return;
    }
    this.#counts.repeated++;
    const from = this.#self;
    const message = { kind: "repeated", from, hops: hops + 1, ageMs, address, beacon } as const;
    this.#outputs.push({ kind: "repeat", message, exceptLinks: [...links] });
  }
}

/** How many beacons were not repeated because of a bound. */
export function repeatsRefused({ tooFar, overRate }: RepeaterCounts): number {
  return tooFar + overRate;
}
