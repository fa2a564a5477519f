import type { Beacon } from "../beacon/beacon.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import { TOLD_LIMIT } from "./hybrid.ts";
import type { PeerAddress } from "./source.ts";

/** What was heard last of a node that a source may tell of. */
export interface Sighting {
  readonly nodeId: NodeId;
  readonly beacon: Beacon;
  readonly address: PeerAddress;
  /** Its beacon holds good until then, whether anything else is heard of it or not. */
  readonly expiresAt: Millis;
}

/** The last beacons of as many nodes as one source may tell of, for as long as they hold good. */
export class Sightings {
  readonly #sightings = new BoundedMap<NodeId, Sighting>(TOLD_LIMIT, "refuse-new");
  #sweepAt: Millis = NEVER;

  /** Undefined for a node for which there was no room. */
  note(now: Millis, beacon: Beacon, address: PeerAddress): Sighting | undefined {
    const expiresAt = now + beacon.ttlMs;
    const sighting = { nodeId: beacon.nodeId, beacon, address, expiresAt };
    if (!this.#sightings.set(beacon.nodeId, sighting)) return undefined;
    this.#sweepAt = Math.min(this.#sweepAt, expiresAt);
    return sighting;
  }

  drop(nodeId: NodeId): void {
    this.#sightings.delete(nodeId);
  }

  /** Forgets those whose beacons hold good no more, and answers who they were. */
  expire(now: Millis): NodeId[] {
    if (this.#sweepAt > now) return [];
    this.#sweepAt = NEVER;
    const expired: NodeId[] = [];
    for (const { nodeId, expiresAt } of [...this.#sightings.values()]) {
      if (expiresAt > now) this.#sweepAt = Math.min(this.#sweepAt, expiresAt);
      else if (this.#sightings.delete(nodeId)) expired.push(nodeId);
    }
    return expired;
  }

  deadline(): Millis {
    return this.#sweepAt;
  }

  get(nodeId: NodeId): Sighting | undefined {
    return this.#sightings.get(nodeId);
  }

  all(): IterableIterator<Sighting> {
    return this.#sightings.values();
  }

  /** How many nodes found no room. */
  get refused(): number {
    return this.#sightings.overflowed;
  }
}
