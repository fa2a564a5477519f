import { type Beacon, isFresher, type Numbers } from "../beacon/beacon.ts";
import { changedAspects } from "../beacon/changes.ts";
import { withName } from "../beacon/names_digest.ts";
import { isPresent } from "../beacon/observer.ts";
import { CONNECTION_LIMIT } from "../connection/keeper.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import type { Random } from "../kernel/random.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import { TokenBucket } from "../kernel/token_bucket.ts";
import type { RepeatedMessage } from "../messages.ts";
import { type Introduction, PEER_MESSAGE_LIMITS, type PeersWanted } from "../peer_message.ts";
import type {
  Hearing,
  RelayCounts,
  RelayedPeer,
  RelayInput,
  RelayLoss,
  RelayOutput,
  Way,
} from "./relay_io.ts";

/** How many peers a node knows through others. */
export const RELAYED_LIMIT = 256;

/** How many nodes' numbers are remembered, so that an old beacon stays old. */
const NUMBERS_LIMIT = 4_096;

/** How many peers one question is answered with. */
export const INTRODUCTIONS_AT_ONCE = 64;

/** How often a node asks, whoever it asks. */
const QUESTIONS_PER_SECOND = 1;
const QUESTIONS_AT_ONCE = 3;

/** What a node takes from one peer, which asks no more often than it may ask all together. */
const ASKED_PER_SECOND = 2;
const ASKED_AT_ONCE = 4;
const INTRODUCED_PER_SECOND = 64;
const INTRODUCED_AT_ONCE = 2 * INTRODUCTIONS_AT_ONCE;

/** What a node takes of what one other repeats, and of how many others it keeps count. */
const REPEATED_PER_SECOND = 128;
const REPEATED_AT_ONCE = 256;
const REPEATERS_LIMIT = 256;

/** A peer through which nobody is known is asked so many times more rarely. */
const IDLE_ROUNDS = 3;

/** The share of every round that is left to chance. */
const JITTER = 0.2;

interface Speaker {
  askAt: Millis;
  readonly asked: TokenBucket;
  readonly introduced: TokenBucket;
}

/** What was heard last of a node, however it is known, and until when that holds good. */
interface Memory extends Numbers {
  readonly expiresAt: Millis;
}

/**
 * Asks connected peers for those that this node cannot hear, and answers when it is asked. SPEC.md
 * has the states of a relayed peer and the invariants.
 */
