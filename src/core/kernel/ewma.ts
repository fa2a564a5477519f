import { assert } from "./assert.ts";

/** An exponentially weighted moving average. The first sample stands for itself. */
export class Ewma {
  #value: number | undefined;

  constructor(readonly weight: number) {
    assert(weight > 0 && weight <= 1, `Cannot weigh a sample by ${weight}`);
  }

  add(sample: number): number {
    this.#value = this.#value === undefined
      ? sample
      : this.#value + this.weight * (sample - this.#value);
    return this.#value;
  }

  get value(): number | undefined {
    return this.#value;
  }
}
