import type { Literal } from "./query.ts";

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const VERSION = /^v\d{1,9}(?:\.\d{1,9}){0,2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** The number that a word without quotes is, if it is one that can be counted with. */
export function numberIn(word: string): number | undefined {
  if (!NUMBER.test(word)) return undefined;
  const number = Number(word);
  if (!Number.isFinite(number)) return undefined;
  return number === 0 ? 0 : number; // There is no second nought.
}

/** The version that a word without quotes is: `v1.2.0` is 1.2.0. */
export function versionIn(word: string): string | undefined {
  return VERSION.test(word) ? word.slice(1) : undefined;
}

/** What a word without quotes is where anything may stand. */
export function literalIn(word: string): Literal {
  if (word === "true" || word === "false") return word === "true";
  return numberIn(word) ?? word;
}

/** Numbers, then texts, then truths. */
export function compareLiterals(one: Literal, other: Literal): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  const kinds = ["number", "string", "boolean"];
  const difference = kinds.indexOf(typeof one) - kinds.indexOf(typeof other);
  if (difference !== 0) return difference;
  return one === other ? 0 : one < other ? -1 : 1;
}
