import type { CapabilityType } from "../capability.ts";
import type { NodeId } from "../../kernel/ids.ts";
import type { Literal, Place } from "./query.ts";

/** A capability as it is asked for: a node's own, or what a cell's members can do together. */
export interface QueriedCapability {
  readonly id: string;
  readonly type: CapabilityType | "emergent";
  readonly name: string;
  readonly confidence: number;
  readonly metadata?: Readonly<Record<string, Literal>>;
  /** Of what is composed: the ids of what it comes from. */
  readonly from?: readonly string[];
}

/** A node, or a cell in the name of who speaks for it, with all that can be asked of it. */
export interface QueriedNode {
  readonly nodeId: NodeId;
  /** What is not relied on at all is among them, and matches nothing. */
  readonly capabilities: readonly QueriedCapability[];
  readonly cell?: string | undefined;
  readonly level?: number | undefined;
  readonly role?: string | undefined;
  readonly state?: string | undefined;
  readonly version?: string | undefined;
  readonly position?: Place | undefined;
  readonly rttMs?: number | undefined;
  /** It stands for a whole cell. */
  readonly composed?: true;
}

/** Whom a query is put to. */
export interface Population {
  readonly size: number;
  all(): Iterable<QueriedNode>;
  node(nodeId: NodeId): QueriedNode | undefined;
  /** Those among whom are all that have a capability of that type, or of that name. */
  withType(type: string): ReadonlySet<NodeId>;
  withName(name: string): ReadonlySet<NodeId>;
}

const NOBODY: ReadonlySet<NodeId> = new Set();

/** Who has capabilities of which type and name, kept as they change. */
export class CapabilityIndex {
  readonly #byType = new Map<string, Set<NodeId>>();
  readonly #byName = new Map<string, Set<NodeId>>();

  add(nodeId: NodeId, capabilities: readonly QueriedCapability[]): void {
    for (const { type, name } of capabilities) {
      enter(this.#byType, type, nodeId);
      enter(this.#byName, name, nodeId);
    }
  }

  /** Takes out what was added for the node, in whatever order. */
  remove(nodeId: NodeId, capabilities: readonly QueriedCapability[]): void {
    for (const { type, name } of capabilities) {
      leave(this.#byType, type, nodeId);
      leave(this.#byName, name, nodeId);
    }
  }

  withType(type: string): ReadonlySet<NodeId> {
    return this.#byType.get(type) ?? NOBODY;
  }

  withName(name: string): ReadonlySet<NodeId> {
    return this.#byName.get(name) ?? NOBODY;
  }
}

function enter(index: Map<string, Set<NodeId>>, key: string, nodeId: NodeId): void {
  const entry = index.get(key);
  if (entry === undefined) index.set(key, new Set([nodeId]));
  else entry.add(nodeId);
}

function leave(index: Map<string, Set<NodeId>>, key: string, nodeId: NodeId): void {
  const entry = index.get(key);
  if (entry?.delete(nodeId) === true && entry.size === 0) index.delete(key);
}
