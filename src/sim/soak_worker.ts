/// <reference lib="deno.worker" />
import type { PlanWishes } from "./plan_wishes.ts";
import { drawPlan } from "./random_plan.ts";
import { run } from "./run.ts";

/** One run that a worker is asked for. It answers with what came of it. */
export interface SoakTask {
  readonly seed: number;
  readonly wishes: PlanWishes;
}

/**
 * Makes this worker's thread run one seed for each message. It says first that it listens: what
 * comes while it still loads its code is lost.
 */
export function serveSoak(): void {
  self.onmessage = ({ data: { seed, wishes } }: MessageEvent<SoakTask>) => {
    self.postMessage(run(drawPlan(seed, wishes)));
  };
  self.postMessage(undefined);
}
