import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import {
  HEARS,
  isSameAddress,
  type PeerAddress,
  SOURCE_NAMES,
  type SourceEvent,
  type SourceName,
} from "./source.ts";

/** Of how many peers all sources together may tell. */
export const KNOWN_LIMIT = 6_144;

/** Of how many peers one source may tell that brings their own word, and one that does not. */
export const HEARD_LIMIT = 4_096;
export const TOLD_LIMIT = 512;

/** How many addresses of one peer a source may name. */
export const ADDRESSES_LIMIT = 8;

/** What the sources together make of a peer. */
export type Acquaintance = "absent" | "told" | "heard";

export type HybridInput =
  | { readonly kind: "source"; readonly source: SourceName; readonly event: SourceEvent }
  /** The address that was to be tried led nowhere. */
  | { readonly kind: "failed"; readonly nodeId: NodeId };

export type HybridOutput =
  /** The first source that knows of the peer. */
  | { readonly kind: "found"; readonly nodeId: NodeId; readonly source: SourceName }
  /** Who knows of it, or the address to try, is another than before. */
  | { readonly kind: "changed"; readonly nodeId: NodeId }
  /** Nobody hears it any more, and somebody still tells of it. */
  | { readonly kind: "silent"; readonly nodeId: NodeId; readonly toldBy: readonly SourceName[] }
  /** Every source has lost it. */
  | { readonly kind: "lost"; readonly nodeId: NodeId; readonly was: "told" | "heard" };

export interface HybridCounts {
  /** Peers for whom a source, or all of them together, had no room. */
  refused: number;
  /** Addresses beyond those that a source may name of one peer. */
  addressesDropped: number;
}

interface Known {
  readonly nodeId: NodeId;
  readonly claims: Map<SourceName, readonly PeerAddress[]>;
  /** How many addresses were tried in vain. */
  failures: number;
}

type Change = "found" | "changed" | "silent" | "lost";

/** The table of SPEC.md: what is said when a peer goes from the first to the second. */
const CHANGES: Record<Acquaintance, Record<Acquaintance, Change | undefined>> = {
  absent: { absent: undefined, told: "found", heard: "found" },
  told: { absent: "lost", told: "changed", heard: "changed" },
  heard: { absent: "lost", told: "silent", heard: "changed" },
};

/**
 * Merges what all sources say into one view of who is there and where to try. A peer is lost only
 * when every source has lost it. SPEC.md has the states of a peer and the invariants.
 */
export class Hybrid implements Machine<HybridInput, HybridOutput> {
  readonly #self: NodeId;
  readonly #known: BoundedMap<NodeId, Known>;
  readonly #sizes = new Map<SourceName, number>();
  readonly #outputs: HybridOutput[] = [];
  readonly #counts: HybridCounts = { refused: 0, addressesDropped: 0 };

  constructor(self: NodeId, limit = KNOWN_LIMIT) {
    this.#self = self;
    this.#known = new BoundedMap(limit, "refuse-new");
  }

