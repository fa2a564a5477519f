import { encodeGeohash } from "../beacon/geohash.ts";
import { clustersOf, type Placed } from "../discovery/clusters.ts";
import type { NodeId } from "../kernel/ids.ts";
import { type Millis, NEVER, SECOND } from "../kernel/time.ts";

/** A node that is in another cluster is there for so long before it changes cells. */
export const MOVES_AFTER_MS: Millis = 30 * SECOND;

/** What the cells that form by themselves are called: after the place where their members are. */
export function cellAt(geohash: string): string {
  return `geo-${geohash}`;
}

/**
 * Finds a cell for a node that was told of none: that of the place where it is, once somebody else
 * is there too. It moves only after it has been elsewhere, in company, for a while; so a node at an
 * edge is not passed to and fro, and what a leader decided about sizes is not undone here.
 */
export class Gathering {
  readonly #self: NodeId;
  readonly #reviewMs: Millis;
  #home: string | undefined;
  #away: { readonly geohash: string; readonly since: Millis } | undefined;
  #reviewAt: Millis = NEVER;

  constructor(self: NodeId, reviewMs: Millis) {
    this.#self = self;
    this.#reviewMs = reviewMs;
  }

  /** For which place the node is where it is. */
  get home(): string | undefined {
    return this.#home;
  }

  get deadline(): Millis {
    return this.#reviewAt;
  }

  start(now: Millis, home: string | undefined): void {
    this.#home = home;
    this.#reviewAt = now;
  }

  stop(): void {
    this.#reviewAt = NEVER;
  }

  /** Answers the cell to change to, if any. */
  review(now: Millis, places: Iterable<Placed>): string | undefined {
    this.#reviewAt = now + this.#reviewMs;
    const all = [...places];
    const position = all.find(({ nodeId }) => nodeId === this.#self)?.position;
    const geohash = position && encodeGeohash(position);
    const hasCompany = clustersOf(all).some(({ members }) => members.includes(this.#self));
    if (geohash === undefined || geohash === this.#home || !hasCompany) {
      return void (this.#away = undefined);
    }
    if (this.#away?.geohash !== geohash) this.#away = { geohash, since: now };
    const isLong = now - this.#away.since >= MOVES_AFTER_MS;
    if (this.#home !== undefined && !isLong) return undefined;
    this.#home = geohash;
    this.#away = undefined;
    return cellAt(geohash);
  }
}
