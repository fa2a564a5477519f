import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import { type Millis, SECOND } from "../kernel/time.ts";
import type { CellPeer } from "./cell_io.ts";
import { Roster, type RosterRecord, type StoredRoster } from "./roster.ts";
import type { MemberProfile } from "./standings.ts";

/** What became of the members by something that was heard. */
export interface MusterChange {
  /** The members are others than before, which everybody is told. */
  readonly isNews: boolean;
  /** A member is there, or can be reached, or can do, other than before. */
  readonly isStirred: boolean;
}

/** As many peers of other cells as a node is likely to hear. */
const ELSEWHERE_LIMIT = 1_024;

/** By then a node that came here says so with its beacons as well. */
const STRAY_LIMIT_MS: Millis = 30 * SECOND;

interface Elsewhere {
  readonly boot: number;
  readonly cellId: string | null;
  readonly since: Millis;
}

const NOTHING: MusterChange = { isNews: false, isStirred: false };

/** Who belongs to a cell, who of them is there, and what each says about itself. */
export class Muster {
  readonly roster: Roster;
  readonly #cellId: string;
  readonly #self: NodeId;
  readonly #boot: number;
  readonly #peers = new Map<NodeId, CellPeer>();
  readonly #profiles = new Map<NodeId, MemberProfile>();
  readonly #absentSince = new Map<NodeId, Millis>();
  /** Who was told all, in which of its lives and over whom. */
  readonly #greeted = new Map<NodeId, string>();
  /** Whose beacons name another cell, and since when what was acted on. */
  readonly #elsewhere = new BoundedMap<NodeId, Elsewhere>(ELSEWHERE_LIMIT, "evict-oldest");

  constructor(options: {
    cellId: string;
    self: NodeId;
    boot: number;
    profile: MemberProfile;
    stored: StoredRoster | undefined;
  }) {
    this.#cellId = options.cellId;
    this.#self = options.self;
    this.#boot = options.boot;
    this.roster = new Roster(options.stored);
    this.roster.enter(options.self, options.boot);
    this.#profiles.set(options.self, options.profile);
  }

  get ownProfile(): MemberProfile {
    return this.#profiles.get(this.#self) ?? { capabilities: [] };
  }

  set ownProfile(profile: MemberProfile) {
    this.#profiles.set(this.#self, profile);
  }

  /** Whether it said itself what it is; a beacon has not room for all of it. */
  isIntroduced(nodeId: NodeId): boolean {
    return this.#profiles.has(nodeId);
  }

  /** A member's own word, or else what its beacon had room for. */
  profileOf(nodeId: NodeId): MemberProfile | undefined {
    return this.#profiles.get(nodeId) ?? this.#peers.get(nodeId)?.profile;
  }

  isPresent(nodeId: NodeId): boolean {
    return nodeId === this.#self || this.#peers.get(nodeId)?.isPresent === true;
  }

  isReachable(nodeId: NodeId): boolean {
    return nodeId === this.#self || this.#peers.get(nodeId)?.via !== undefined;
  }

  /** Members that something can be said to now. */
  get reachable(): NodeId[] {
    return this.roster.members.filter((nodeId) =>
      nodeId !== this.#self && this.isReachable(nodeId)
    );
  }

