import type { NodeId } from "../kernel/ids.ts";
import { type Millis, NEVER } from "../kernel/time.ts";

/** How many heartbeats may wait for their acknowledgements. */
const SENT_LIMIT = 256;

/** What a leader knows of the promises that its members made: until when each of them is bound. */
export class LeaseBook {
  readonly #boundUntil = new Map<NodeId, Millis>();
  /** When each of the last heartbeats went out, since a promise counts from then (L3). */
  readonly #sentAt = new Map<number, Millis>();
  /** The same of signs of life, which have numbers of their own. */
  readonly #spokenAt = new Map<number, Millis>();

  /** The answer to a question that is asked often, until a promise or the electorate changes it. */
  #quorum: { readonly others: readonly NodeId[]; readonly until: Millis } | undefined;

  noteSent(sequence: number, now: Millis): void {
    note(this.#sentAt, sequence, now);
  }

  noteSpoken(sequence: number, now: Millis): void {
    note(this.#spokenAt, sequence, now);
  }

  /** Undefined of what was never said, or too long ago. */
  spokenAt(sequence: number): Millis | undefined {
    return this.#spokenAt.get(sequence);
  }

  /** What was said under another claim is acknowledged to this one by nobody. */
  forgetSpoken(): void {
    this.#spokenAt.clear();
  }

  /** The member acknowledged the heartbeat. Answers false when that heartbeat was never sent. */
  noteAcknowledged(nodeId: NodeId, sequence: number, leaseMs: Millis): boolean {
    const sentAt = this.#sentAt.get(sequence);
    if (sentAt === undefined) return false;
    this.bind(nodeId, sentAt + leaseMs);
    return true;
  }

  bind(nodeId: NodeId, until: Millis): void {
    if (until <= this.boundUntil(nodeId)) return;
    this.#boundUntil.set(nodeId, until);
    this.#quorum = undefined;
  }

  boundUntil(nodeId: NodeId): Millis {
    return this.#boundUntil.get(nodeId) ?? -Infinity;
  }

  /**
   * Until when more than half of the electorate is bound, the leader itself included. In the past
   * when that is over, never when nobody else is needed.
   */
  quorumUntil(others: readonly NodeId[]): Millis {
    if (this.#quorum?.others === others) return this.#quorum.until;
    const needed = Math.floor((others.length + 1) / 2);
    const ends = others.map((nodeId) => this.boundUntil(nodeId)).sort((left, right) =>
      right - left
    );
    const until = needed === 0 ? NEVER : ends[needed - 1]!;
    this.#quorum = { others, until };
    return until;
  }
}

function note(times: Map<number, Millis>, sequence: number, now: Millis): void {
  times.set(sequence, now);
  if (times.size <= SENT_LIMIT) return;
  const oldest = times.keys().next();
  if (!oldest.done) times.delete(oldest.value);
}
