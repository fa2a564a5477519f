import { CONNECTION_LIMIT } from "../connection/keeper.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import { TokenBucket } from "../kernel/token_bucket.ts";
import type { Capability } from "./capability.ts";

/** Asks a node what it can do. */
export interface CapabilitiesWanted {
  readonly kind: "capabilitiesWanted";
  /** An unsigned 32-bit number, which the answer carries as well. */
  readonly nonce: number;
}

/** All that the sender can do. */
export interface CapabilitiesTold {
  readonly kind: "capabilitiesTold";
  readonly nonce: number;
  readonly capabilities: readonly Capability[];
}

/** Asks a peer what it knows of what the sender can do. */
export interface HoldingWanted {
  readonly kind: "holdingWanted";
  readonly nonce: number;
}

/** The digest over all that the receiver can do, as the sender knows it; absent if it does not. */
export interface HoldingTold {
  readonly kind: "holdingTold";
  readonly nonce: number;
  readonly digest?: string;
}

export type CapabilityMessage = CapabilitiesWanted | CapabilitiesTold | HoldingWanted | HoldingTold;

/** What everybody is asked: what they can do, or what they know of what this node can do. */
export type Subject = "capabilities" | "holding";

/** How many questions to everybody are under way at once. */
export const INQUIRY_LIMIT = 8;

/** How many questions of one peer are answered. */
const ANSWERS_PER_SECOND = 10;
const ANSWERS_AT_ONCE = 20;

/** Whoever has not answered when this share of the time is over is asked once more. */
const SECOND_TRY_AT = 0.4;

export type InquirerInput =
  | {
    readonly kind: "ask";
    readonly requestId: number;
    readonly about: Subject;
    readonly peers: readonly NodeId[];
    readonly withinMs: Millis;
  }
  | { readonly kind: "message"; readonly peer: NodeId; readonly message: CapabilityMessage }
  | { readonly kind: "disconnected"; readonly peer: NodeId }
  | { readonly kind: "due" };

export type InquirerOutput =
  | { readonly kind: "send"; readonly peer: NodeId; readonly message: CapabilityMessage }
  /** A peer says what it can do. */
  | { readonly kind: "told"; readonly peer: NodeId; readonly capabilities: readonly Capability[] }
  /** Everybody answered who was going to, or the time is over. */
  | { readonly kind: "asked"; readonly requestId: number; readonly answered: Answered };

/** What somebody answered. */
export interface Answer {
  readonly nodeId: NodeId;
  /** What it can do, of those asked that; */
  readonly capabilities?: readonly Capability[];
  /** the digest that it holds, of those asked that, and that hold any. */
  readonly digest?: string;
}

export type Answered = readonly Answer[];

interface Inquiry {
  readonly about: Subject;
  readonly nonce: number;
  readonly unheard: Set<NodeId>;
  readonly answered: Answer[];
  againAt: Millis;
  readonly until: Millis;
}

/** What questions are answered from. */
export interface InquirerKnowledge {
  /** What this node can do now. */
  own(): readonly Capability[];
  /** The digest over all that a peer can do, if that is known here. */
  digestOf(peer: NodeId): string | undefined;
}

/** Asks peers what they can do, and answers peers that ask. SPEC.md has the rules. */
export class Inquirer implements Machine<InquirerInput, InquirerOutput> {
  readonly #random: Random;
  readonly #knowledge: InquirerKnowledge;
  readonly #inquiries = new Map<number, Inquiry>();
  readonly #askers = new BoundedMap<NodeId, TokenBucket>(CONNECTION_LIMIT, "evict-oldest");
  readonly #outputs: InquirerOutput[] = [];
  #unanswered = 0;
  #stray = 0;

  constructor(random: Random, knowledge: InquirerKnowledge) {
    this.#random = random;
    this.#knowledge = knowledge;
  }

