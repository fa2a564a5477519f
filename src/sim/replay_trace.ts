import * as v from "valibot";
import type { OperatingError } from "../core/kernel/operating_error.ts";
import { malformed } from "../core/kernel/refusals.ts";
import type { Plan } from "./plan.ts";
import { planSchema } from "./plan_schema.ts";
import type { RunResult } from "./run.ts";
import { runTraced, TRACE_FORMAT } from "./trace.ts";

export interface TraceReplay {
  readonly result: RunResult;
  /** The first line that came out differently, counted from 1; undefined when all are equal. */
  readonly differsAt:
    | { readonly line: number; readonly was: string; readonly is: string }
    | undefined;
  readonly lines: number;
}

/** Runs the plan of a trace again and holds every line against the file. */
export function replayTrace(plan: Plan, lines: Iterator<string>): TraceReplay {
  let count = 0;
  let differsAt: TraceReplay["differsAt"];
  const result = runTraced(plan, (is) => {
    count++;
    const next = lines.next();
    const was = next.done === true ? "" : next.value;
    if (was !== is) differsAt ??= { line: count, was, is };
  });
  const next = lines.next();
  if (next.done !== true) differsAt ??= { line: count + 1, was: next.value, is: "" };
  return { result, differsAt, lines: count };
}

/** The plan on the first line of a trace file. */
export function planOf(firstLine: string, source: string): Plan {
  let line: unknown;
  try {
    line = JSON.parse(firstLine);
  } catch {
    throw badTrace(`Cannot replay ${source}: its first line is not JSON`);
  }
  const { type, format, plan } = (line ?? {}) as Record<string, unknown>;
  if (type !== "plan") {
    throw badTrace(`Cannot replay ${source}: it does not begin with a plan`);
  }
  if (format !== TRACE_FORMAT) {
    throw badTrace(`Cannot replay ${source}: its format is ${format}, not ${TRACE_FORMAT}`);
  }
  const read = v.safeParse(planSchema, plan);
  // The plan as it was read and not the checked copy, whose keys may stand in another order.
  if (read.success) return plan as Plan;
  const issue = read.issues[0];
  const place = v.getDotPath(issue) ?? "plan";
  throw badTrace(`Cannot replay ${source}: its plan is no plan: ${place}: ${issue.message}`);
}

/** The file is not a trace, or one of another version. */
export function badTrace(message: string): OperatingError {
  return malformed(message, { code: "bad-trace" });
}
