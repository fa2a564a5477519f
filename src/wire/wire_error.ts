export type WireErrorCode =
  /** The bytes end before the value does, or a length points past the end. */
  | "truncated"
  /** Longer than its kind may be. */
  | "tooLarge"
  | "tooDeep"
  /** So many small things that holding them would take far more memory than the bytes did. */
  | "tooMany"
  | "badVarint"
  | "badWireType"
  | "badUtf8"
  /** Well formed, but not a value that can be meant. */
  | "badValue"
  /** Not JSON of the type that was asked for. */
  | "badJson"
  | "unknownType";

/** The one way in which bytes or JSON from outside are refused. */
export class WireError extends Error {
  override readonly name = "WireError";

  constructor(
    readonly code: WireErrorCode,
    message: string,
    /** Where in the bytes the trouble is, for those who look at a capture. */
    readonly offset?: number,
  ) {
    super(offset === undefined ? message : `${message} at byte ${offset}`);
  }
}
