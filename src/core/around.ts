import type { Confirmer } from "./beacon/confirmer.ts";
import type { Observer, Peer } from "./beacon/observer.ts";
import type { Keeper } from "./connection/keeper.ts";
import type { BeaconSources } from "./discovery/beacon_sources.ts";
import type { Contacts } from "./discovery/contacts.ts";
import type { Forwarder } from "./discovery/forwarder.ts";
import type { Hybrid } from "./discovery/hybrid.ts";
import type { Meeting } from "./discovery/meeting.ts";
import type { Relay } from "./discovery/relay.ts";
import type { Repeater } from "./discovery/repeater.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { Prober } from "./rtt/prober.ts";

/** What whoever drives a node, or watches it, may look at of those around it. */
export class Around {
  readonly #machines: Neighbourhood;

  constructor(machines: Neighbourhood) {
    this.#machines = machines;
  }

  get observer(): Observer {
    return this.#machines.observer;
  }

  get confirmer(): Confirmer {
    return this.#machines.confirmer;
  }

  get prober(): Prober {
    return this.#machines.prober;
  }

  get contacts(): Contacts {
    return this.#machines.contacts;
  }

  get keeper(): Keeper {
    return this.#machines.keeper;
  }

  get hybrid(): Hybrid {
    return this.#machines.hybrid;
  }

  get sources(): BeaconSources {
    return this.#machines.sources;
  }

  get meeting(): Meeting {
    return this.#machines.meeting;
  }

  get relay(): Relay {
    return this.#machines.relay;
  }

  /** Undefined for a node that does not repeat what it hears. */
  get repeater(): Repeater | undefined {
    return this.#machines.repeater;
  }

  get forwarder(): Forwarder {
    return this.#machines.forwarder;
  }

  peers(): IterableIterator<Peer> {
    return this.#machines.observer.peers();
  }
}
