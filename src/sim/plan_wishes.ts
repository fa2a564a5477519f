import type { Millis } from "../core/kernel/time.ts";
import type { ProfileName } from "../core/profile.ts";
import type { FaultKind } from "./faults.ts";
import type { NetworkConditions } from "./network.ts";

/** What the caller wants fixed; the seed draws the rest. */
export interface PlanWishes {
  readonly nodes?: number | undefined;
  readonly durationMs?: Millis | undefined;
  readonly profile?: ProfileName | undefined;
  readonly network?: Partial<NetworkConditions> | undefined;
  /** Which kinds of fault may be drawn. An empty list makes a quiet run. */
  readonly kinds?: readonly FaultKind[] | undefined;
  /** What the run is about, where it is not about all there is. */
  readonly focus?: Focus | undefined;
}

/**
 * A focus on elections has everybody in a cell, and trouble around whoever leads it; one on documents
 * has several nodes write the same few while things go wrong.
 */
export const FOCUSES = ["all", "election", "documents"] as const;

export type Focus = (typeof FOCUSES)[number];
