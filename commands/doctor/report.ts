import { ExitCode } from "../../src/cli/exit_code.ts";
import type { Paint } from "../../src/cli/paint.ts";
import { printable } from "../../src/cli/printable.ts";
import type { CheckResult, Status } from "./check.ts";

export type Verdict = Exclude<Status, "skip">;

export interface Report {
  readonly checks: readonly CheckResult[];
  /** The worst of them. What was skipped does not count. */
  readonly verdict: Verdict;
}

export function reportOf(checks: readonly CheckResult[]): Report {
  const has = (status: Status) => checks.some((check) => check.status === status);
  return { checks, verdict: has("fail") ? "fail" : has("warn") ? "warn" : "pass" };
}

export const EXIT_CODES: Readonly<Record<Verdict, ExitCode>> = {
  pass: ExitCode.done,
  warn: ExitCode.partial,
  fail: ExitCode.failed,
};

/** The plug-in codes of Nagios have the numbers of other codes of ours and mean other things. */
export const NAGIOS_CODES = { pass: 0, warn: 1, fail: 2, unknown: 3 } as const;

const NAGIOS_WORDS = { pass: "OK", warn: "WARNING", fail: "CRITICAL" } as const;

export function reportText({ checks, verdict }: Report, paint: Paint): string {
  const width = Math.max(...checks.map(({ title }) => title.length));
  const lines = checks.flatMap(({ status, title, detail, remedy }) => [
    `${painted(paint, status)}  ${title.padEnd(width)}  ${printable(detail)}`,
    ...(remedy === undefined
      ? []
      : [`${" ".repeat(width + 8)}${paint.faint("try:")} ${printable(remedy)}`]),
  ]);
  return [...lines, "", verdictText(checks, verdict)].join("\n");
}

/** One line: the state, what is wrong, and the counts behind a bar, where graphs look for them. */
export function nagiosLine({ checks, verdict }: Report): string {
  const wrong = checks.filter(({ status }) => status === "warn" || status === "fail");
  const said = wrong.length === 0
    ? verdictText(checks, verdict)
    : wrong.map(({ id, detail }) => `${id}: ${detail}`).join("; ");
  const counts = (["pass", "warn", "fail", "skip"] as const)
    .map((status) => `${status}=${countOf(checks, status)}`).join(" ");
  return `PEAT ${NAGIOS_WORDS[verdict]} - ${withoutBar(said)} | ${counts}`;
}

export function nagiosUnknownLine(message: string): string {
  return `PEAT UNKNOWN - ${withoutBar(message)}`;
}

function verdictText(checks: readonly CheckResult[], verdict: Verdict): string {
  const skipped = countOf(checks, "skip");
  const tried = checks.length - skipped;
  const rest = skipped === 0 ? "" : `, ${skipped} skipped`;
  if (verdict === "pass") return `all of ${tried} checks pass${rest}`;
  return `${countOf(checks, "fail")} of ${tried} checks fail, ${
    countOf(checks, "warn")
  } warn${rest}`;
}

function countOf(checks: readonly CheckResult[], wanted: Status): number {
  return checks.filter(({ status }) => status === wanted).length;
}

function painted(paint: Paint, status: Status): string {
  switch (status) {
    case "pass":
      return paint.good(status);
    case "warn":
      return paint.warn(status);
    case "fail":
      return paint.bad(status);
    case "skip":
      return paint.faint(status);
  }
}

function withoutBar(text: string): string {
  return printable(text).replaceAll("|", "/");
}
