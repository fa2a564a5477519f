import { BoundedMap } from "../kernel/bounded_map.ts";
import { DeadlineHeap } from "../kernel/deadline_heap.ts";
import type { Address, NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import type { Millis } from "../kernel/time.ts";
import { TokenBucket } from "../kernel/token_bucket.ts";

/** A doubted peer is asked so often, since one lost question must not cost it its place. */
export const QUESTIONS = 5;

/** The share of the time to answer in which questions go out; the rest is for the last answer. */
const ASKING_SHARE = 0.6;

export const DOUBTS_AT_ONCE = 64;
export const QUESTIONS_PER_SECOND = 100;

export type ConfirmerInput =
  | {
    readonly kind: "doubt";
    readonly nodeId: NodeId;
    readonly address: Address;
    readonly withinMs: Millis;
  }
  /** The peer was heard, or given up; it is not asked any further. */
  | { readonly kind: "settled"; readonly nodeId: NodeId }
  | { readonly kind: "pong"; readonly nodeId: NodeId; readonly nonce: number }
  | { readonly kind: "due" };

export type ConfirmerOutput =
  | { readonly kind: "ping"; readonly to: Address; readonly nonce: number }
  | { readonly kind: "answered"; readonly nodeId: NodeId };

interface Doubt {
  readonly nodeId: NodeId;
  readonly address: Address;
  readonly withinMs: Millis;
  readonly gapMs: Millis;
  asked: number;
  readonly nonces: number[];
}

/** Asks peers that fell silent whether they live. SPEC.md says when a peer is doubted. */
export class Confirmer implements Machine<ConfirmerInput, ConfirmerOutput> {
  readonly #random: Random;
  readonly #doubts = new BoundedMap<NodeId, Doubt>(DOUBTS_AT_ONCE, "refuse-new");
  readonly #waiting = new DeadlineHeap<Doubt>();
  readonly #pace = new TokenBucket(QUESTIONS_PER_SECOND, QUESTIONS_PER_SECOND);
  readonly #outputs: ConfirmerOutput[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  handle(now: Millis, input: ConfirmerInput): void {
    switch (input.kind) {
      case "doubt":
        return this.#doubt(now, input);
      case "settled":
        return void this.#doubts.delete(input.nodeId);
      case "pong":
        if (!this.expects(input.nodeId, input.nonce)) return;
        this.#doubts.delete(input.nodeId);
        return void this.#outputs.push({ kind: "answered", nodeId: input.nodeId });
      case "due":
        return this.#askAll(now);
    }
  }

  poll(): ConfirmerOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#waiting.deadline();
  }

  /** Whether this is the answer to a question that was asked here. */
  expects(nodeId: NodeId, nonce: number): boolean {
    return this.#doubts.get(nodeId)?.nonces.includes(nonce) ?? false;
  }

  /** How many peers could not be asked because too many were doubted at once. */
  get refused(): number {
    return this.#doubts.overflowed + this.#pace.refused;
  }

  #doubt(
    now: Millis,
    { nodeId, address, withinMs }: Extract<ConfirmerInput, { kind: "doubt" }>,
  ): void {
    const gapMs = withinMs * ASKING_SHARE / (QUESTIONS - 1);
    // An answer to the doubt before this one still proves that the peer lives.
    const nonces = this.#doubts.get(nodeId)?.nonces.slice(-QUESTIONS) ?? [];
    const doubt = { nodeId, address, withinMs, gapMs, asked: 0, nonces };
    if (this.#doubts.set(nodeId, doubt)) this.#waiting.push(now, doubt);
  }

  #askAll(now: Millis): void {
    for (let doubt = this.#waiting.pop(now); doubt; doubt = this.#waiting.pop(now)) {
      if (this.#doubts.get(doubt.nodeId) === doubt) this.#ask(now, doubt);
    }
  }

  #ask(now: Millis, doubt: Doubt): void {
    if (doubt.asked === QUESTIONS) return void this.#doubts.delete(doubt.nodeId);
    const nonce = this.#random.uint32();
    doubt.asked++;
    doubt.nonces.push(nonce);
    if (this.#pace.take(now)) this.#outputs.push({ kind: "ping", to: doubt.address, nonce });
    const isLast = doubt.asked === QUESTIONS;
    this.#waiting.push(now + (isLast ? doubt.withinMs : doubt.gapMs), doubt);
  }
}
