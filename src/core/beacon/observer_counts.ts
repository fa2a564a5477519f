/** Every message ends in the table or in one of these. */
export interface ObserverCounts {
  accepted: number;
  /** Heard before, as on a second interface. */
  duplicate: number;
  /** Older than what was heard before. */
  replayed: number;
  own: number;
  /** A pulse of somebody whose beacon was not heard. */
  unknown: number;
  full: number;
  evicted: number;
}
