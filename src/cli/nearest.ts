import { nearest } from "../core/kernel/nearest.ts";

/** "did you mean X?", for the end of an error, or what to look at when nothing is close. */
export function didYouMean<Otherwise extends string | undefined>(
  word: string,
  candidates: Iterable<string>,
  otherwise: Otherwise,
  prefix = "",
): string | Otherwise {
  const match = nearest(word, candidates);
  return match === undefined ? otherwise : `did you mean ${prefix}${match}?`;
}
