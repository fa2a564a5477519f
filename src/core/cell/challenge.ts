import type { NodeId } from "../kernel/ids.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import type { Standing } from "./standings.ts";

/** How much better than a live leader somebody has to be. */
const MARGIN = 1.1;

/** Who could lead, best first, and who does. */
export interface Rivals {
  readonly self: NodeId;
  readonly able: readonly Standing[];
}

/** Watches whether somebody is better than the leader by a margin, and for how long. */
export class Challenge {
  readonly #afterMs: Millis | undefined;
  #challenger: NodeId | undefined;
  #dueAt: Millis = NEVER;

  /** Without a time a live leader is left alone. */
  constructor(afterMs: Millis | undefined) {
    this.#afterMs = afterMs;
  }

  get deadline(): Millis {
    return this.#dueAt;
  }

  watch(now: Millis, rivals: Rivals): void {
    if (this.#afterMs === undefined) return;
    const best = bestOf(rivals);
    if (best === this.#challenger) return;
    this.#challenger = best;
    this.#dueAt = best === undefined ? NEVER : now + this.#afterMs;
  }

  /** The time is up. Answers who takes over, if it is still as much better. */
  judge(rivals: Rivals): NodeId | undefined {
    const lasted = this.#challenger !== undefined && this.#challenger === bestOf(rivals);
    const successor = lasted ? this.#challenger : undefined;
    this.end();
    return successor;
  }

  end(): void {
    this.#challenger = undefined;
    this.#dueAt = NEVER;
  }
}

function bestOf({ self, able }: Rivals): NodeId | undefined {
  const own = able.find(({ nodeId }) => nodeId === self);
  const best = able[0];
  if (own === undefined || best === undefined || best.nodeId === self) return undefined;
  return best.total >= own.total * MARGIN ? best.nodeId : undefined;
}