  /** Peers in reach that take themselves for members, by their beacons, and were removed. */
  get mistaken(): NodeId[] {
    return [...this.#peers.values()]
      .filter(({ nodeId, cellId, via }) =>
        cellId === this.#cellId && via !== undefined && !this.roster.has(nodeId)
      )
      .map(({ nodeId }) => nodeId);
  }

  /** What is known of a peer has changed: a beacon makes a member, and unmakes one. */
  notePeer(now: Millis, peer: CellPeer): MusterChange {
    const { nodeId } = peer;
    const before = this.#peers.get(nodeId);
    const isNews = this.#readBeacon(now, peer);
    if (!this.roster.has(nodeId)) {
      // Whoever can be reached may say by itself that it belongs here.
      if (peer.via === undefined) this.#peers.delete(nodeId);
      else this.#peers.set(nodeId, peer);
      this.#forgetWord(nodeId);
      return { isNews, isStirred: isNews };
    }
    this.#peers.set(nodeId, peer);
    if (peer.isPresent) this.#absentSince.delete(nodeId);
    else if (!this.#absentSince.has(nodeId)) this.#absentSince.set(nodeId, now);
    return { isNews, isStirred: isNews || !isAlike(before, peer) };
  }

  /**
   * Answers whether the members are others by what the peer's beacon says. A beacon that said before
   * that the node is elsewhere says nothing new for a while: whoever entered since is a member.
   */
  #readBeacon(now: Millis, { nodeId, boot, cellId }: CellPeer): boolean {
    if (cellId === undefined) return false;
    if (cellId === this.#cellId) {
      this.#elsewhere.delete(nodeId);
      return this.roster.add(nodeId, boot);
    }
    const known = this.#elsewhere.get(nodeId);
    const isOld = known?.boot === boot && known.cellId === cellId;
    if (isOld && now - known.since < STRAY_LIMIT_MS) return false;
    this.#elsewhere.set(nodeId, { boot, cellId, since: isOld ? known.since : now });
    this.#elsewhere.touch(nodeId);
    return this.roster.remove(nodeId);
  }

  noteProfile(from: NodeId, profile: MemberProfile, roster: RosterRecord): MusterChange {
    const change = this.merge(roster);
    if (this.roster.has(from) || this.isReachable(from)) this.#profiles.set(from, profile);
    return { ...change, isStirred: true };
  }

  /** Whoever was put out while it was cut off, and is here, says so by entering anew (C3). */
  merge(record: RosterRecord): MusterChange {
    const isChanged = this.roster.merge(record);
    const isBack = this.roster.enter(this.#self, this.#boot);
    if (!isBack && !isChanged) return NOTHING;
    for (const nodeId of [...this.#profiles.keys(), ...this.#absentSince.keys()]) {
      if (!this.roster.has(nodeId)) this.#forgetWord(nodeId);
    }
    return { isNews: true, isStirred: true };
  }

  remove(nodeId: NodeId): boolean {
    if (!this.roster.remove(nodeId)) return false;
    this.#forgetWord(nodeId);
    return true;
  }

  /** Members that were not heard for so long, or are in another cell by their own word. */
  absentFor(now: Millis, limitMs: Millis): NodeId[] {
    for (const nodeId of this.roster.members) {
      if (!this.isPresent(nodeId) && !this.#absentSince.has(nodeId)) {
        this.#absentSince.set(nodeId, now);
      }
    }
    const absent = [...this.#absentSince]
      .filter(([nodeId, since]) => now - since >= limitMs && this.roster.has(nodeId))
      .map(([nodeId]) => nodeId);
    return [...new Set([...absent, ...this.#strays(now)])];
  }

  /** Members whose beacons have named another cell for so long that nobody else's word counts. */
  #strays(now: Millis): NodeId[] {
    if (this.#elsewhere.size === 0) return [];
    return [...this.#elsewhere].flatMap(([nodeId, { cellId, since }]) => {
      const isStill = this.#peers.get(nodeId)?.cellId === cellId;
      return isStill && now - since >= STRAY_LIMIT_MS && this.roster.has(nodeId) ? [nodeId] : [];
    });
  }

  /**
   * Members that have become reachable, or members, and are yet to be told all: once each in each of
   * its lives, and again on each other way, since what was said on the one before may be lost (C9).
   */
  *ungreeted(): Generator<NodeId> {
    for (const nodeId of this.#greeted.keys()) {
      if (!this.isReachable(nodeId) || !this.roster.has(nodeId)) this.#greeted.delete(nodeId);
    }
    for (const nodeId of this.reachable) {
      const { boot, via } = this.#peers.get(nodeId)!;
      const way = `${boot} ${via}`;
      if (this.#greeted.get(nodeId) === way) continue;
      this.#greeted.set(nodeId, way);
      yield nodeId;
    }
  }

  /** What a peer in reach said of itself it says once, and it may be a member again soon (C9). */
  #forgetWord(nodeId: NodeId): void {
    if (!this.isReachable(nodeId)) this.#profiles.delete(nodeId);
    this.#absentSince.delete(nodeId);
    this.#greeted.delete(nodeId);
  }
}

function isAlike(left: CellPeer | undefined, right: CellPeer): boolean {
  const isReachable = left?.via !== undefined;
  return left?.isPresent === right.isPresent && isReachable === (right.via !== undefined) &&
    JSON.stringify(left.profile) === JSON.stringify(right.profile);
}
