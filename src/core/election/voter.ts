import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import type { Ballot } from "./ballot.ts";
import { type Claim, isSameClaim } from "./claim.ts";
import type { Electorate } from "./electorate.ts";
import type { Candidacy, PollVerdict } from "./message.ts";
import { type Pace, windowOf } from "./pace.ts";

/** How many candidates of one term are compared. One more is refused. */
const CANDIDATES_LIMIT = 16;

/** How many promises may run at once. Each ends by itself, and soon. */
const BONDS_LIMIT = 8;

/** Whom a member has promised not to vote against, and for how long. */
export interface Bond {
  readonly claim: Claim;
  readonly until: Millis;
}

/** How a candidacy ended at this voter. */
export type Decision =
  | { readonly kind: "granted"; readonly to: NodeId; readonly term: number }
  | { readonly kind: "refused"; readonly to: NodeId; readonly term: number };

interface Window {
  readonly term: number;
  readonly candidates: Set<NodeId>;
  closesAt: Millis;
}

/**
 * Decides whom this member votes for: once a term, nobody while it is bound, and the best of those
 * who ask within a short time of each other.
 */
export class Voter {
  readonly #self: NodeId;
  readonly #ballot: Ballot<unknown>;
  readonly #electorate: Electorate;
  readonly #pace: Pace;
  readonly #startedAt: Millis;
  /** Nothing was on the disk, because this member is new, or because its disk was lost. */
  readonly #isFresh: boolean;
  /** A process that starts may be bound by a promise that it does not remember (L4). */
  #startingUntil: Millis;
  /** By whom the promise was made to. One who is left for another may still count on it (L3). */
  readonly #bonds = new BoundedMap<NodeId, Bond>(BONDS_LIMIT, "evict-oldest");
  #window: Window | undefined;
  #candidatesRefused = 0;

  constructor(options: {
    self: NodeId;
    ballot: Ballot<unknown>;
    electorate: Electorate;
    pace: Pace;
    startedAt: Millis;
    isFresh: boolean;
  }) {
    this.#self = options.self;
    this.#ballot = options.ballot;
    this.#electorate = options.electorate;
    this.#pace = options.pace;
    const { promiseMs, voteHoldMs } = options.pace;
    const longestMs = Math.max(promiseMs, voteHoldMs, options.ballot.promisedMs);
    this.#startedAt = options.startedAt;
    this.#isFresh = options.isFresh;
    this.#startingUntil = options.startedAt + longestMs;
  }

