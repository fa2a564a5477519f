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

  /** A message of the peer was accepted that came to this node alone. */
  note(nodeId: NodeId, from: Address): void {
    if (this.#told.includes(from)) this.#learnt.delete(nodeId);
    else this.#learnt.set(nodeId, from);
  }

  /** The peer is gone, or the group reaches it. */
  forget(nodeId: NodeId): void {
    this.#learnt.delete(nodeId);
  }

  has(address: Address): boolean {
    return this.addresses().some((each) => each === address);
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
