import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import { HOUR, type Millis } from "../kernel/time.ts";

/** How many members a cell can know, those that were removed included. */
export const ROSTER_LIMIT = 256;

/** How long a removal is told to others, which is longer than any partition lasts. */
export const REMOVAL_TOLD_MS: Millis = 24 * HOUR;

/** Of how many that were removed longer ago the last number is kept, in case somebody names them. */
export const FORGOTTEN_LIMIT = 1_024;

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

/** What a node keeps on its disk: besides the roster, under which numbers others were forgotten. */
export interface StoredRoster extends RosterRecord {
  readonly forgotten: Readonly<Record<NodeId, number>>;
}

/**
 * The members of a cell, present or not. Two rosters merge to the same one in any order, and a
 * removal is not undone by somebody who did not hear of it (C2), nor by one who heard of it so long
 * ago that nobody tells of it any more (C20).
 */
export class Roster {
  readonly #joined = new Map<NodeId, number>();
  readonly #removed = new Map<NodeId, number>();
  /** Since when each removal is known here. */
  readonly #removedSince = new Map<NodeId, Millis>();
  readonly #forgotten = new BoundedMap<NodeId, number>(FORGOTTEN_LIMIT, "evict-oldest");
  #refused = 0;
  /** Removals that were forgotten early, to make room for somebody. */
  #hurried = 0;
  /** What is asked for often and changes seldom, until it does. */
  #members: readonly NodeId[] | undefined;
  #record: RosterRecord | undefined;

  constructor(stored?: StoredRoster) {
    if (stored === undefined) return;
    for (const [nodeId, number] of Object.entries(stored.forgotten)) {
      this.#forgotten.set(nodeId, number);
    }
    this.merge(stored);
  }

  /** The node was heard as a member since its start of that number. Answers whether that is news. */
  add(nodeId: NodeId, boot: number): boolean {
    if (boot <= (this.#joined.get(nodeId) ?? -1)) return false;
    const forgotten = this.#forgotten.get(nodeId) ?? -1;
    if (boot <= forgotten) return this.#recall(nodeId, forgotten);
    if (!this.#admits(nodeId, boot)) return false;
    const wasMember = this.has(nodeId);
    this.#join(nodeId, boot);
    return this.has(nodeId) !== wasMember;
  }

  /**
   * The node itself is there, whoever removed it and however full the roster is. Only a node says
   * so of itself: from others it would undo removals that they did not hear of.
   */
  enter(nodeId: NodeId, boot: number): boolean {
    if (this.has(nodeId)) return false;
    const last = Math.max(this.#removed.get(nodeId) ?? -1, this.#forgotten.get(nodeId) ?? -1);
    this.#join(nodeId, Math.max(boot, last + 1));
    return true;
  }

  /** Whoever entered up to now is a member no more, until it enters again. */
  remove(nodeId: NodeId): boolean {
    const boot = this.#joined.get(nodeId);
    if (boot === undefined || !this.has(nodeId)) return false;
    this.#bury(nodeId, boot);
    return true;
  }

  /** Answers whether there is something to tell: other members, or a removal that was forgotten. */
  merge({ joined, removed }: RosterRecord): boolean {
    const before = this.members;
    let isRecalled = false;
    for (const [nodeId, boot] of Object.entries(joined)) {
      // Whoever tells of the removal as well needs not be told of it.
      const last = this.#forgotten.get(nodeId) ?? -1;
      if (boot <= last && boot <= (removed[nodeId] ?? -1)) continue;
      const isNews = this.add(nodeId, boot);
      isRecalled ||= isNews && boot <= last;
    }
    for (const [nodeId, boot] of Object.entries(removed)) {
      const known = Math.max(this.#removed.get(nodeId) ?? -1, this.#forgotten.get(nodeId) ?? -1);
      if (boot > known && this.#admits(nodeId, boot)) this.#bury(nodeId, boot);
    }
    return isRecalled || !isSame(this.members, before);
  }

  /** Removals that are known for long enough are told no more. Answers whether there were any. */
  forget(now: Millis): boolean {
    const before = this.#removed.size;
    for (const nodeId of [...this.#removed.keys()]) {
      if (this.has(nodeId)) continue;
      const since = this.#removedSince.get(nodeId);
      if (since === undefined) this.#removedSince.set(nodeId, now);
      else if (now - since >= REMOVAL_TOLD_MS) this.#forget(nodeId);
    }
    return this.#removed.size !== before;
  }

  has(nodeId: NodeId): boolean {
    const boot = this.#joined.get(nodeId);
    return boot !== undefined && boot > (this.#removed.get(nodeId) ?? -1);
  }

  /** In the order of their ids. */
  get members(): readonly NodeId[] {
    return this.#members ??= [...this.#joined.keys()].filter((nodeId) => this.has(nodeId)).sort();
  }

  get record(): RosterRecord {
    return this.#record ??= { joined: sorted(this.#joined), removed: sorted(this.#removed) };
  }

  get stored(): StoredRoster {
    return { ...this.record, forgotten: Object.fromEntries(this.#forgotten) };
  }

  /** How many removals are told no more, */
  get forgotten(): number {
    return this.#forgotten.size;
  }

  /** how many of these before their time, for want of room, */
  get hurried(): number {
    return this.#hurried;
  }

  /** and how many are not remembered at all any more. */
  get lost(): number {
    return this.#forgotten.overflowed;
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
    if (this.#size < ROSTER_LIMIT) return true;
    const oldest = [...this.#removed.keys()].find((known) => !this.has(known));
    if (oldest === undefined) return false;
    this.#hurried++;
    this.#forget(oldest);
    return true;
  }

  get #size(): number {
    return new Set([...this.#joined.keys(), ...this.#removed.keys()]).size;
  }

  #changed(): void {
    this.#members = this.#record = undefined;
  }

  #forget(nodeId: NodeId): void {
    this.#changed();
    const last = Math.max(this.#joined.get(nodeId) ?? -1, this.#removed.get(nodeId) ?? -1);
    this.#forgotten.set(nodeId, last);
    this.#forgotten.touch(nodeId);
    this.#joined.delete(nodeId);
    this.#removed.delete(nodeId);
    this.#removedSince.delete(nodeId);
  }

  /** Somebody takes a forgotten node for a member, so its removal is told again. */
  #recall(nodeId: NodeId, number: number): boolean {
    if (!this.#hasRoomFor(nodeId)) return false;
    this.#join(nodeId, number);
    this.#bury(nodeId, number);
    return true;
  }

  #join(nodeId: NodeId, number: number): void {
    this.#changed();
    this.#forgotten.delete(nodeId);
    this.#joined.set(nodeId, number);
  }

  /** The last to be removed is the last to be forgotten. */
  #bury(nodeId: NodeId, number: number): void {
    this.#changed();
    this.#removed.delete(nodeId);
    this.#removed.set(nodeId, number);
    this.#removedSince.delete(nodeId);
  }
}

/** Whether two rosters have the same members, which both list in order. */
function isSame(left: readonly NodeId[], right: readonly NodeId[]): boolean {
  return left === right ||
    (left.length === right.length && left.every((nodeId, place) => nodeId === right[place]));
}

function sorted(entries: ReadonlyMap<NodeId, number>): Record<NodeId, number> {
  return Object.fromEntries([...entries].sort(([left], [right]) => left < right ? -1 : 1));
}
