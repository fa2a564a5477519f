import type { Hunt } from "./hunt.ts";

/** What became of all hunts so far. */
export class Tally {
  readonly #of: number;
  readonly #ends: Record<Hunt["end"], number> = {
    found: 0,
    notFound: 0,
    foundByAnother: 0,
    failsWithoutBug: 0,
    failed: 0,
  };
  /** At how many seeds each one was found. */
  readonly #seeds: number[] = [];

  constructor(of: number) {
    this.#of = of;
  }

  get found(): number {
    return this.#ends.found;
  }

  add(hunt: Hunt): void {
    this.#ends[hunt.end]++;
    if (hunt.end === "found") this.#seeds.push(hunt.seed);
  }

  summary() {
    const hunted = Object.values(this.#ends).reduce((sum, count) => sum + count, 0);
    return { of: this.#of, hunted, ...this.#ends, medianSeed: this.#medianSeed() };
  }

  describe(): string {
    const { of, hunted, found, medianSeed, notFound, foundByAnother, failsWithoutBug, failed } =
      this.summary();
    const parts = [
      `${found} of ${of} planted bugs found`,
      ...medianSeed === undefined ? [] : [`half of them by seed ${medianSeed}`],
      ...notFound === 0 ? [] : [`${notFound} not found`],
      ...foundByAnother === 0 ? [] : [`${foundByAnother} by a checker that they do not name`],
      ...failsWithoutBug === 0 ? [] : [`${failsWithoutBug} at a seed that fails without them`],
      ...failed === 0 ? [] : [`${failed} that could not be looked for`],
      ...hunted === of ? [] : [`${of - hunted} not looked for, as it was ended`],
    ];
    return parts.join("; ");
  }

  #medianSeed(): number | undefined {
    const sorted = this.#seeds.toSorted((left, right) => left - right);
    return sorted[Math.floor((sorted.length - 1) / 2)];
  }
}

/** One line for one bug. */
export function describeHunt(name: string, hunt: Hunt): string {
  switch (hunt.end) {
    case "found":
      return `found  ${name}: at seed ${hunt.seed}, by ${hunt.checker}`;
    case "notFound":
      return `MISSED ${name}: not found in ${hunt.seeds} seeds`;
    case "foundByAnother":
      return `MISSED ${name}: at seed ${hunt.seed} by ${hunt.checker}, which it does not name`;
    case "failsWithoutBug":
      return `MISSED ${name}: seed ${hunt.seed} breaks ${hunt.checker} without it, too`;
    case "failed":
      return `FAILED ${name}: ${hunt.reason}`;
  }
}
