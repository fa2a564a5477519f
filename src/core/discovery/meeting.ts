import type { Keeper } from "../connection/keeper.ts";
import { BoundedMap } from "../kernel/bounded_map.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import type { Contacts } from "./contacts.ts";
import type { Acquaintance, Hybrid } from "./hybrid.ts";
import { HEARS, streamsFrom } from "./source.ts";

/** How many peers are dialled that no source has heard. Strangers may invent any number of them. */
export const TOLD_DIALS = 32;

/** How many are dialled that are known through others alone. Those that are heard keep the rest. */
export const RELAYED_DIALS = 32;

/** Makes something of addresses that nobody has heard the peer from: speaks to them, and dials. */
export class Meeting {
  readonly #hybrid: Hybrid;
  readonly #contacts: Contacts;
  readonly #keeper: Keeper;
  readonly #dialled = {
    told: new BoundedMap<NodeId, true>(TOLD_DIALS, "refuse-new"),
    relayed: new BoundedMap<NodeId, true>(RELAYED_DIALS, "refuse-new"),
  };

  constructor(hybrid: Hybrid, contacts: Contacts, keeper: Keeper) {
    this.#hybrid = hybrid;
    this.#contacts = contacts;
    this.#keeper = keeper;
  }

  /** Something about the peer changed: who knows of it, or where it is to be tried. */
  follow(now: Millis, nodeId: NodeId): void {
    this.#speak(nodeId);
    const { told, relayed } = this.#dialled;
    switch (this.#standing(nodeId)) {
      case "absent": {
        const wasTold = told.delete(nodeId);
        const wasRelayed = relayed.delete(nodeId);
        if (wasTold || wasRelayed) this.#keeper.handle(now, { kind: "gone", nodeId });
        return;
      }
      case "told":
        relayed.delete(nodeId);
        if (told.set(nodeId, true)) this.#dial(now, nodeId);
        return;
      case "relayed":
        told.delete(nodeId);
        if (relayed.set(nodeId, true)) this.#dial(now, nodeId);
        return;
      case "heard":
        told.delete(nodeId);
        relayed.delete(nodeId);
        return this.#dial(now, nodeId);
    }
  }

  /** Whom this node does not hear itself it knows through others alone. */
  #standing(nodeId: NodeId): Acquaintance | "relayed" {
    const acquaintance = this.#hybrid.acquaintance(nodeId);
    if (acquaintance !== "heard") return acquaintance;
    const isHeardHere = this.#hybrid.sources(nodeId)
      .some((source) => HEARS[source] && source !== "relay");
    return isHeardHere ? "heard" : "relayed";
  }

  /** Beacons go there until the peer's own come from there, also while it is connected (H8). */
  #speak(nodeId: NodeId): void {
    const sources = this.#hybrid.sources(nodeId);
    const isMet = sources.includes("multicast") || sources.includes("direct");
    const addresses = isMet ? [] : this.#hybrid.addresses(nodeId).map(({ from }) => from);
    if (addresses.length === 0) this.#contacts.untell(nodeId);
    else this.#contacts.tell(nodeId, addresses);
  }

  /** How many peers were not dialled, because so many are that this node has not heard. */
  get refused(): number {
    return this.#dialled.told.overflowed + this.#dialled.relayed.overflowed;
  }

  #dial(now: Millis, nodeId: NodeId): void {
    const address = this.#hybrid.address(nodeId);
    if (address?.port === undefined) return; // It takes no streams.
    const stream = { from: streamsFrom(address), port: address.port };
    this.#keeper.handle(now, { kind: "present", nodeId, address: stream });
  }
}
