/**
 * The next value of an exponentially weighted moving average. The first sample stands for itself.
 * A function and not an object, because a mesh keeps averages for a million pairs.
 */
export function ewma(previous: number | undefined, sample: number, weight: number): number {
  return previous === undefined ? sample : previous + weight * (sample - previous);
}
