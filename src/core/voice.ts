import { addressed } from "./beacon/addressed.ts";
import type { Advertisement } from "./beacon/beacon.ts";
import { Broadcaster } from "./beacon/broadcaster.ts";
import type { Affiliation } from "./cell/affiliation.ts";
import type { HeardCellBeat } from "./cell/beat.ts";
import type { Random } from "./kernel/random.ts";
import type { Millis } from "./kernel/time.ts";
import type { Datagram } from "./messages.ts";
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
  speak(now: Millis, around: Neighbourhood, affiliation: Affiliation): NodeOutput[] {
    const { observer, relay, contacts } = around;
    const { broadcaster } = this;
    broadcaster.crowd = observer.present;
    if (broadcaster.deadline() <= now) {
      broadcaster.knownDigest = relay.knownDigest();
      broadcaster.reach = observer.reach();
      broadcaster.beat = affiliation.cell?.beatAt(now);
      broadcaster.handle(now, { kind: "due" });
      broadcaster.handle(now, { kind: "pulseDue" });
    }
    const outputs: NodeOutput[] = [];
    for (let output = broadcaster.poll(); output; output = broadcaster.poll()) {
      if (this.#isSilent && output.kind !== "claimBoot") continue; // S1
      outputs.push(...addressed(output, contacts.addresses()));
      if (output.kind !== "beacon" && output.kind !== "pulse") continue;
      const { beat, sequence } = output.kind === "beacon" ? output.beacon : output.pulse;
      if (beat?.kind === "heartbeat") affiliation.handle(now, { kind: "spoken", sequence });
    }
    return outputs;
  }

  advertise(now: Millis, changed: Partial<Advertisement>): void {
    const advertisement = { ...this.broadcaster.advertisement, ...changed };
    this.broadcaster.handle(now, { kind: "changed", advertisement });
  }
}

/** What a message that everybody hears says to this node of its own cell, if it says anything. */
export function beatFor({ cell }: Affiliation, message: Datagram): HeardCellBeat | undefined {
  if (message.kind !== "beacon" && message.kind !== "pulse") return undefined;
  const { beat, nodeId: from, sequence } = message.kind === "beacon"
    ? message.beacon
    : message.pulse;
  if (beat === undefined || cell?.isConcernedBy(from, beat) !== true) return undefined;
  return { from, sequence, beat };
}
