import { Random } from "../../src/core/kernel/random.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import type { Family } from "./families.ts";

export interface FuzzResult {
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMs: number;
  /** By how much the heap had grown when it was largest. */
  readonly heapGrowthBytes: number;
}

/** An input that a codec did not take as it should. The seed makes the very same input again. */
export class FuzzFailure extends Error {
  override readonly name = "FuzzFailure";
}

/** How often the heap is looked at. */
const HEAP_INTERVAL = 1_000;

/** Fires that many inputs at a codec. Anything but an answer or a `WireError` ends it. */
export function fuzz(family: Family, seed: string, inputs: number): FuzzResult {
  const heapAtStart = Deno.memoryUsage().heapUsed;
  let accepted = 0;
  let slowestMs = 0;
  let heapGrowthBytes = 0;
  for (let index = 0; index < inputs; index++) {
    const inputSeed = `${seed}/${index}`;
    const startedAt = performance.now();
    if (fuzzOnce(family, inputSeed)) accepted++;
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    if (index % HEAP_INTERVAL === 0) {
      heapGrowthBytes = Math.max(heapGrowthBytes, Deno.memoryUsage().heapUsed - heapAtStart);
    }
  }
  return { inputs, accepted, refused: inputs - accepted, slowestMs, heapGrowthBytes };
}

/** Answers whether the codec took the input. */
export function fuzzOnce(family: Family, inputSeed: string): boolean {
  try {
    family(new Random(inputSeed));
    return true;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw new FuzzFailure(`Cannot fuzz on: seed ${inputSeed} got ${error}`, { cause: error });
  }
}
