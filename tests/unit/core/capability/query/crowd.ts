import {
  CapabilityIndex,
  type Population,
  type QueriedNode,
} from "../../../../../src/core/capability/query/catalog.ts";
import type { QueryMatch } from "../../../../../src/core/capability/query/match.ts";
import { parseQuery } from "../../../../../src/core/capability/query/parse.ts";
import { runQuery } from "../../../../../src/core/capability/query/evaluate.ts";

/** Nodes as a running node would hold them, with their index. */
export class Crowd implements Population {
  readonly #nodes = new Map<string, QueriedNode>();
  readonly #index = new CapabilityIndex();
  /** How many were looked at. */
  looks = 0;

  constructor(nodes: readonly QueriedNode[]) {
    for (const node of nodes) {
      this.#nodes.set(node.nodeId, node);
      this.#index.add(node.nodeId, node.capabilities);
    }
  }

  get size(): number {
    return this.#nodes.size;
  }

  *all(): Generator<QueriedNode> {
    for (const nodeId of this.#nodes.keys()) yield this.node(nodeId)!;
  }

  node(nodeId: string): QueriedNode | undefined {
    this.looks++;
    return this.#nodes.get(nodeId);
  }

  withType(type: string): ReadonlySet<string> {
    return this.#index.withType(type);
  }

  withName(name: string): ReadonlySet<string> {
    return this.#index.withName(name);
  }
}

/** Who answers to a query's text, with all that was found out. */
export function ask(text: string, nodes: readonly QueriedNode[]): readonly QueryMatch[] {
  return runQuery(parseQuery(text), {
    population: new Crowd(nodes),
    cells: [],
    origin: { latitude: 0, longitude: 0 },
  }).matches;
}

export function names(text: string, nodes: readonly QueriedNode[]): string {
  return ask(text, nodes).map(({ node }) => node.nodeId).join(" ");
}
