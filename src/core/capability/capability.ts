import type { Metadata } from "./metadata.ts";

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
  readonly metadata?: Metadata;
}

/** Bounds of what a node can do. Whoever reads it from outside refuses what is beyond them. */
export const CAPABILITY_LIMITS = {
  /** Of one node. */
  capabilities: 64,
  /** Keys of one capability. */
  metadata: 16,
  keyLength: 64,
  valueLength: 64,
} as const;

/** Capabilities with a name each, by which their node can be told to change them. */
export function withIds<One extends Pick<Capability, "type" | "name">>(
  capabilities: readonly One[],
): (One & { readonly id: string })[] {
  const counts = new Map<string, number>();
  return capabilities.map((one) => {
    const name = capabilityId(one.type, one.name);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return { ...one, id: count === 1 ? name : `${name}#${count}` };
  });
}

/** What the first capability of that type and name is called. */
export function capabilityId(type: string, name: string): string {
  return name === type ? type : `${type}:${name}`;
}
