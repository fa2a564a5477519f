import { BoundedMap } from "../kernel/bounded_map.ts";
import type { Address, NodeId } from "../kernel/ids.ts";

/** How many contacts a node learns besides those that it was told of. */
export const LEARNT_CONTACTS = 64;

/** How many peers that a source only tells of are spoken to, and at how many addresses each. */
export const TOLD_CONTACTS = 64;
export const TOLD_ADDRESSES = 4;

/** The addresses that are told directly what the group is told. SPEC.md says who is among them. */
export class Contacts {
  #named: readonly Address[];
  readonly #learnt = new BoundedMap<NodeId, Address>(LEARNT_CONTACTS, "refuse-new");
  readonly #told = new BoundedMap<NodeId, readonly Address[]>(TOLD_CONTACTS, "refuse-new");

  constructor(named: readonly Address[]) {
    this.#named = named;
  }

  /** The operator's contacts are these from now on. */
  name(addresses: readonly Address[]): void {
    this.#named = addresses;
  }

  /** A message of the peer was accepted that came to this node alone. */
  note(nodeId: NodeId, from: Address): void {
    if (this.#named.includes(from)) this.#learnt.delete(nodeId);
    else this.#learnt.set(nodeId, from);
  }

  /** The peer is gone, or the group reaches it. */
  forget(nodeId: NodeId): void {
    this.#learnt.delete(nodeId);
  }

  /** A source tells of the peer, and nobody hears it. */
  tell(nodeId: NodeId, addresses: readonly Address[]): void {
    this.#told.set(nodeId, addresses.slice(0, TOLD_ADDRESSES));
  }

  /** The peer is heard, or no source tells of it any more. */
  untell(nodeId: NodeId): void {
    this.#told.delete(nodeId);
  }

  /** Each address once. */
  addresses(): Set<Address> {
    const addresses = new Set(this.#named);
    for (const address of this.#learnt.values()) addresses.add(address);
    for (const told of this.#told.values()) for (const address of told) addresses.add(address);
    return addresses;
  }

  /** How many peers found no room. */
  get refused(): number {
    return this.#learnt.overflowed + this.#told.overflowed;
  }
}
