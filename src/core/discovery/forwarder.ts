import { CONNECTION_LIMIT } from "../connection/keeper.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import { TokenBucket } from "../kernel/token_bucket.ts";
import {
  type CarriedMessage,
  type Forwarded,
  PEER_MESSAGE_LIMITS,
  type PeerMessage,
} from "../peer_message.ts";
import type { PriorityClass } from "../priority.ts";
import { RELAYED_LIMIT } from "./relay.ts";
import type { Way } from "./relay_io.ts";

/** What a node takes from one peer to hand on. */
const TAKEN_PER_SECOND = 256;
const TAKEN_AT_ONCE = 512;

/** What the node around knows of ways to peers. */
export interface Ways {
  isConnected(nodeId: NodeId): boolean;
  /** By which connected peer a peer is known that cannot be heard. */
  relayed(nodeId: NodeId): Way | undefined;
  /** The boot of a peer that is heard. */
  bootOf(nodeId: NodeId): number | undefined;
}

export type ForwarderInput =
  /** The node has something to say to a peer, connected or not. */
  | {
    readonly kind: "send";
    readonly peer: NodeId;
    readonly priorityClass: PriorityClass;
    readonly message: CarriedMessage;
  }
  /** A connected peer hands something on. */
  | { readonly kind: "message"; readonly peer: NodeId; readonly message: Forwarded }
  /** A peer that was known through another is heard now, which connects nobody yet. */
  | { readonly kind: "heard"; readonly nodeId: NodeId; readonly via: NodeId }
  /** The peer is neither heard nor known any more. */
  | { readonly kind: "gone"; readonly nodeId: NodeId }
  | { readonly kind: "connected"; readonly nodeId: NodeId }
  | { readonly kind: "disconnected"; readonly nodeId: NodeId };

export type ForwarderOutput =
  | {
    readonly kind: "send";
    readonly peer: NodeId;
    readonly priorityClass: PriorityClass;
    readonly message: PeerMessage;
  }
  /** Something arrived that another node said, over others. */
  | { readonly kind: "arrived"; readonly from: NodeId; readonly message: CarriedMessage };

/** Every message that a peer hands on ends in one of these but `sent`. */
export interface ForwarderCounts {
  /** This node's own, that went to a peer over another. */
  sent: number;
  arrived: number;
  forwarded: number;
  /** Over as many nodes as may be, and its target is none that is connected. */
  tooFar: number;
  /** There is no way to its target, but for the one that it came by. */
  unreachable: number;
  /** This node's own, that came back. */
  own: number;
  /** This node does not speak for others. */
  closed: number;
  /** Beyond what one peer may hand on. */
  overRate: number;
}

/**
 * Brings messages to peers that this node is not connected with, over one that is, and hands on those
 * of others. SPEC.md has the rules and the invariants.
 */
