import { Confirmer } from "./beacon/confirmer.ts";
import { Observer, PEER_LIMIT } from "./beacon/observer.ts";
import { Keeper } from "./connection/keeper.ts";
import { BeaconSources } from "./discovery/beacon_sources.ts";
import { Contacts } from "./discovery/contacts.ts";
import { Forwarder } from "./discovery/forwarder.ts";
import { Hybrid } from "./discovery/hybrid.ts";
import { Meeting } from "./discovery/meeting.ts";
import { Memory } from "./discovery/memory.ts";
import { Relay } from "./discovery/relay.ts";
import { Repeater } from "./discovery/repeater.ts";
import { type Millis, NEVER } from "./kernel/time.ts";
import type { NeighbourhoodOptions } from "./neighbourhood_io.ts";
import { Prober } from "./rtt/prober.ts";

/** The machines that a neighbourhood owns, as they are made. */
export class NeighbourhoodMachines {
  readonly observer: Observer;
  readonly confirmer: Confirmer;
  readonly prober: Prober;
  readonly keeper: Keeper;
  readonly contacts: Contacts;
  readonly relay: Relay;
  readonly repeater: Repeater | undefined;
  readonly forwarder: Forwarder;
  /** What every way of learning of peers says, merged. */
  readonly hybrid: Hybrid;
  readonly meeting: Meeting;
  /** Those of them that tell of peers by what their beacons say. */
  readonly sources: BeaconSources;
  readonly memory = new Memory();

  constructor(
    options: NeighbourhoodOptions,
  ) {
    const { nodeId, timing, contacts, emcon, relays, repeats, random } = options;
    this.observer = new Observer(nodeId, { asks: !emcon });
    this.confirmer = new Confirmer(random.split("confirmer"));
    this.contacts = new Contacts(contacts);
    this.keeper = new Keeper(nodeId, random.split("keeper"));
    this.hybrid = new Hybrid(nodeId);
    this.meeting = new Meeting(this.hybrid, this.contacts, this.keeper);
    this.sources = new BeaconSources(nodeId, options.position, options.sources);
    this.prober = new Prober({
      roundMs: timing.probeRoundMs,
      peerLimit: PEER_LIMIT,
      random: random.split("prober"),
    });
    this.relay = new Relay({
      self: nodeId,
      roundMs: timing.beaconIntervalMs,
      hearing: this.observer,
      random: random.split("relay"),
    });
    const isRepeater = repeats && !emcon; // S1
    this.repeater = isRepeater ? new Repeater(nodeId, random.split("repeater")) : undefined;
    this.forwarder = new Forwarder({
      self: nodeId,
      isOpen: relays,
      ways: {
        isConnected: (peer) => this.keeper.state(peer) === "connected",
        relayed: (peer) => this.relay.wayTo(peer),
        bootOf: (peer) => this.observer.peer(peer)?.boot,
      },
    });
  }

  deadline(): Millis {
    return Math.min(
      this.observer.deadline(),
      this.confirmer.deadline(),
      this.keeper.deadline(),
      this.relay.deadline(),
      this.prober.deadline(),
      this.memory.deadline(),
      this.sources.deadline(),
      this.repeater?.deadline() ?? NEVER,
    );
  }
}
