import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import type { Electorate } from "./electorate.ts";
import type { PollAnswer, PollVerdict } from "./message.ts";

/** No honest member is so far ahead of another. A larger step is a lie, and is ignored. */
export const LONGEST_LEAP = 1_000_000;

/** Whom a candidate can expect votes of. */
export interface Support {
  readonly heardFrom: readonly NodeId[];
  /** Those who may have promised theirs to another before they were started again. */
  readonly starting: readonly NodeId[];
  /** Whether this member itself has not. */
  readonly isFree: boolean;
}

/** What the round amounts to, as far as answers have come. */
export type PollOutcome =
  | ({ readonly kind: "carried" } & Support)
  /** More answers could still change it. */
  | { readonly kind: "open" }
  /** Enough are bound to nobody but the leader that was given up, and will soon be free. */
  | { readonly kind: "early"; readonly retryInMs: Millis }
  | { readonly kind: "failed"; readonly retryInMs?: Millis };

export interface PollView {
  /** This member's own verdict on itself. */
  readonly own: PollVerdict;
  /** The election has taken so long that those in reach may decide alone. */
  readonly isOverdue: boolean;
  readonly isOver: boolean;
  /** The leader that was given up. */
  readonly silent: NodeId | undefined;
  /** How long others may be bound to it yet, since no two hear a leader last at one moment. */
  readonly slackMs: Millis;
}

/** One round of asking everybody whether they would vote for this member. */
export class PollRound {
  readonly number: number;
  readonly #answers = new Map<NodeId, PollAnswer>();
  readonly #asked: readonly NodeId[];

  constructor(number: number, asked: readonly NodeId[]) {
    this.number = number;
    this.#asked = asked;
  }

  note(from: NodeId, answer: PollAnswer): void {
    this.#answers.set(from, answer);
  }

  unanswered(): NodeId[] {
    return this.#asked.filter((nodeId) => !this.#answers.has(nodeId));
  }

  /** The highest term that anybody reported, `above` which no honest one is by a leap. */
  highestTerm(above: number): number {
    const terms = [...this.#answers.values()].map(({ highestTerm }) => highestTerm);
    return Math.max(above, ...terms.filter((term) => term - above <= LONGEST_LEAP));
  }

  judge(electorate: Electorate, view: PollView): PollOutcome {
    const { own, isOverdue, isOver } = view;
    const heardFrom = this.#withVerdict("granted", "starting");
    const isFree = own === "granted";
    const support = { heardFrom, starting: this.#withVerdict("starting"), isFree };
    if (this.#isEverybody(electorate, heardFrom)) return { kind: "carried", ...support };
    const supporters = this.#withVerdict("granted").filter((nodeId) => electorate.has(nodeId));
    if (isFree && electorate.isMajority(supporters.length + 1)) {
      return { kind: "carried", ...support };
    }
    const soon = this.#soonFree(electorate, view);
    if (isFree && electorate.isMajority(supporters.length + soon.length + 1)) {
      return { kind: "early", retryInMs: Math.max(...soon) };
    }
    if (!isOver && this.#answers.size < this.#asked.length) return { kind: "open" };
    const isOpposed = this.#withVerdict("bound", "leading", "starting").length > 0;
    if (isFree && isOverdue && !isOpposed) return { kind: "carried", ...support };
    const retryInMs = this.#boundForMs();
    return retryInMs === undefined ? { kind: "failed" } : { kind: "failed", retryInMs };
  }

  /**
   * Nobody whom anybody knows is bound or leads, so even a promise that a restart forgot is one
   * that nobody counts on. Who is alone cannot know (L4).
   */
  #isEverybody(electorate: Electorate, heardFrom: readonly NodeId[]): boolean {
    if (electorate.others.length === 0) return false;
    const heard = new Set(heardFrom);
    return electorate.others.every((nodeId) => heard.has(nodeId)) &&
      [...this.#answers.values()].every(({ members }) =>
        members.every((nodeId) => electorate.has(nodeId))
      );
  }

  #withVerdict(...verdicts: PollVerdict[]): NodeId[] {
    return [...this.#answers].filter(([_, { verdict }]) => verdicts.includes(verdict))
      .map(([nodeId]) => nodeId);
  }

  /** For how long those are bound yet whom only the slack between members holds back. */
  #soonFree(electorate: Electorate, { silent, slackMs }: PollView): Millis[] {
    return [...this.#answers].flatMap(([nodeId, { verdict, bond }]) => {
      if (verdict !== "bound" || bond?.claim.nodeId !== silent) return [];
      if (!electorate.has(nodeId)) return [];
      return bond !== undefined && bond.forMs <= slackMs ? [bond.forMs] : [];
    });
  }

  /** When the first of those who are bound will be free. */
  #boundForMs(): Millis | undefined {
    const bonds = [...this.#answers.values()].flatMap(({ bond }) => bond?.forMs ?? []);
    return bonds.length === 0 ? undefined : Math.min(...bonds);
  }
}
