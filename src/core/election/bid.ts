import type { NodeId } from "../kernel/ids.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import type { Electorate } from "./electorate.ts";
import type { Vote } from "./leadership.ts";
import type { PollAnswer } from "./message.ts";
import type { Pace } from "./pace.ts";
import { type PollOutcome, PollRound, type PollView, type Support } from "./poll_round.ts";

export type CampaignOutcome =
  | { readonly kind: "open" }
  | { readonly kind: "lost" }
  | {
    readonly kind: "won";
    readonly term: number;
    readonly votes: readonly Vote[];
    readonly askedAt: Millis;
  };

/** What became of an answer: it may come when it is no longer needed, or never have been asked for. */
export type Note = "noted" | "late" | "stray";

interface Campaign extends Support {
  readonly term: number;
  readonly granted: Map<NodeId, Vote>;
  readonly answered: Set<NodeId>;
  /** The others are not asked before this member's own vote is on the disk (L2). */
  askedAt: Millis | undefined;
}

/** A member's attempt to lead: it polls everybody, then asks for their votes. One at a time. */
export class Bid {
  readonly #electorate: Electorate;
  readonly #pace: Pace;
  #rounds = 0;
  #lastTerm = 0;
  #round: PollRound | undefined;
  #campaign: Campaign | undefined;
  #endsAt: Millis = NEVER;

  constructor(electorate: Electorate, pace: Pace) {
    this.#electorate = electorate;
    this.#pace = pace;
  }

  get deadline(): Millis {
    return this.#endsAt;
  }

  get isCampaigning(): boolean {
    return this.#campaign !== undefined;
  }

  end(): void {
    this.#round = undefined;
    this.#campaign = undefined;
    this.#endsAt = NEVER;
  }

  /** Begins a round of the poll and answers its number. */
  startPoll(now: Millis): number {
    this.#rounds++;
    this.#round = new PollRound(this.#rounds, this.#electorate.reachable);
    this.#endsAt = now + this.#pace.roundMs;
    return this.#rounds;
  }

  /** Who was asked in this round of the poll and has not answered. */
  unanswered(): { readonly round: number; readonly members: readonly NodeId[] } | undefined {
    const round = this.#round;
    return round && { round: round.number, members: round.unanswered() };
  }

  noteAnswer(from: NodeId, answer: PollAnswer): Note {
    if (answer.round > this.#rounds) return "stray";
    if (this.#round?.number !== answer.round) return "late";
    this.#round.note(from, answer);
    return "noted";
  }

  judgePoll(now: Millis, view: Omit<PollView, "isOver" | "slackMs">): PollOutcome {
    if (this.#round === undefined) return { kind: "open" };
    const [isOver, slackMs] = [now >= this.#endsAt, this.#pace.slotMs];
    return this.#round.judge(this.#electorate, { ...view, isOver, slackMs });
  }

  /** A term above every one that was reported. */
  nextTerm(term: number): number {
    return (this.#round?.highestTerm(term) ?? term) + 1;
  }

  startCampaign(now: Millis, term: number, support: Support): void {
    this.#round = undefined;
    this.#lastTerm = term;
    const [granted, answered] = [new Map<NodeId, Vote>(), new Set<NodeId>()];
    this.#campaign = { ...support, term, granted, answered, askedAt: undefined };
    this.#endsAt = now + this.#pace.roundMs;
  }

  /** The member's own vote is safe. Answers whom it heard from, if this campaign still runs. */
  ask(now: Millis, term: number): readonly NodeId[] | undefined {
    if (this.#campaign?.term !== term) return undefined;
    this.#campaign.askedAt = now;
    return this.#campaign.heardFrom;
  }

  /** Who was asked for its vote and has not answered, once anybody was asked. */
  undecided(): (Pick<Campaign, "term" | "heardFrom"> & { members: readonly NodeId[] }) | undefined {
    const campaign = this.#campaign;
    if (campaign?.askedAt === undefined) return undefined;
    const { term, heardFrom, answered } = campaign;
    const members = this.#electorate.reachable.filter((nodeId) => !answered.has(nodeId));
    return { term, heardFrom, members };
  }

  /** `holdMs` is for how long the vote was given, undefined when it was not. */
  noteVote(from: NodeId, term: number, holdMs: Millis | undefined): Note {
    if (term > this.#lastTerm) return "stray";
    const campaign = this.#campaign;
    if (campaign?.term !== term || campaign.askedAt === undefined) return "late";
    campaign.answered.add(from);
    if (holdMs !== undefined) campaign.granted.set(from, { nodeId: from, holdMs });
    return "noted";
  }

  /** `mayActAlone`: those in reach may decide without the others. */
  judgeCampaign(now: Millis, mayActAlone: boolean): CampaignOutcome {
    const isOver = now >= this.#endsAt;
    const campaign = this.#campaign;
    if (campaign === undefined) return { kind: "open" };
    const { term, answered, askedAt } = campaign;
    if (askedAt === undefined) return { kind: isOver ? "lost" : "open" };
    const { reachable } = this.#electorate;
    const { votes, weight } = this.#count(campaign);
    const hasQuorum = this.#electorate.isMajority(weight);
    const isClosed = isOver || reachable.every((nodeId) => answered.has(nodeId));
    if (hasQuorum || (isClosed && mayActAlone && 2 * weight > reachable.length + 1)) {
      return { kind: "won", term, votes, askedAt };
    }
    return { kind: isClosed ? "lost" : "open" };
  }

  /**
   * Somebody else may hold a forgotten promise of those who just started, and may win by it. That
   * one gives it up by its own vote, so with the votes of all nobody is left who could (L4). Whoever
   * was removed since it voted has no vote any more (L15).
   */
  #count({ granted, starting, isFree }: Campaign): { votes: Vote[]; weight: number } {
    const { others } = this.#electorate;
    const given = others.flatMap((nodeId) => granted.get(nodeId) ?? []);
    if (given.length === others.length) return { votes: given, weight: given.length + 1 };
    const votes = given.filter(({ nodeId }) => !starting.includes(nodeId));
    return { votes, weight: votes.length + (isFree ? 1 : 0) };
  }
}
