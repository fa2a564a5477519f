import { nearest } from "../core/kernel/nearest.ts";

/** A hint to put behind an error, or nothing when nothing is near. */
export function suggest(text: string, candidates: Iterable<string>): string {
  const candidate = nearest(text, candidates);
  return candidate === undefined ? "" : `; did you mean ${candidate}?`;
}
