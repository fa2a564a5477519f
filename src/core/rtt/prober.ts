import { assert } from "../kernel/assert.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import { DeadlineHeap } from "../kernel/deadline_heap.ts";
import type { Address, NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER, SECOND } from "../kernel/time.ts";
import { TokenBucket } from "../kernel/token_bucket.ts";
import { RoundTripEstimate } from "./estimate.ts";

export const PROBES_PER_SECOND = 5;
export const PROBES_IN_FLIGHT = 64;
export const PONGS_PER_SECOND = 200;
const TIMEOUT_MS: Millis = 5 * SECOND;
const RETRY_MS: Millis = 1 * SECOND;
/** The first peers are asked as soon as they are met, and others no sooner than after this. */
const LONGEST_START_MS: Millis = 1 * SECOND;
/** A peer is settled when so many answers in a row took as long as was expected, */
const SETTLED_AFTER = 2;
/** and then is asked no more often than this, however short the round of the profile is. */
export const SETTLED_ROUND_MS: Millis = 20 * SECOND;
/** The share of every round that is left to chance, so that probes do not come in volleys. */
const JITTER = 0.1;

export type ProberInput =
  | { readonly kind: "peer"; readonly nodeId: NodeId; readonly address: Address }
  | { readonly kind: "gone"; readonly nodeId: NodeId }
  | { readonly kind: "ping"; readonly from: Address; readonly nonce: number }
  | { readonly kind: "pong"; readonly nodeId: NodeId; readonly nonce: number }
  | { readonly kind: "due" };

export type ProberOutput =
  | { readonly kind: "ping"; readonly to: Address; readonly nonce: number }
  | { readonly kind: "pong"; readonly to: Address; readonly nonce: number }
  | { readonly kind: "measured"; readonly nodeId: NodeId };

export interface ProberCounts {
  sent: number;
  answered: number;
  timedOut: number;
  strayPongs: number;
}

interface Turn {
  readonly nodeId: NodeId;
  address: Address;
  nonce: number | undefined;
  /** How many answers in a row took as long as was expected. */
  expected: number;
  readonly estimate: RoundTripEstimate;
}

interface Probe {
  readonly nodeId: NodeId;
  readonly sentAt: Millis;
}

/** Measures the round trip to every peer. SPEC.md has the states of a peer and the invariants. */
export class Prober implements Machine<ProberInput, ProberOutput> {
  readonly #roundMs: Millis;
  readonly #random: Random;
  readonly #turns: BoundedMap<NodeId, Turn>;
  /** Every turn that is not asked is in here once; one that was dismissed may linger until due. */
  readonly #waiting = new DeadlineHeap<Turn>();
  /** In the order they were sent, which is the order in which they time out. */
  readonly #inFlight = new BoundedMap<number, Probe>(PROBES_IN_FLIGHT, "refuse-new");
  readonly #pace = new TokenBucket(PROBES_PER_SECOND, PROBES_PER_SECOND);
  readonly #pongs = new TokenBucket(PONGS_PER_SECOND, PONGS_PER_SECOND);
  readonly #outputs: ProberOutput[] = [];
  readonly #counts: ProberCounts = { sent: 0, answered: 0, timedOut: 0, strayPongs: 0 };
  #freeAt: Millis = -Infinity;
  #timeoutAt: Millis = NEVER;

  constructor(options: { roundMs: Millis; peerLimit: number; random: Random }) {
    this.#roundMs = options.roundMs;
    this.#random = options.random;
    this.#turns = new BoundedMap(options.peerLimit, "refuse-new");
  }

  handle(now: Millis, input: ProberInput): void {
    switch (input.kind) {
      case "peer":
        return this.#enlist(now, input.nodeId, input.address);
      case "gone":
        return this.#dismiss(input.nodeId);
      case "ping":
        if (this.#pongs.take(now)) {
          this.#outputs.push({ kind: "pong", to: input.from, nonce: input.nonce });
        }
        return;
      case "pong":
        return this.#measure(now, input.nodeId, input.nonce);
      case "due":
        this.#timeOut(now);
        return this.#takeTurns(now);
    }
  }

