import { type Millis, MINUTE } from "../kernel/time.ts";
import { type CellSize, gapOf, type Layout, mergeOf, type Move, splitOf } from "./rebalancing.ts";

/** Whoever could not be moved for so long is not waited for: it is decided anew. */
const PLAN_HOLDS_MS: Millis = 1 * MINUTE;

type Reason = "split" | "merge" | "gap";

interface Plan {
  readonly move: Move;
  readonly until: Millis;
}

/**
 * Decides for a leader who moves to another cell. A reason has to last before anything is done,
 * since cells that just came up are too small one after another; and a plan is carried out before
 * there is another, so that half of it being done is no reason for the next.
 */
export class Rebalancer {
  readonly #size: CellSize | undefined;
  readonly #settleMs: Millis;
  #reason: { readonly why: Reason; readonly since: Millis } | undefined;
  #plan: Plan | undefined;

  /** Without a size nobody is moved. */
  constructor(size: CellSize | undefined, settleMs: Millis) {
    this.#size = size;
    this.#settleMs = settleMs;
  }

  /** Who is to move now, of those that have not yet. What is not decided by the many waits. */
  review(now: Millis, layout: () => Layout, hasQuorum: boolean): Move | undefined {
    if (this.#size === undefined) return undefined;
    const view = layout();
    const left = this.#leftOf(now, view);
    if (left !== undefined) return left;
    const decided = hasQuorum ? decide(view, this.#size) : undefined;
    if (decided === undefined) return void (this.#reason = undefined);
    const { why, move } = decided;
    if (this.#reason?.why !== why) this.#reason = { why, since: now };
    if (now - this.#reason.since < this.#settleMs) return undefined;
    this.#plan = { move, until: now + PLAN_HOLDS_MS };
    return move;
  }

  /** The member does not lead any more. */
  end(): void {
    this.#reason = undefined;
    this.#plan = undefined;
  }

  /** Whoever went and is back, since the others did not come, is not sent again. */
  #leftOf(now: Millis, { ranked }: Layout): Move | undefined {
    if (this.#plan === undefined) return undefined;
    const { move, until } = this.#plan;
    const members = move.members.filter((nodeId) => ranked.includes(nodeId));
    if (members.length === 0 || now >= until) {
      this.end();
      return undefined;
    }
    const left = members.length === move.members.length ? move : { ...move, members };
    this.#plan = { move: left, until };
    return left;
  }
}

function decide(layout: Layout, size: CellSize): { why: Reason; move: Move } | undefined {
  const rules = { split: splitOf, merge: mergeOf, gap: gapOf } as const;
  for (const why of ["split", "merge", "gap"] as const) {
    const move = rules[why](layout, size);
    if (move !== undefined) return { why, move };
  }
  return undefined;
}
