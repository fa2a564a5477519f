import type { NodeId } from "../kernel/ids.ts";
import { type Capability, withIds } from "./capability.ts";
import {
  type Declaration,
  declarationOf,
  effective,
  type Kept,
  readDeclaration,
} from "./declaration.ts";
import { capabilityDigest } from "./digest.ts";
import type { Health } from "./health.ts";
import { CapabilityIndex, type QueriedCapability } from "./query/catalog.ts";

/** How many nodes' capabilities are kept. */
export const BOOK_LIMIT = 4_096;

/** What a node's beacon says of its capabilities: the first few, and a number over all of them. */
export interface Announced {
  readonly capabilities: readonly Capability[];
  readonly digest: string | undefined;
}

/** What is known of one node. */
export interface BookEntry {
  readonly nodeId: NodeId;
  readonly capabilities: readonly (QueriedCapability & Capability)[];
  /** Whether that is everything that the node can do, as far as it was last heard to say. */
  readonly isWhole: boolean;
  /** Over all of them, where they are all. */
  readonly digest: string | undefined;
  /** How the node is, where what it wrote of that is what it says now. */
  readonly health: Health | undefined;
}

interface Said {
  readonly capabilities: readonly Capability[];
  readonly digest: string;
  /** What it said before. A beacon with one of these digests is older. */
  readonly formerly: readonly string[];
  readonly health?: Health;
}

interface Entry extends BookEntry {
  announced: Announced | undefined;
  /** What its own document says, */
  written: Said | undefined;
  /** and what it said itself when it was asked last. */
  told: Said | undefined;
  capabilities: BookEntry["capabilities"];
  isWhole: boolean;
  digest: string | undefined;
  health: Health | undefined;
}

/**
 * What every node can do, as far as this one knows: itself, and each other by its document and its
 * beacons. A beacon has no room for all, so its digest tells whether the document is the newest.
 */
export class CapabilityBook {
  readonly index = new CapabilityIndex();
  readonly #self: NodeId;
  readonly #configured: readonly Kept[];
  readonly #entries = new Map<NodeId, Entry>();
  #declaration: Declaration;
  #refused = 0;
  #malformed = 0;

  constructor(self: NodeId, configured: readonly Capability[]) {
    this.#self = self;
    this.#configured = withIds(configured);
    this.#declaration = declarationOf(this.#configured, undefined);
    this.#adopt();
  }

  /** What this node can do, with its health taken into account. */
  get own(): readonly Capability[] {
    return effective(this.#declaration);
  }

  get declaration(): Declaration {
    return this.#declaration;
  }

  /** Nodes for which there was no room, and documents that no honest node writes. */
  get counts(): { readonly refused: number; readonly malformed: number } {
    return { refused: this.#refused, malformed: this.#malformed };
  }

  entry(nodeId: NodeId): BookEntry | undefined {
    return this.#entries.get(nodeId);
  }

  /**
   * What was kept of this node from before: what an operator changed while it ran holds on, and
   * all else is as it is configured now.
   */
  recall(value: unknown): void {
    const kept = value === undefined ? undefined : readDeclaration(value);
    if (value !== undefined && kept === undefined) this.#malformed++;
    this.#declaration = declarationOf(this.#configured, kept);
    this.#adopt();
  }

  /** From now on this is what the node can do. */
  adopt(declaration: Declaration): void {
    this.#declaration = declaration;
    this.#adopt();
  }

  /** A node was heard, or was heard to say otherwise. */
  hear(nodeId: NodeId, announced: Announced): void {
    if (nodeId === this.#self) return;
    const entry = this.#entryFor(nodeId);
    if (entry === undefined) return;
    entry.announced = announced;
    this.#settle(entry);
  }

  /** A node's own document says something else than before, or is gone. */
  read(nodeId: NodeId, value: unknown): void {
    if (nodeId === this.#self) return; // Whatever others hand on of it, it knows better.
    const declaration = value === undefined ? undefined : readDeclaration(value);
    if (value !== undefined && declaration === undefined) this.#malformed++;
    const entry = this.#entryFor(nodeId);
    if (entry === undefined) return;
    entry.written = declaration && {
      ...said(effective(declaration), declaration.formerly),
      health: declaration.health,
    };
    this.#settle(entry);
  }

  /** The node itself says what it can do, just now. */
  tell(nodeId: NodeId, capabilities: readonly Capability[]): void {
    if (nodeId === this.#self) return;
    const entry = this.#entryFor(nodeId);
    if (entry === undefined) return;
    entry.told = said(capabilities, []);
    this.#settle(entry);
  }

  /** Makes room, where there is none, by forgetting whom nobody knows any more. */
  retain(isKnown: (nodeId: NodeId) => boolean): void {
    if (this.#entries.size < BOOK_LIMIT) return;
    for (const nodeId of [...this.#entries.keys()]) if (!isKnown(nodeId)) this.forget(nodeId);
  }

  forget(nodeId: NodeId): void {
    const entry = this.#entries.get(nodeId);
    if (entry === undefined || nodeId === this.#self) return;
    this.index.remove(nodeId, entry.capabilities);
    this.#entries.delete(nodeId);
  }

  #adopt(): void {
    const entry = this.#entryFor(this.#self)!;
    entry.health = this.#declaration.health;
    this.#show(entry, this.own, capabilityDigest(this.own));
  }

  #settle(entry: Entry): void {
    const { announced, written, told } = entry;
    entry.health = written !== undefined && isCurrent(written, announced)
      ? written.health
      : undefined;
    for (const said of [written, told]) {
      if (said !== undefined && isCurrent(said, announced)) {
        return this.#show(entry, said.capabilities, said.digest);
      }
    }
    const { capabilities = [], digest = NOTHING } = announced ?? {};
    const shown = capabilityDigest(capabilities);
    this.#show(
      entry,
      capabilities,
      announced !== undefined && shown === digest ? shown : undefined,
    );
  }

  /** With the digest where that is all of them. */
  #show(entry: Entry, capabilities: readonly Capability[], digest: string | undefined): void {
    const { nodeId } = entry;
    this.index.remove(nodeId, entry.capabilities);
    entry.capabilities = withIds(capabilities);
    entry.isWhole = digest !== undefined;
    entry.digest = digest;
    this.index.add(nodeId, entry.capabilities);
  }

  #entryFor(nodeId: NodeId): Entry | undefined {
    const known = this.#entries.get(nodeId);
    if (known !== undefined) return known;
    if (this.#entries.size >= BOOK_LIMIT) {
      this.#refused++;
      return undefined;
    }
    const entry: Entry = {
      nodeId,
      announced: undefined,
      written: undefined,
      told: undefined,
      capabilities: [],
      isWhole: false,
      digest: undefined,
      health: undefined,
    };
    this.#entries.set(nodeId, entry);
    return entry;
  }
}

function said(capabilities: readonly Capability[], formerly: readonly string[]): Said {
  return { capabilities, digest: capabilityDigest(capabilities), formerly };
}

/** A node that can do nothing says so by leaving the digest out. */
const NOTHING = capabilityDigest([]);

/** Whether the node says so now, as far as was heard of it. */
function isCurrent({ digest, formerly }: Said, announced: Announced | undefined): boolean {
  if (announced === undefined) return true;
  const heard = announced.digest ?? NOTHING;
  return heard === digest || formerly.includes(heard);
}
