import { EXIT_CODE_NAMES, ExitCode } from "./exit_code.ts";
import { toJsonLine } from "./json.ts";
import { printable } from "./printable.ts";

export interface FailureOptions {
  readonly exitCode?: ExitCode;
  /** A stable name for programs, such as `node-not-running`. */
  readonly code?: string;
  /** What the person can do about it, as the rest of a sentence: "start one with …". */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Something that the person who typed the command has to know. The message reads
 * `Cannot <do> <what>: <state>`, without a full stop, and the hint says what to do next.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? ExitCode.failed;
    this.code = options.code ?? EXIT_CODE_NAMES[this.exitCode];
    this.hint = options.hint;
  }
}

/** What was typed, or configured, cannot be understood. */
export function usageFailure(message: string, hint?: string): Failure {
  return new Failure(message, { exitCode: ExitCode.usage, hint });
}

/** The wait is over and what was waited for did not happen; `missing` says what. */
export function timeoutFailure(message: string, hint?: string): Failure {
  return new Failure(message, { exitCode: ExitCode.timedOut, hint });
}

/**
 * Any thrown value as a failure. An error of another folder that carries `code`, `hint` or
 * `exitCode` keeps them, so that those folders need not know this one.
 */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  if (!(thrown instanceof Error)) return unexpected(String(thrown), thrown);
  const { code, hint, exitCode } = thrown as { code?: unknown; hint?: unknown; exitCode?: unknown };
  const known = thrown.message.startsWith("Cannot ");
  if (!known) return unexpected(thrown.message, thrown);
  return new Failure(thrown.message, {
    exitCode: isExitCode(exitCode) ? exitCode : ExitCode.failed,
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof hint === "string" ? { hint } : {}),
    cause: thrown,
  });
}

function unexpected(state: string, cause: unknown): Failure {
  return new Failure(`Cannot go on: ${state}`, {
    code: "internal",
    hint: "run it again with -vv for the details",
    cause,
  });
}

function isExitCode(value: unknown): value is ExitCode {
  return typeof value === "number" && value in EXIT_CODE_NAMES;
}

/** The one line, or one JSON object, that stderr gets. */
export function describeFailure(failure: Failure, asJson: boolean): string {
  const { code, message, hint } = failure;
  if (asJson) return toJsonLine({ error: { code, message, hint } });
  const sentence = message.charAt(0).toLowerCase() + message.slice(1);
  return printable(`peat: ${sentence}${hint === undefined ? "" : `; ${hint}`}`);
}
