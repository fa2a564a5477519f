import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import { type Claim, isSameClaim } from "./claim.ts";

/** How many members may wait to be told whether the leader is heard. */
const WAITING_LIMIT = 32;

/** Members that miss the leader and asked this one whether it hears it. */
export class Witnesses {
  readonly #waiting = new BoundedMap<NodeId, Claim>(WAITING_LIMIT, "evict-oldest");

  /** How many were not told because too many waited. */
  get evicted(): number {
    return this.#waiting.overflowed;
  }

  wait(nodeId: NodeId, claim: Claim): void {
    this.#waiting.set(nodeId, claim);
  }

  /** The leader was heard; answers whom to tell. */
  heard(claim: Claim): NodeId[] {
    if (this.#waiting.size === 0) return [];
    const told = [...this.#waiting].filter(([_, asked]) => isSameClaim(asked, claim));
    for (const [nodeId] of told) this.#waiting.delete(nodeId);
    return told.map(([nodeId]) => nodeId);
  }
}
