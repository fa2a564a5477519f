import type { Focus } from "../../src/sim/plan_wishes.ts";

/** A deliberate fault: one place in the source, read differently. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What the plans that are to show it are about; all there is where it is not said. */
  readonly focus?: Focus | undefined;
  /** The checkers that may catch it. */
  readonly caughtBy: readonly string[];
}