  poll(): ProberOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    const turnAt = this.#waiting.size === 0
      ? NEVER
      : Math.max(this.#waiting.deadline(), this.#freeAt);
    return Math.min(turnAt, this.#timeoutAt);
  }

  estimate(nodeId: NodeId): RoundTripEstimate | undefined {
    return this.#turns.get(nodeId)?.estimate;
  }

  get counts(): Readonly<ProberCounts> {
    return this.#counts;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get unanswered(): number {
    return this.#pongs.refused;
  }

  #enlist(now: Millis, nodeId: NodeId, address: Address): void {
    const turn = this.#turns.get(nodeId);
    if (turn !== undefined) {
      if (turn.address !== address) turn.expected = 0; // The way there may be another.
      turn.address = address;
      return;
    }
    const estimate = new RoundTripEstimate();
    const newcomer = { nodeId, address, nonce: undefined, expected: 0, estimate };
    const turnMs = this.#turns.size * SECOND / PROBES_PER_SECOND;
    const spreadMs = Math.min(turnMs, LONGEST_START_MS) + turnMs * this.#random.unit();
    if (!this.#turns.set(nodeId, newcomer)) return;
    // Everybody meets a newcomer at once. Asked in one order, peers would drown one by one, and asked
    // at once, a mesh that starts would hear more questions than beacons.
    this.#waiting.push(now + spreadMs, newcomer);
    // Peers that come and go leave entries behind; a mesh that flaps must not pile them up.
    if (this.#waiting.size > 2 * this.#turns.size + PROBES_IN_FLIGHT) {
      this.#waiting.retain((waiting) => this.#turns.get(waiting.nodeId) === waiting);
    }
  }

  #dismiss(nodeId: NodeId): void {
    const turn = this.#turns.get(nodeId);
    if (turn?.nonce !== undefined) this.#land(turn.nonce);
    this.#turns.delete(nodeId);
  }

  #measure(now: Millis, nodeId: NodeId, nonce: number): void {
    const probe = this.#inFlight.get(nonce);
    if (probe === undefined || probe.nodeId !== nodeId) { // R2, R3
      this.#counts.strayPongs++;
      return;
    }
    this.#land(nonce);
    const turn = this.#turns.get(nodeId);
    assert(turn !== undefined, () => `Cannot measure ${nodeId}: its probe outlived its turn`);
    turn.nonce = undefined;
    const sampleMs = now - probe.sentAt;
    turn.expected = turn.estimate.expects(sampleMs) ? turn.expected + 1 : 0;
    turn.estimate.add(sampleMs);
    this.#counts.answered++;
    this.#outputs.push({ kind: "measured", nodeId });
    const roundMs = turn.expected < SETTLED_AFTER
      ? this.#roundMs
      : Math.max(this.#roundMs, SETTLED_ROUND_MS);
    this.#waiting.push(now + roundMs * (1 - JITTER * this.#random.unit()), turn);
  }

  #timeOut(now: Millis): void {
    for (const [nonce, probe] of this.#inFlight) {
      if (probe.sentAt + TIMEOUT_MS > now) return;
      this.#land(nonce);
      this.#counts.timedOut++;
      const turn = this.#turns.get(probe.nodeId);
      assert(
        turn !== undefined,
        () => `Cannot time out ${probe.nodeId}: its probe outlived its turn`,
      );
      turn.nonce = undefined;
      turn.expected = 0;
      this.#waiting.push(now + RETRY_MS * (1 + this.#random.unit()), turn);
    }
  }

  /** Asks whoever is due, as far as the pace allows. */
  #takeTurns(now: Millis): void {
    while (this.#waiting.deadline() <= now) {
      this.#freeAt = this.#nextFreeAt(now);
      if (this.#freeAt > now) return; // R4
      const turn = this.#waiting.pop(now);
      if (turn !== undefined && this.#turns.get(turn.nodeId) === turn) this.#ask(now, turn);
    }
  }

  #ask(now: Millis, turn: Turn): void {
    let nonce = this.#random.uint32();
    while (this.#inFlight.has(nonce)) nonce = (nonce + 1) >>> 0;
    this.#pace.take(now);
    this.#inFlight.set(nonce, { nodeId: turn.nodeId, sentAt: now });
    this.#timeoutAt = Math.min(this.#timeoutAt, now + TIMEOUT_MS);
    turn.nonce = nonce;
    this.#counts.sent++;
    this.#outputs.push({ kind: "ping", to: turn.address, nonce });
  }

  /** A probe is no longer under way, whatever became of it. */
  #land(nonce: number): void {
    this.#inFlight.delete(nonce);
    const oldest = this.#inFlight.values().next();
    this.#timeoutAt = oldest.done ? NEVER : oldest.value.sentAt + TIMEOUT_MS;
  }

  /** When the next probe may go out, by the pace and by the number that is under way. */
  #nextFreeAt(now: Millis): Millis {
    if (this.#inFlight.size < PROBES_IN_FLIGHT) return this.#pace.readyAt(now);
    return this.#timeoutAt;
  }
}
