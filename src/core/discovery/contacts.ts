import { BoundedMap } from "../kernel/bounded_map.ts";
import type { Address, NodeId } from "../kernel/ids.ts";

/** How many contacts a node learns besides those that it was told of. */
export const LEARNT_CONTACTS = 64;

/** The addresses that are told directly what the group is told. SPEC.md says who is among them. */
export class Contacts {
  readonly #told: readonly Address[];
  readonly #learnt = new BoundedMap<NodeId, Address>(LEARNT_CONTACTS, "refuse-new");

  constructor(told: readonly Address[]) {
    this.#told = told;
  }

  /** A message of the peer was accepted: one to this node alone, or one to the group. */
  note(nodeId: NodeId, from: Address, isDirect: boolean): void {
    if (isDirect && !this.#told.includes(from)) this.#learnt.set(nodeId, from);
    else this.#learnt.delete(nodeId); // D2
  }

  forget(nodeId: NodeId): void {
    this.#learnt.delete(nodeId);
  }

  *addresses(): Generator<Address> {
    yield* this.#told;
    yield* this.#learnt.values();
  }

  /** How many peers found no room. */
  get refused(): number {
    return this.#learnt.overflowed;
  }
}
