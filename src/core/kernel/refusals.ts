import { OperatingError } from "./operating_error.ts";

/** What commands exit with; see `peat help exit-codes`. */
const NOT_AUTHENTICATED = 2;
const NOT_PERMITTED = 3;
const MALFORMED = 4;
const TIMED_OUT = 5;

interface Details {
  readonly code: string;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Credentials that are not good, or that others could have read. */
export function notAuthenticated(message: string, details: Details): OperatingError {
  return new OperatingError(message, { ...details, exitCode: NOT_AUTHENTICATED });
}

/** Good credentials, but not for this. */
export function notPermitted(message: string, details: Details): OperatingError {
  return new OperatingError(message, { ...details, exitCode: NOT_PERMITTED });
}

/** Something that cannot be understood, or that makes no sense here. */
export function malformed(message: string, details: Details): OperatingError {
  return new OperatingError(message, { ...details, exitCode: MALFORMED });
}

/** Nothing came back in the time that there was. */
export function timedOut(message: string, details: Details): OperatingError {
  return new OperatingError(message, { ...details, exitCode: TIMED_OUT });
}
