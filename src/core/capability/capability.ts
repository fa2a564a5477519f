/** The kinds of thing a node can bring to its cell, in the public schema's order. */
export const CAPABILITY_TYPES = [
  "sensor",
  "compute",
  "communication",
  "mobility",
  "payload",
] as const;

export type CapabilityType = (typeof CAPABILITY_TYPES)[number];

/** One thing that a node can do. */
export interface Capability {
  readonly type: CapabilityType;
  readonly name: string;
  /** How far to rely on it, from 0 (not at all) to 1. */
  readonly confidence: number;
  readonly metadata?: Readonly<Record<string, string>>;
}
