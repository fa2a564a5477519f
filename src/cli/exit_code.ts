/** What the process says when it ends. Scripts depend on these; `peat help exit-codes` lists them. */
export const ExitCode = {
  done: 0,
  failed: 1,
  notAuthenticated: 2,
  notPermitted: 3,
  usage: 4,
  timedOut: 5,
  partial: 6,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The default `code` of a failure with each exit code, as JSON readers see it. */
export const EXIT_CODE_NAMES: Record<ExitCode, string> = {
  0: "done",
  1: "failed",
  2: "not-authenticated",
  3: "not-permitted",
  4: "usage",
  5: "timed-out",
  6: "partial",
  130: "interrupted",
  143: "terminated",
};