  /** Questions of peers that ask more than they may, and answers that nobody waits for. */
  get counts(): { readonly unanswered: number; readonly stray: number } {
    return { unanswered: this.#unanswered, stray: this.#stray };
  }

  handle(now: Millis, input: InquirerInput): void {
    switch (input.kind) {
      case "ask":
        return this.#ask(now, input);
      case "message":
        return this.#receive(now, input.peer, input.message);
      case "disconnected":
        this.#askers.delete(input.peer);
        for (const inquiry of this.#inquiries.values()) inquiry.unheard.delete(input.peer);
        return this.#finish(now);
      case "due":
        this.#askAgain(now);
        return this.#finish(now);
    }
  }

  poll(): InquirerOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    let earliest = NEVER;
    for (const { againAt, until } of this.#inquiries.values()) {
      earliest = Math.min(earliest, againAt, until);
    }
    return earliest;
  }

  #receive(now: Millis, peer: NodeId, message: CapabilityMessage): void {
    switch (message.kind) {
      case "capabilitiesWanted":
        return this.#answer(now, peer, {
          kind: "capabilitiesTold",
          nonce: message.nonce,
          capabilities: this.#knowledge.own(),
        });
      case "holdingWanted": {
        const digest = this.#knowledge.digestOf(peer);
        const { nonce } = message;
        const held = digest === undefined ? {} : { digest };
        return this.#answer(now, peer, { kind: "holdingTold", nonce, ...held });
      }
      case "capabilitiesTold":
      case "holdingTold":
        return this.#hear(peer, message);
    }
  }

  #ask(
    now: Millis,
    { requestId, about, peers, withinMs }: Extract<InquirerInput, { kind: "ask" }>,
  ): void {
    if (this.#inquiries.size >= INQUIRY_LIMIT || peers.length === 0) {
      this.#outputs.push({ kind: "asked", requestId, answered: [] });
      return;
    }
    const nonce = this.#random.uint32();
    this.#inquiries.set(requestId, {
      about,
      nonce,
      unheard: new Set(peers),
      answered: [],
      againAt: now + withinMs * SECOND_TRY_AT,
      until: now + withinMs,
    });
    for (const peer of peers) this.#want(peer, about, nonce);
  }

  #hear(peer: NodeId, message: CapabilitiesTold | HoldingTold): void {
    const about = message.kind === "capabilitiesTold" ? "capabilities" : "holding";
    for (const inquiry of this.#inquiries.values()) {
      if (inquiry.nonce !== message.nonce || inquiry.about !== about) continue;
      if (!inquiry.unheard.delete(peer)) continue;
      if (message.kind === "capabilitiesTold") {
        inquiry.answered.push({ nodeId: peer, capabilities: message.capabilities });
        this.#outputs.push({ kind: "told", peer, capabilities: message.capabilities });
      } else {
        const { digest } = message;
        inquiry.answered.push({ nodeId: peer, ...(digest === undefined ? {} : { digest }) });
      }
      return this.#finish(-Infinity);
    }
    this.#stray++;
  }

  #answer(now: Millis, peer: NodeId, message: CapabilityMessage): void {
    let bucket = this.#askers.get(peer);
    if (bucket === undefined) {
      bucket = new TokenBucket(ANSWERS_PER_SECOND, ANSWERS_AT_ONCE);
      this.#askers.set(peer, bucket);
    }
    if (bucket.take(now)) this.#outputs.push({ kind: "send", peer, message });
    else this.#unanswered++;
  }

  #askAgain(now: Millis): void {
    for (const inquiry of this.#inquiries.values()) {
      if (inquiry.againAt > now) continue;
      inquiry.againAt = NEVER;
      for (const peer of inquiry.unheard) this.#want(peer, inquiry.about, inquiry.nonce);
    }
  }

  #finish(now: Millis): void {
    for (const [requestId, { unheard, answered, until }] of this.#inquiries) {
      if (unheard.size > 0 && until > now) continue;
      this.#inquiries.delete(requestId);
      const sorted = answered.toSorted((one, other) => one.nodeId < other.nodeId ? -1 : 1);
      this.#outputs.push({ kind: "asked", requestId, answered: sorted });
    }
  }

  #want(peer: NodeId, about: Subject, nonce: number): void {
    const kind = about === "capabilities" ? "capabilitiesWanted" : "holdingWanted";
    this.#outputs.push({ kind: "send", peer, message: { kind, nonce } });
  }
}
