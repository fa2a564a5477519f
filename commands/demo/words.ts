import type { Passed } from "./mesh.ts";

/** When the last of them was there. */
export function lastOf(passed: readonly Passed[]): number {
  return Math.max(0, ...passed.map(({ ms }) => ms));
}

export function time(ms = 0): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
