import type { Resources } from "../core/beacon/resources.ts";
import type { Clock } from "./clock.ts";
import { ResourceMeter, thisMachine } from "./resource_meter.ts";

/** What feeds a node: a battery with so much left, or something that does not run out. */
export type Power = Pick<Resources, "batteryPercent" | "onMains">;

export interface ResourceReporterOptions {
  readonly clock: Clock;
  readonly bandwidthMbps: number | undefined;
  readonly hand: (resources: Resources) => void;
}

/** Brings together what is measured and what the operator tells, and hands it to the node. */
export class ResourceReporter {
  readonly #options: ResourceReporterOptions;
  readonly #told: Resources;
  #power: Power = {};
  #measured: Resources = {};
  #meter: Promise<ResourceMeter> | undefined;

  constructor(options: ResourceReporterOptions) {
    const { bandwidthMbps } = options;
    this.#options = options;
    this.#told = bandwidthMbps === undefined ? {} : { bandwidthMbps };
  }

  /** For the next beacon, once the one that is being sent is on its way: it waits for no meter. */
  sampleSoon(): void {
    this.#options.clock.schedule(0, () => void this.#sample());
  }

  set power(power: Power) {
    this.#power = power;
    this.#report();
  }

  async #sample(): Promise<void> {
    this.#meter ??= thisMachine().then((machine) => new ResourceMeter(machine));
    const measured = (await this.#meter).sample(this.#options.clock.now());
    if (measured === undefined) return;
    this.#measured = measured;
    this.#report();
  }

  #report(): void {
    this.#options.hand({ ...this.#measured, ...this.#told, ...this.#power });
  }
}
