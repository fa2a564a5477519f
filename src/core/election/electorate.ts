import type { NodeId } from "../kernel/ids.ts";

/** One member of the electorate, as its owner knows it. */
export interface Member {
  readonly nodeId: NodeId;
  /** It is heard. */
  readonly isPresent: boolean;
  /** Messages to it have a way. */
  readonly isReachable: boolean;
  /** It may lead. Every member votes, eligible or not. */
  readonly isEligible: boolean;
}

/** Who belongs together, best leader first. Everybody ranks alike, from what all can know (L7). */
export class Electorate {
  readonly #self: NodeId;
  #members: readonly Member[] = [];
  #places = new Map<NodeId, number>();
  #others: readonly NodeId[] = [];
  #reachable: readonly NodeId[] = [];

  constructor(self: NodeId) {
    this.#self = self;
  }

  set members(members: readonly Member[]) {
    this.#members = members;
    this.#places = new Map(members.map(({ nodeId }, place) => [nodeId, place]));
    const others = members.filter(({ nodeId }) => nodeId !== this.#self);
    this.#others = others.map(({ nodeId }) => nodeId);
    this.#reachable = others.filter(({ isReachable }) => isReachable).map(({ nodeId }) => nodeId);
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  get size(): number {
    return this.#members.length;
  }

  /** Every member but this one. */
  get others(): readonly NodeId[] {
    return this.#others;
  }

  /** Every other member that messages have a way to. */
  get reachable(): readonly NodeId[] {
    return this.#reachable;
  }

  has(nodeId: NodeId): boolean {
    return this.#places.has(nodeId);
  }

  find(nodeId: NodeId): Member | undefined {
    const place = this.#places.get(nodeId);
    return place === undefined ? undefined : this.#members[place];
  }

  isMajority(count: number): boolean {
    return 2 * count > this.size;
  }

  /** How many members rank before this one and are there to lead. `without` is known not to. */
  turnOf(nodeId: NodeId, without: NodeId | undefined): number {
    const place = this.#places.get(nodeId) ?? this.size;
    return this.#members.slice(0, place).filter((member) =>
      member.isEligible && member.isPresent && member.nodeId !== without
    ).length;
  }

  /** The best of several, undefined when none is a member. */
  best(nodeIds: Iterable<NodeId>): NodeId | undefined {
    let best: NodeId | undefined;
    let bestPlace = Infinity;
    for (const nodeId of nodeIds) {
      const place = this.#places.get(nodeId) ?? Infinity;
      if (place < bestPlace) [best, bestPlace] = [nodeId, place];
    }
    return best;
  }
}