export class Relay implements Machine<RelayInput, RelayOutput> {
  readonly #self: NodeId;
  readonly #roundMs: Millis;
  readonly #hearing: Hearing;
  readonly #random: Random;
  readonly #speakers = new BoundedMap<NodeId, Speaker>(CONNECTION_LIMIT, "refuse-new");
  readonly #relayed = new BoundedMap<NodeId, RelayedPeer>(RELAYED_LIMIT, "refuse-new");
  readonly #memory = new BoundedMap<NodeId, Memory>(NUMBERS_LIMIT, "evict-oldest");
  readonly #repeaters = new BoundedMap<NodeId, TokenBucket>(REPEATERS_LIMIT, "evict-oldest");
  readonly #questions = new TokenBucket(QUESTIONS_PER_SECOND, QUESTIONS_AT_ONCE);
  readonly #outputs: RelayOutput[] = [];
  readonly #counts: RelayCounts = {
    accepted: 0,
    heard: 0,
    stale: 0,
    expired: 0,
    farther: 0,
    own: 0,
    full: 0,
    overRate: 0,
  };
  #wakeAt: Millis = NEVER;

  constructor(options: { self: NodeId; roundMs: Millis; hearing: Hearing; random: Random }) {
    this.#self = options.self;
    this.#roundMs = options.roundMs;
    this.#hearing = options.hearing;
    this.#random = options.random;
  }

  handle(now: Millis, input: RelayInput): void {
    this.#take(now, input);
    this.#wakeAt = this.#nextDeadline(now);
  }

  poll(): RelayOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#wakeAt;
  }

  /** The peers that are known through others. */
  peers(): IterableIterator<RelayedPeer> {
    return this.#relayed.values();
  }

  peer(nodeId: NodeId): RelayedPeer | undefined {
    return this.#relayed.get(nodeId);
  }

  /** Over whom the peer is known, and in which of its lives. */
  wayTo(nodeId: NodeId): Way | undefined {
    const known = this.#relayed.get(nodeId);
    return known && { via: known.via, boot: known.beacon.boot };
  }

  get size(): number {
    return this.#relayed.size;
  }

  get counts(): Readonly<RelayCounts> {
    return this.#counts;
  }

  #take(now: Millis, input: RelayInput): void {
    switch (input.kind) {
      case "connected":
        return this.#enlist(now, input.nodeId);
      case "disconnected":
        return this.#dismiss(now, input.nodeId);
      case "heard":
        return this.#lose(this.#relayed.get(input.nodeId), "heard"); // Y3
      case "putOut":
        return this.#lose(this.#relayed.get(input.nodeId), "putOut");
      case "succeeded":
        this.#memory.delete(input.nodeId);
        return this.#lose(this.#relayed.get(input.nodeId), "succeeded");
      case "unheard":
        return this.#hurry(now);
      case "message":
        if (input.message.kind === "peersWanted") this.#answer(now, input.peer, input.message);
        else this.#meet(now, input.peer, input.message);
        return;
      case "repeated":
        return this.#overhear(now, input.message);
      case "due":
        this.#expire(now);
        return this.#askAll(now);
    }
  }

  /** A newcomer is asked a round later, once all that can be heard has been. */
  #enlist(now: Millis, nodeId: NodeId): void {
    this.#speakers.set(nodeId, {
      askAt: now + this.#jittered(this.#roundMs),
      asked: new TokenBucket(ASKED_PER_SECOND, ASKED_AT_ONCE),
      introduced: new TokenBucket(INTRODUCED_PER_SECOND, INTRODUCED_AT_ONCE),
    });
  }

  #dismiss(now: Millis, nodeId: NodeId): void {
    if (!this.#speakers.delete(nodeId)) return;
    let lost = 0;
    for (const peer of [...this.#relayed.values()]) {
      if (peer.via !== nodeId || peer.isRepeated) continue;
      this.#lose(peer, "unconnected");
      lost++;
    }
    if (lost > 0) this.#hurry(now);
  }

  /** Somebody is missing, so whoever may know is asked as soon as the pace allows. */
  #hurry(now: Millis): void {
    for (const speaker of this.#speakers.values()) speaker.askAt = Math.min(speaker.askAt, now);
  }

  /** Whoever speaks for somebody is asked again soon, so that its word does not run out. */
  #askBy(nodeId: NodeId, at: Millis): void {
    const speaker = this.#speakers.get(nodeId);
    if (speaker !== undefined) speaker.askAt = Math.min(speaker.askAt, at);
  }

  /** Over all that this node knows, itself included. */
  knownDigest(): number {
    let digest = withName(this.#hearing.namesDigest, this.#self);
    for (const nodeId of this.#relayed.keys()) digest = withName(digest, nodeId);
    return digest;
  }

  #askAll(now: Millis): void {
    const introduced = [...this.#relayed.values()].filter(({ isRepeated }) => !isRepeated);
    const busy = new Set(introduced.map(({ via }) => via));
    const digest = this.knownDigest();
    // Whose turn comes soon is looked at as well, so that a node wakes once for all that know the same.
    const soon = now + JITTER * this.#roundMs;
    for (const [nodeId, speaker] of this.#speakers) {
      if (speaker.askAt > soon) continue;
      if (!busy.has(nodeId) && this.#hearing.peer(nodeId)?.beacon.knownDigest === digest) {
        speaker.askAt = now + this.#jittered(this.#roundMs); // It knows nobody else.
        continue;
      }
      if (speaker.askAt > now) continue;
      if (!this.#questions.take(now)) return; // Y6
      const rounds = busy.has(nodeId) ? 1 : IDLE_ROUNDS;
      speaker.askAt = now + this.#jittered(rounds * this.#roundMs);
      this.#outputs.push({ kind: "send", peer: nodeId, message: this.#question() });
    }
  }

  #question(): PeersWanted {
    const heard: NodeId[] = [];
    for (const { nodeId, state } of this.#hearing.peers()) {
      if (heard.length === PEER_MESSAGE_LIMITS.peersNamed) break;
      if (isPresent(state)) heard.push(nodeId);
    }
    const relayed = [...this.#relayed.values()]
      .sort((left, right) => left.expiresAt - right.expiresAt)
      .map(({ nodeId, beacon: { boot, sequence } }) => ({ nodeId, boot, sequence }));
    return { kind: "peersWanted", heard, relayed, room: RELAYED_LIMIT - this.#relayed.size };
  }

  /** Says what is new of those whom the asker knows through others, then whom it does not know. */
  #answer(now: Millis, asker: NodeId, question: PeersWanted): void {
    const speaker = this.#speakers.get(asker);
    if (speaker === undefined || !speaker.asked.take(now)) return void this.#counts.overRate++;
    const passed = new Set([asker, ...question.heard]);
    let room = INTRODUCTIONS_AT_ONCE;
    for (const { nodeId, ...numbers } of question.relayed) {
      const word = passed.has(nodeId) ? undefined : this.#wordOf(now, nodeId, asker);
      passed.add(nodeId);
      if (word === undefined || !isFresher(word.beacon, numbers)) continue;
      this.#outputs.push({ kind: "send", peer: asker, message: word });
      if (--room === 0) return;
    }
    room = Math.min(room, question.room);
    for (const nodeId of this.#everybody()) {
      if (room <= 0) return;
      const word = passed.has(nodeId) ? undefined : this.#wordOf(now, nodeId, asker);
      passed.add(nodeId);
      if (word === undefined || word.beacon.leaving) continue;
      this.#outputs.push({ kind: "send", peer: asker, message: word });
      room--;
    }
  }

  *#everybody(): Generator<NodeId> {
    for (const { nodeId } of this.#hearing.peers()) yield nodeId;
    yield* this.#relayed.keys();
  }

  /** What there is to hand on of a node: its goodbye, or a beacon that still holds good. */
  #wordOf(now: Millis, nodeId: NodeId, asker: NodeId): Introduction | undefined {
    const heard = this.#hearing.peer(nodeId);
    const known = this.#relayed.get(nodeId);
    if (heard !== undefined && (known === undefined || isPresent(heard.state))) {
      const { beacon, beaconAt, address, state } = heard;
      if (state === "lost") return undefined;
      return introduce(now, { hops: 1, address, beacon, saidAt: beaconAt });
    }
    if (known === undefined || known.via === asker) return undefined; // Y4
    if (known.hops >= PEER_MESSAGE_LIMITS.hops) return undefined; // Y1
    return introduce(now, { ...known, hops: known.hops + 1 });
  }

  #meet(now: Millis, via: NodeId, introduction: Introduction): void {
    const speaker = this.#speakers.get(via);
    if (speaker === undefined || !speaker.introduced.take(now)) return void this.#counts.overRate++;
    this.#counts[this.#judge(now, via, introduction, false)]++;
  }

  /** Nobody has to be connected to be heard, so each is bounded by a pace of its own. */
  #overhear(now: Millis, { from, ...introduction }: RepeatedMessage): void {
    const pace = this.#repeaters.get(from) ??
      new TokenBucket(REPEATED_PER_SECOND, REPEATED_AT_ONCE);
    this.#repeaters.set(from, pace);
    this.#repeaters.touch(from);
    if (!pace.take(now)) this.#counts.overRate++;
    else this.#counts[this.#judge(now, from, introduction, true)]++;
  }

  /** Takes the introduction in, unless there is a reason not to; answers which. */
  #judge(
    now: Millis,
    via: NodeId,
    introduction: Omit<Introduction, "kind">,
    isRepeated: boolean,
  ): keyof RelayCounts {
    const { hops, ageMs, address, beacon } = introduction;
    const { nodeId } = beacon;
    if (nodeId === this.#self || nodeId === via) return "own";
    const heard = this.#hearing.peer(nodeId);
    if (heard !== undefined && isPresent(heard.state)) return "heard";
    if (heard !== undefined && !isFresher(beacon, heard)) return "stale";
    const known = this.#relayed.get(nodeId);
    const memory = this.#memory.get(nodeId);
    if (memory !== undefined && !isNews(beacon, memory, known)) return "stale"; // Y2
    if (ageMs >= beacon.ttlMs || (memory !== undefined && isAgain(beacon, memory, now))) {
      return "expired";
    }
    const expiresAt = this.#limit(beacon, now + beacon.ttlMs - ageMs, memory);
    const saidAt = now - ageMs;
    const peer = { nodeId, via, hops, address, beacon, saidAt, expiresAt, isRepeated };
    if (beacon.leaving) {
      this.#remember(beacon, expiresAt);
      this.#lose(known, "left");
      return "accepted";
    }
    if (known !== undefined && isFarther(now, known, peer)) return "farther";
    if (!this.#relayed.set(nodeId, peer)) return "full"; // Y5
    this.#remember(beacon, expiresAt);
    if (!isRepeated) this.#askBy(via, now + this.#roundMs);
    const isSameWay = known?.via === via && known.hops === hops && known.address === address;
    if (!isSameWay) this.#outputs.push({ kind: "relayed", peer });
    else this.#compare(known.beacon, beacon);
    return "accepted";
  }

  #compare(before: Beacon, after: Beacon): void {
    const { nodeId, boot } = after;
    const aspects = changedAspects(before, after);
    if (boot !== before.boot) this.#outputs.push({ kind: "restarted", nodeId, boot });
    else if (aspects.length > 0) this.#outputs.push({ kind: "changed", nodeId, aspects });
  }

  /** A beacon that comes again lives no longer than it did before (Y2). */
  #limit(beacon: Beacon, expiresAt: Millis, memory: Memory | undefined): Millis {
    if (memory === undefined || isFresher(beacon, memory)) return expiresAt;
    return Math.min(expiresAt, memory.expiresAt);
  }

  #remember({ nodeId, boot, sequence }: Beacon, expiresAt: Millis): void {
    this.#memory.set(nodeId, { boot, sequence, expiresAt });
    this.#memory.touch(nodeId);
  }

  #expire(now: Millis): void {
    for (const peer of [...this.#relayed.values()]) {
      if (peer.expiresAt <= now) this.#lose(peer, "expired");
    }
  }

  #lose(peer: RelayedPeer | undefined, why: RelayLoss): void {
    if (peer === undefined) return;
    this.#relayed.delete(peer.nodeId);
    this.#outputs.push({ kind: "lost", nodeId: peer.nodeId, via: peer.via, why });
  }

  #nextDeadline(now: Millis): Millis {
    let askAt = NEVER;
    for (const speaker of this.#speakers.values()) askAt = Math.min(askAt, speaker.askAt);
    if (askAt !== NEVER) askAt = Math.max(askAt, this.#questions.readyAt(now));
    let expireAt = NEVER;
    for (const peer of this.#relayed.values()) expireAt = Math.min(expireAt, peer.expiresAt);
    return Math.min(askAt, expireAt);
  }

  #jittered(delayMs: Millis): Millis {
    return delayMs * (1 - JITTER * this.#random.unit());
  }
}

function introduce(
  now: Millis,
  { hops, address, beacon, saidAt }: Pick<RelayedPeer, "hops" | "address" | "beacon" | "saidAt">,
): Introduction | undefined {
  const ageMs = Math.ceil(now - saidAt);
  return ageMs < beacon.ttlMs ? { kind: "introduction", hops, ageMs, address, beacon } : undefined;
}

/** Whether the beacon says more than is known, or says again what nobody vouches for any more. */
function isNews(beacon: Beacon, memory: Memory, known: RelayedPeer | undefined): boolean {
  return isFresher(beacon, memory) || (known === undefined && !isFresher(memory, beacon));
}

/** Whether it is the beacon that was heard last, whose time is over. */
function isAgain(beacon: Beacon, memory: Memory, now: Millis): boolean {
  return !isFresher(beacon, memory) && memory.expiresAt <= now;
}

/** A longer way is taken only when the shorter one falls behind. */
function isFarther(now: Millis, known: RelayedPeer, peer: RelayedPeer): boolean {
  return peer.via !== known.via && peer.hops > known.hops &&
    now - known.saidAt < known.beacon.ttlMs / 2;
}
