import type { NodeId } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import type { BeaconSource, BeaconSourceInput, BeaconSourceOutput } from "./beacon_source.ts";
import { matchCapabilities, type Wants } from "./capability_match.ts";
import { isSameAddress } from "./source.ts";
import { Sightings } from "./sightings.ts";

/** What a node looks for, and how good a match has to be. */
export interface Search extends Wants {
  /** From 0 to 1. */
  readonly leastScore: number;
}

/** Tells of the peers that can do what this node looks for. */
export class ByCapability implements BeaconSource {
  readonly #search: Search;
  readonly #sightings = new Sightings();
  readonly #outputs: BeaconSourceOutput[] = [];

  constructor(search: Search) {
    this.#search = search;
  }

  handle(now: Millis, input: BeaconSourceInput): void {
    switch (input.kind) {
      case "said":
        return this.#hear(now, input);
      case "gone":
        return this.#lose(input.nodeId);
      case "moved":
        return;
      case "due":
        for (const nodeId of this.#sightings.expire(now)) this.#say(nodeId);
    }
  }

  poll(): BeaconSourceOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Millis {
    return this.#sightings.deadline();
  }

  get refused(): number {
    return this.#sightings.refused;
  }

  #hear(now: Millis, { beacon, address }: Extract<BeaconSourceInput, { kind: "said" }>): void {
    const { nodeId, advertisement: { capabilities } } = beacon;
    const [match] = matchCapabilities([{ nodeId, capabilities }], this.#search);
    if (match === undefined || match.score < this.#search.leastScore) return this.#lose(nodeId);
    const known = this.#sightings.get(nodeId);
    if (this.#sightings.note(now, beacon, address) === undefined) return;
    if (!isSameAddress(known?.address, address)) {
      const event = { kind: "seen", nodeId, addresses: [address] } as const;
      this.#outputs.push({ kind: "tell", event });
    }
    if (known !== undefined) return;
    const { score } = match;
    this.#outputs.push({ kind: "notice", notice: { type: "capabilityFound", nodeId, score } });
  }

  #lose(nodeId: NodeId): void {
    if (this.#sightings.get(nodeId) === undefined) return;
    this.#sightings.drop(nodeId);
    this.#say(nodeId);
  }

  #say(nodeId: NodeId): void {
    this.#outputs.push(
      { kind: "notice", notice: { type: "capabilityLost", nodeId } },
      { kind: "tell", event: { kind: "lost", nodeId } },
    );
  }
}
