import { stripVTControlCharacters } from "node:util";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0 };

/** The runner's own last line, for example `FAILED | 4 passed (2 steps) | 1 failed | 2 ignored`. */
const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?:.*? \| (\d+) ignored)?/gm;

/** A run that ended badly without saying so, as on a type error, has failed once. */
export function readCounts(output: string, success: boolean): Counts {
  const plain = stripVTControlCharacters(output);
  const [, passed, failed, ignored] = [...plain.matchAll(SUMMARY)].at(-1) ?? [];
  return {
    passed: Number(passed ?? 0),
    failed: Math.max(Number(failed ?? 0), success ? 0 : 1),
    skipped: Number(ignored ?? 0),
  };
}

export function addCounts(left: Counts, right: Counts): Counts {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  };
}

export function printCounts({ passed, failed, skipped }: Counts): string {
  const skips = skipped === 0 ? "" : `, ${skipped} skipped`;
  return `${passed} passed, ${failed} failed${skips}`;
}
