import type { NodeId } from "../kernel/ids.ts";

/** How many members a cell can know, those that were removed included. */
export const ROSTER_LIMIT = 256;

/** No honest node ever entered under a higher number; what is beyond it is refused and counted. */
export const HIGHEST_NUMBER = 2 ** 32;

/**
 * Who belongs to a cell, as one member knows it. Each entry is the number under which a node
 * entered: that of its start, or a higher one if it was removed since. Who entered under a higher
 * number than the one that was removed is a member.
 */
export interface RosterRecord {
  readonly joined: Readonly<Record<NodeId, number>>;
  readonly removed: Readonly<Record<NodeId, number>>;
}

/**
 * The members of a cell, present or not. Two rosters merge to the same one in any order, and a
 * removal is not undone by somebody who did not hear of it (C2).
 */
export class Roster {
  readonly #joined = new Map<NodeId, number>();
  readonly #removed = new Map<NodeId, number>();
  #refused = 0;

  constructor(stored?: RosterRecord) {
    if (stored !== undefined) this.merge(stored);
  }

  /** The node was heard as a member since its start of that number. Answers whether that is news. */
  add(nodeId: NodeId, boot: number): boolean {
    if (boot <= (this.#joined.get(nodeId) ?? -1)) return false;
    if (!this.#admits(nodeId, boot)) return false;
    const wasMember = this.has(nodeId);
    this.#joined.set(nodeId, boot);
    return this.has(nodeId) !== wasMember;
  }

  /**
   * The node itself is there, whoever removed it and however full the roster is. Only a node says
   * so of itself: from others it would undo removals that they did not hear of.
   */
  enter(nodeId: NodeId, boot: number): boolean {
    if (this.has(nodeId)) return false;
    const number = Math.max(boot, (this.#removed.get(nodeId) ?? -1) + 1);
    this.#joined.set(nodeId, number);
    return true;
  }

  /** Whoever entered up to now is a member no more, until it enters again. */
  remove(nodeId: NodeId): boolean {
    const boot = this.#joined.get(nodeId);
    if (boot === undefined || !this.has(nodeId)) return false;
    this.#removed.set(nodeId, boot);
    return true;
  }

  /** Answers whether the members are others than before. */
  merge({ joined, removed }: RosterRecord): boolean {
    const before = this.members.join(" ");
    for (const [nodeId, boot] of Object.entries(joined)) this.add(nodeId, boot);
    for (const [nodeId, boot] of Object.entries(removed)) {
      if (boot > (this.#removed.get(nodeId) ?? -1) && this.#admits(nodeId, boot)) {
        this.#removed.set(nodeId, boot);
      }
    }
    return this.members.join(" ") !== before;
  }

  has(nodeId: NodeId): boolean {
    const boot = this.#joined.get(nodeId);
    return boot !== undefined && boot > (this.#removed.get(nodeId) ?? -1);
  }

  /** In the order of their ids. */
  get members(): NodeId[] {
    return [...this.#joined.keys()].filter((nodeId) => this.has(nodeId)).sort();
  }

  get record(): RosterRecord {
    return { joined: sorted(this.#joined), removed: sorted(this.#removed) };
  }

  /** How many found no room, or named a number beyond every honest one. */
  get refused(): number {
    return this.#refused;
  }

  #admits(nodeId: NodeId, number: number): boolean {
    if (number <= HIGHEST_NUMBER && this.#hasRoomFor(nodeId)) return true;
    this.#refused++;
    return false;
  }

  #hasRoomFor(nodeId: NodeId): boolean {
    if (this.#joined.has(nodeId) || this.#removed.has(nodeId)) return true;
    return new Set([...this.#joined.keys(), ...this.#removed.keys()]).size < ROSTER_LIMIT;
  }
}

function sorted(entries: ReadonlyMap<NodeId, number>): Record<NodeId, number> {
  return Object.fromEntries([...entries].sort(([left], [right]) => left < right ? -1 : 1));
}
