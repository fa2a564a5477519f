import type { Position } from "../beacon/beacon.ts";
import type { NodeId } from "../kernel/ids.ts";
import type { Machine } from "../kernel/machine.ts";
import { type Millis, NEVER } from "../kernel/time.ts";
import type { BeaconSource, BeaconSourceInput, BeaconSourceOutput } from "./beacon_source.ts";
import { ByCapability, type Search } from "./by_capability.ts";
import type { ClusterRule } from "./clusters.ts";
import { Geographic } from "./geographic.ts";
import type { SourceEvent, SourceName } from "./source.ts";

/** The sources that a node has beyond those that hear peers, and beyond the driver's own. */
export interface SourceOptions {
  /** Peers that are near. */
  readonly geographic?: ClusterRule | undefined;
  /** Peers that can do what this node looks for. */
  readonly capability?: Search | undefined;
  /** Peers that an operator ordered this node to contact. So it does, if it does not say. */
  readonly directed?: boolean;
}

export type BeaconSourcesOutput =
  | { readonly kind: "tell"; readonly source: SourceName; readonly event: SourceEvent }
  | Extract<BeaconSourceOutput, { kind: "notice" }>;

/** All the sources that tell of peers by what their beacons say, as one. */
export class BeaconSources implements Machine<BeaconSourceInput, BeaconSourcesOutput> {
  readonly #sources: readonly (readonly [SourceName, BeaconSource])[];

  constructor(self: NodeId, position: Position | undefined, options: SourceOptions) {
    const { geographic, capability } = options;
    const sources: [SourceName, BeaconSource][] = [];
    if (geographic !== undefined) {
      sources.push(["geographic", new Geographic(self, position, geographic)]);
    }
    if (capability !== undefined) sources.push(["capability", new ByCapability(capability)]);
    this.#sources = sources;
  }

  handle(now: Millis, input: BeaconSourceInput): void {
    for (const [_, source] of this.#sources) {
      if (input.kind !== "due" || source.deadline() <= now) source.handle(now, input);
    }
  }

  poll(): BeaconSourcesOutput | undefined {
    for (const [name, source] of this.#sources) {
      const output = source.poll();
      if (output !== undefined) {
        return output.kind === "tell" ? { ...output, source: name } : output;
      }
    }
    return undefined;
  }

  deadline(): Millis {
    return this.#sources.reduce((at, [_, source]) => Math.min(at, source.deadline()), NEVER);
  }

  /** How many nodes found no room. */
  get refused(): number {
    return this.#sources.reduce((sum, [_, source]) => sum + source.refused, 0);
  }
}
