import { formatDuration } from "../../src/cli/duration.ts";
import { toFailure } from "../../src/cli/failure.ts";

export type Status = "pass" | "warn" | "fail" | "skip";

/** What a check saw. Whatever is not well has a remedy that one can type. */
export type Finding =
  | { readonly status: "pass"; readonly detail: string }
  | {
    readonly status: Exclude<Status, "pass">;
    readonly detail: string;
    readonly remedy: string;
  };

/** Tries one thing that a node needs. What it throws counts as a failure. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly examine: () => Promise<Finding> | Finding;
  /** It keeps the thread to itself, so it waits until those that listen to the clock are done. */
  readonly isBusy?: true;
}

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  readonly detail: string;
  readonly remedy?: string;
}

export function pass(detail: string): Finding {
  return { status: "pass", detail };
}

export function warn(detail: string, remedy: string): Finding {
  return { status: "warn", detail, remedy };
}

export function fail(detail: string, remedy: string): Finding {
  return { status: "fail", detail, remedy };
}

/** Not tried, because what it is about is not there. */
export function skip(detail: string, remedy: string): Finding {
  return { status: "skip", detail, remedy };
}

/** What stands in the way, in the words of the error that said so. */
export function failedBy(error: unknown): Finding {
  const { message, hint } = toFailure(error);
  return fail(message, hint ?? "peat doctor -vv");
}

/** Tries all of them, those that can at the same time, and answers in their order. */
export async function runChecks(
  checks: readonly Check[],
  timeoutMs: number,
): Promise<CheckResult[]> {
  const results = new Map<Check, CheckResult>();
  const runAll = (chosen: readonly Check[]) =>
    Promise.all(chosen.map(async (check) => {
      results.set(check, await runCheck(check, timeoutMs));
    }));
  await runAll(checks.filter(({ isBusy }) => isBusy !== true));
  await runAll(checks.filter(({ isBusy }) => isBusy === true));
  return checks.map((check) => results.get(check)!);
}

async function runCheck({ id, title, examine }: Check, timeoutMs: number): Promise<CheckResult> {
  const late = Promise.withResolvers<Finding>();
  const lateFinding = fail(
    `it had not ended after ${formatDuration(timeoutMs)}`,
    `peat doctor --timeout ${formatDuration(3 * timeoutMs)}`,
  );
  const timer = setTimeout(() => late.resolve(lateFinding), timeoutMs);
  try {
    return { id, title, ...await Promise.race([examined(examine), late.promise]) };
  } finally {
    clearTimeout(timer);
  }
}

async function examined(examine: Check["examine"]): Promise<Finding> {
  try {
    return await examine();
  } catch (error) {
    return failedBy(error);
  }
}
