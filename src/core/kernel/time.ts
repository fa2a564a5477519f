/** Milliseconds on a node's own monotonic clock. Two nodes' values are never compared. */
export type Millis = number;

/** Milliseconds since 1970 on a wall clock. For people to read, never for a decision between nodes. */
export type WallMillis = number;

/** The deadline of a machine that waits for input alone. */
export const NEVER: Millis = Infinity;

export const SECOND: Millis = 1_000;
export const MINUTE: Millis = 60 * SECOND;
export const HOUR: Millis = 60 * MINUTE;