  /** Leaders of this electorate were promised so much, this one's forgotten promise maybe too. */
  hearPromise(promiseMs: Millis): void {
    if (!this.#isFresh) return;
    this.#ballot.promise(promiseMs);
    this.#startingUntil = Math.max(this.#startingUntil, this.#startedAt + promiseMs);
  }

  /** The longest that this member ever promised a leader, as far as its profile does not say so. */
  get longestPromise(): { longestPromiseMs?: Millis } {
    const { promisedMs } = this.#ballot;
    return promisedMs <= this.#pace.promiseMs ? {} : { longestPromiseMs: promisedMs };
  }

  bind(claim: Claim, until: Millis): void {
    const latest = Math.max(until, this.#bonds.get(claim.nodeId)?.until ?? until);
    this.#bonds.set(claim.nodeId, { claim, until: latest });
    this.#bonds.touch(claim.nodeId);
  }

  /** Holds to a promise for longer than it was made for, and makes none. */
  prolong(claim: Claim, until: Millis): void {
    if (isSameClaim(this.#bonds.get(claim.nodeId)?.claim, claim)) this.bind(claim, until);
  }

  /** Whom the promise was made to has let this member go. */
  free(nodeId: NodeId): void {
    this.#bonds.delete(nodeId);
  }

  /** The promise to anybody but this one that runs longest. */
  bondAt(now: Millis, without?: NodeId): Bond | undefined {
    let longest: Bond | undefined;
    for (const bond of this.#bonds.values()) {
      if (bond.until <= now || bond.claim.nodeId === without) continue;
      if (longest === undefined || bond.until > longest.until) longest = bond;
    }
    return longest;
  }

  /** A promise that may be forgotten is to nobody else where this life voted for that member. */
  mayBind(now: Millis, nodeId: NodeId): boolean {
    if (this.bondAt(now, nodeId) !== undefined) return false;
    return !this.isStarting(now) || (this.#bonds.get(nodeId)?.until ?? -Infinity) > now;
  }

  isStarting(now: Millis): boolean {
    return now < this.#startingUntil;
  }

  get startingUntil(): Millis {
    return this.#startingUntil;
  }

  /** How many candidates were not compared with the others because there were too many, */
  get candidatesRefused(): number {
    return this.#candidatesRefused;
  }

  /** and how many promises were forgotten before they ended. */
  get bondsEvicted(): number {
    return this.#bonds.overflowed;
  }

  /** What this member would answer whoever asks for its vote. */
  verdict(now: Millis, asker: NodeId): Exclude<PollVerdict, "leading"> {
    if (this.bondAt(now, asker) !== undefined) return "bound";
    return this.isStarting(now) ? "starting" : "granted";
  }

  /** Answers at once, or undefined while it waits for a better candidate. */
  hear(
    now: Millis,
    from: NodeId,
    { term, heardFrom, roundMs }: Pick<Candidacy, "term" | "heardFrom" | "roundMs">,
    silent: NodeId | undefined,
  ): Decision | undefined {
    if (!this.#ballot.mayVote(term, from)) return { kind: "refused", to: from, term };
    const verdict = this.verdict(now, from);
    if (verdict === "bound") return { kind: "refused", to: from, term };
    if (verdict === "starting" && !this.#isCovered(from, heardFrom)) {
      return { kind: "refused", to: from, term };
    }
    const isSettled = this.#ballot.votedFor === from && this.#ballot.term === term;
    // Nobody better can come, so there is nothing to wait for.
    if (isSettled || this.#electorate.turnOf(from, silent) === 0) return this.#grant(from, term);
    this.#collect(now, from, term, roundMs);
    return undefined;
  }

  /** The leader asks anew in a higher term. Whoever follows it has nothing to weigh. */
  renew(now: Millis, from: NodeId, term: number): Decision {
    const isFree = this.bondAt(now, from) === undefined && this.#ballot.mayVote(term, from);
    return isFree ? this.#grant(from, term) : { kind: "refused", to: from, term };
  }

  get deadline(): Millis {
    return this.#window?.closesAt ?? NEVER;
  }

  /** Decides between those who asked, once the time is up. */
  closeWindow(now: Millis): Decision[] {
    const window = this.#window;
    if (window === undefined || window.closesAt > now) return [];
    this.#window = undefined;
    const best = this.#electorate.best(window.candidates);
    return [...window.candidates].map((nodeId) => {
      const isFree = this.bondAt(now, nodeId) === undefined &&
        this.#ballot.mayVote(window.term, nodeId);
      return nodeId === best && isFree
        ? this.#grant(nodeId, window.term)
        : { kind: "refused", to: nodeId, term: window.term };
    });
  }

  /** Whoever leads votes for nobody else. */
  dropWindow(): void {
    this.#window = undefined;
  }

  /** Whoever waits least for votes decides when they are given. */
  #collect(now: Millis, from: NodeId, term: number, roundMs: Millis): void {
    const closesAt = now + Math.min(this.#pace.windowMs, windowOf(roundMs));
    if (this.#window === undefined || this.#window.term < term) {
      this.#window = { term, candidates: new Set(), closesAt };
    }
    if (this.#window.term > term) return;
    this.#window.closesAt = Math.min(closesAt, this.#window.closesAt);
    const { candidates } = this.#window;
    if (candidates.size < CANDIDATES_LIMIT || candidates.has(from)) candidates.add(from);
    else this.#candidatesRefused++;
  }

  #grant(to: NodeId, term: number): Decision {
    this.#ballot.vote(term, to);
    return { kind: "granted", to, term };
  }

  /** Whether the candidate asked every member that this one knows, so that no bond is forgotten. */
  #isCovered(candidate: NodeId, heardFrom: readonly NodeId[]): boolean {
    const asked = new Set([candidate, this.#self, ...heardFrom]);
    return this.#electorate.others.every((nodeId) => asked.has(nodeId));
  }
}
