/** A programmer's error. It is never caused by input, so nothing catches it to carry on. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/**
 * Stays on in production: a node that is wrong about itself stops before it misleads others.
 * A message that costs something to build is handed in as a function.
 */
export function assert(
  condition: boolean,
  message: string | (() => string),
): asserts condition {
  if (!condition) throw new AssertionError(typeof message === "string" ? message : message());
}

/** Marks a place that the type checker proves unreachable, and says what arrived if it is reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`Cannot reach this place: got ${JSON.stringify(value)}`);
}
