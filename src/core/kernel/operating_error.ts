/**
 * Something outside the program stands in the way: a disk, a port, another process. The message
 * reads `Cannot <do> <what>: <state>` and the hint says what a person can do about it.
 */
export class OperatingError extends Error {
  override readonly name = "OperatingError";
  /** A stable name for programs. */
  readonly code: string;
  readonly hint: string | undefined;
  /** What the process should say when this ends it; 1 when absent. */
  readonly exitCode: number | undefined;

  constructor(
    message: string,
    options: { code: string; hint?: string; exitCode?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.hint = options.hint;
    this.exitCode = options.exitCode;
  }
}
