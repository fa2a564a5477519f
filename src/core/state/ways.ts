import type { NodeId } from "../kernel/ids.ts";
import { collectionOf, type Direction, type DocumentKey } from "./collection.ts";

/** Where a peer stands: it leads this node, is led by it, or neither. */
export type Relation = Exclude<Direction, "everywhere">;

const OPPOSITE = { up: "down", down: "up", lateral: "lateral" } as const;

/** Between whom documents pass, by where these stand to each other now. */
export class Ways {
  readonly #relationOf: (peer: NodeId) => Relation;

  constructor(relationOf: (peer: NodeId) => Relation) {
    this.#relationOf = relationOf;
  }

  goesTo(peer: NodeId, key: DocumentKey): boolean {
    const { direction } = collectionOf(key);
    return direction === "everywhere" || direction === this.#relationOf(peer);
  }

  comesFrom(peer: NodeId, key: DocumentKey): boolean {
    const { direction } = collectionOf(key);
    return direction === "everywhere" || direction === OPPOSITE[this.#relationOf(peer)];
  }
}
