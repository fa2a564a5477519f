import type { Random } from "../core/kernel/random.ts";
import { type Millis, SECOND } from "../core/kernel/time.ts";
import type { Fault, FaultKind } from "./faults.ts";
import type { Plan } from "./plan.ts";
import { drawFault } from "./random_faults.ts";

/** Most of what goes wrong does so at about the same time, as often as that. */
export const MOST_CRISES = 3;

/** Whoever lost its disk numbers its starts by the seconds of its clock, so one has to pass. */
const SHORTEST_WIPE_MS: Millis = 2 * SECOND;

/** What goes wrong in a plan's crises: of what is wished for, about half, or all of it. */
export function drawMenu<Kind extends FaultKind>(
  random: Random,
  known: readonly Kind[],
  wished: readonly FaultKind[],
): readonly Kind[] {
  const kinds = known.filter((kind) => wished.includes(kind));
  const favoured = kinds.filter(() => random.chance(0.5));
  return favoured.length > 0 ? favoured : kinds;
}

/** A fault at a time of a crisis, for a time of its own that ends with the plan. */
export function drawInCrisis(
  random: Random,
  kind: Parameters<typeof drawFault>[1],
  { nodes, durationMs }: Plan,
  { at, forMs }: { readonly at: Millis; readonly forMs: Millis },
): Fault {
  const drawn = drawFault(random, kind, nodes, durationMs);
  const atMs = Math.min(durationMs - 1, Math.floor(at));
  if (!("forMs" in drawn)) return { ...drawn, atMs };
  const leastMs = kind === "wipe" ? SHORTEST_WIPE_MS : 0;
  return { ...drawn, atMs, forMs: Math.max(leastMs, Math.min(forMs, durationMs - atMs)) };
}
