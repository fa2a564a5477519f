import type { Host, Step } from "./host.ts";
import type { World } from "./world.ts";

/** Holds one invariant of a SPEC.md, under the name that the SPEC.md cites. */
export interface Checker {
  readonly name: string;
  /** Looks at a step after it was carried out. Answers what is wrong with it, or undefined. */
  check?(step: Step): string | undefined;
  /** Looks at a healed world. Answers what is still missing, or undefined when nothing is. */
  pending?(core: readonly Host[]): string | undefined;
}

export type MakeChecker = (world: World) => Checker;
