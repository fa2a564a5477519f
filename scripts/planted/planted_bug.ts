/** A deliberate fault: one place in the source, read differently. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The checkers that may catch it. */
  readonly caughtBy: readonly string[];
}