export class Forwarder implements Machine<ForwarderInput, ForwarderOutput> {
  readonly #self: NodeId;
  readonly #isOpen: boolean;
  readonly #ways: Ways;
  readonly #takings = new BoundedMap<NodeId, TokenBucket>(CONNECTION_LIMIT, "refuse-new");
  /** Over whom a peer was known last that is heard now, until there is a connection with it. */
  readonly #lastVia = new BoundedMap<NodeId, NodeId>(RELAYED_LIMIT, "evict-oldest");
  readonly #outputs: ForwarderOutput[] = [];
  readonly #counts: ForwarderCounts = {
    sent: 0,
    arrived: 0,
    forwarded: 0,
    tooFar: 0,
    unreachable: 0,
    own: 0,
    closed: 0,
    overRate: 0,
  };

  /** `isOpen` is whether others may speak for this node, and it for others. */
  constructor(options: { self: NodeId; isOpen: boolean; ways: Ways }) {
    this.#self = options.self;
    this.#isOpen = options.isOpen;
    this.#ways = options.ways;
  }

  handle(now: Millis, input: ForwarderInput): void {
    switch (input.kind) {
      case "send":
        return this.#send(input);
      case "message":
        this.#counts[this.#take(now, input.peer, input.message)]++;
        return;
      case "heard":
        if (!this.#ways.isConnected(input.nodeId)) this.#lastVia.set(input.nodeId, input.via);
        return;
      case "gone":
        return void this.#lastVia.delete(input.nodeId);
      case "connected":
        this.#lastVia.delete(input.nodeId);
        this.#takings.set(input.nodeId, new TokenBucket(TAKEN_PER_SECOND, TAKEN_AT_ONCE));
        return;
      case "disconnected":
        this.#takings.delete(input.nodeId);
        for (const [nodeId, via] of [...this.#lastVia]) {
          if (via === input.nodeId) this.#lastVia.delete(nodeId);
        }
    }
  }

  poll(): ForwarderOutput | undefined {
    return this.#outputs.shift();
  }

  /** It waits for nothing: whoever needs a message to arrive says it again. */
  deadline(): Millis {
    return NEVER;
  }

  get counts(): Readonly<ForwarderCounts> {
    return this.#counts;
  }

  /** Whether a message to the peer has a way to go, straight or over others. */
  reaches(nodeId: NodeId): boolean {
    return this.firstLegTo(nodeId) !== undefined;
  }

  /** Whom a message to the peer goes to first, which is itself where it is connected. */
  firstLegTo(nodeId: NodeId): NodeId | undefined {
    return this.#ways.isConnected(nodeId) ? nodeId : this.#wayTo(nodeId)?.via;
  }

  #send({ peer, priorityClass, message }: Extract<ForwarderInput, { kind: "send" }>): void {
    const way = this.#ways.isConnected(peer) ? undefined : this.#wayTo(peer);
    if (way === undefined) {
      // Without a connection it is dropped and counted where connections are.
      this.#outputs.push({ kind: "send", peer, priorityClass, message });
      return;
    }
    const envelope = { origin: this.#self, target: peer, targetBoot: way.boot, message };
    this.#hand(way.via, { kind: "forwarded", hops: 1, envelope });
    this.#counts.sent++;
  }

  /** Answers what became of it. */
  #take(now: Millis, from: NodeId, { hops, envelope }: Forwarded): keyof ForwarderCounts {
    if (this.#takings.get(from)?.take(now) !== true) return "overRate"; // F4
    const { origin, target, message } = envelope;
    if (origin === this.#self) return "own";
    if (target === this.#self) {
      this.#outputs.push({ kind: "arrived", from: origin, message });
      return "arrived";
    }
    if (!this.#isOpen) return "closed";
    if (this.#ways.isConnected(target)) {
      if (target === from) return "unreachable";
      this.#hand(target, { kind: "forwarded", hops, envelope });
      return "forwarded";
    }
    if (hops >= PEER_MESSAGE_LIMITS.hops) return "tooFar"; // F2
    const via = this.#wayTo(target)?.via;
    if (via === undefined || via === from || via === origin) return "unreachable"; // F3
    this.#hand(via, { kind: "forwarded", hops: hops + 1, envelope });
    return "forwarded";
  }

  #wayTo(nodeId: NodeId): Way | undefined {
    const relayed = this.#ways.relayed(nodeId);
    if (relayed !== undefined) return this.#ways.isConnected(relayed.via) ? relayed : undefined;
    const via = this.#lastVia.get(nodeId);
    const boot = this.#ways.bootOf(nodeId);
    if (via === undefined || boot === undefined || !this.#ways.isConnected(via)) return undefined;
    return { via, boot };
  }

  /** What is said in cells and about them is critical, on whichever leg of the way. */
  #hand(peer: NodeId, message: Forwarded): void {
    this.#outputs.push({ kind: "send", peer, priorityClass: "critical", message });
  }
}
