import { addressed } from "./beacon/addressed.ts";
import type { Advertisement } from "./beacon/beacon.ts";
import { Broadcaster } from "./beacon/broadcaster.ts";
import type { Random } from "./kernel/random.ts";
import type { Millis } from "./kernel/time.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { NodeOptions } from "./node_options.ts";
import type { NodeOutput } from "./node_io.ts";

/** What a node says to everybody in reach, and where it says it. */
export class Voice {
  readonly broadcaster: Broadcaster;
  readonly #isSilent: boolean;

  constructor({ nodeId, timing, advertisement, emcon = false }: NodeOptions, random: Random) {
    this.broadcaster = new Broadcaster({ nodeId, timing, advertisement, random });
    this.#isSilent = emcon;
  }

  /** Answers what is to be said now. Beacons tell of those around the node as well. */
  speak(now: Millis, { observer, relay, contacts }: Neighbourhood): NodeOutput[] {
    const { broadcaster } = this;
    broadcaster.crowd = observer.present;
    if (broadcaster.deadline() <= now) {
      broadcaster.knownDigest = relay.knownDigest();
      broadcaster.reach = observer.reach();
      broadcaster.handle(now, { kind: "due" });
      broadcaster.handle(now, { kind: "pulseDue" });
    }
    const outputs: NodeOutput[] = [];
    for (let output = broadcaster.poll(); output; output = broadcaster.poll()) {
      if (this.#isSilent && output.kind !== "claimBoot") continue; // S1
      outputs.push(...addressed(output, contacts.addresses()));
    }
    return outputs;
  }

  advertise(now: Millis, changed: Partial<Advertisement>): void {
    const advertisement = { ...this.broadcaster.advertisement, ...changed };
    this.broadcaster.handle(now, { kind: "changed", advertisement });
  }
}