  handle(_now: Millis, input: HybridInput): void {
    if (input.kind === "failed") return this.#tryNext(input.nodeId);
    const { source, event } = input;
    switch (event.kind) {
      case "seen":
        return this.#see(source, event.nodeId, event.addresses);
      case "lost":
        return this.#lose(source, event.nodeId);
      case "ended":
        for (const nodeId of [...this.#known.keys()]) this.#lose(source, nodeId);
    }
  }

  poll(): HybridOutput | undefined {
    return this.#outputs.shift();
  }

  /** It waits for nothing: each source times its own. */
  deadline(): Millis {
    return NEVER;
  }

  acquaintance(nodeId: NodeId): Acquaintance {
    const known = this.#known.get(nodeId);
    return known === undefined ? "absent" : stateOf(known);
  }

  /** Who knows of the peer, the most believed first. */
  sources(nodeId: NodeId): SourceName[] {
    const claims = this.#known.get(nodeId)?.claims;
    return claims === undefined ? [] : SOURCE_NAMES.filter((source) => claims.has(source));
  }

  /** The addresses of the peer, the most believed first, each once. */
  addresses(nodeId: NodeId): PeerAddress[] {
    const known = this.#known.get(nodeId);
    return known === undefined ? [] : addressesOf(known);
  }

  /** The address to try now. After a failure it is the next one, and after the last the first. */
  address(nodeId: NodeId): PeerAddress | undefined {
    const known = this.#known.get(nodeId);
    if (known === undefined) return undefined;
    const addresses = addressesOf(known);
    return addresses[known.failures % Math.max(1, addresses.length)];
  }

  nodeIds(): IterableIterator<NodeId> {
    return this.#known.keys();
  }

  get size(): number {
    return this.#known.size;
  }

  /** Of how many peers a source tells. */
  sizeOf(source: SourceName): number {
    return this.#sizes.get(source) ?? 0;
  }

  get counts(): Readonly<HybridCounts> {
    return this.#counts;
  }

  #see(source: SourceName, nodeId: NodeId, named: readonly PeerAddress[]): void {
    if (nodeId === this.#self) return; // H5
    const addresses = named.slice(0, ADDRESSES_LIMIT);
    const before = this.#known.get(nodeId);
    const claimed = before?.claims.get(source);
    if (claimed !== undefined && isSame(claimed, addresses)) return;
    this.#counts.addressesDropped += named.length - addresses.length;
    const known = before ?? { nodeId, claims: new Map(), failures: 0 };
    if (!this.#hasRoom(source, claimed !== undefined) || !this.#known.set(nodeId, known)) {
      this.#counts.refused++; // H4
      return;
    }
    const was = stateOf(known);
    if (claimed === undefined) this.#sizes.set(source, this.sizeOf(source) + 1);
    known.claims.set(source, addresses);
    if (HEARS[source]) known.failures = 0; // What was just heard is tried first.
    this.#tell(known, was, source);
  }

  #lose(source: SourceName, nodeId: NodeId): void {
    const known = this.#known.get(nodeId);
    if (known === undefined || !known.claims.has(source)) return;
    const was = stateOf(known);
    known.claims.delete(source);
    this.#sizes.set(source, this.sizeOf(source) - 1);
    if (known.claims.size === 0) this.#known.delete(nodeId); // H1
    this.#tell(known, was, source);
  }

  #tryNext(nodeId: NodeId): void {
    const known = this.#known.get(nodeId);
    if (known === undefined || addressesOf(known).length < 2) return;
    known.failures++;
    this.#outputs.push({ kind: "changed", nodeId });
  }

  #hasRoom(source: SourceName, isClaimed: boolean): boolean {
    return isClaimed || this.sizeOf(source) < (HEARS[source] ? HEARD_LIMIT : TOLD_LIMIT);
  }

  #tell(known: Known, was: Acquaintance, source: SourceName): void {
    const { nodeId } = known;
    const kind = CHANGES[was][stateOf(known)];
    if (kind === "found") this.#outputs.push({ kind, nodeId, source });
    else if (kind === "silent") this.#outputs.push({ kind, nodeId, toldBy: this.sources(nodeId) });
    else if (kind === "lost" && was !== "absent") this.#outputs.push({ kind, nodeId, was });
    else if (kind === "changed") this.#outputs.push({ kind, nodeId });
  }
}

function stateOf({ claims }: Known): Acquaintance {
  if (claims.size === 0) return "absent";
  return SOURCE_NAMES.some((source) => HEARS[source] && claims.has(source)) ? "heard" : "told";
}

function addressesOf({ claims }: Known): PeerAddress[] {
  const addresses: PeerAddress[] = [];
  for (const source of SOURCE_NAMES) {
    for (const address of claims.get(source) ?? []) {
      if (!addresses.some((other) => isSameAddress(other, address))) addresses.push(address);
    }
  }
  return addresses;
}

function isSame(left: readonly PeerAddress[], right: readonly PeerAddress[]): boolean {
  return left.length === right.length &&
    left.every((address, index) => isSameAddress(address, right[index]!));
}
