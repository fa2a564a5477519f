import type { PlanWishes } from "./plan_wishes.ts";
import type { RunResult } from "./run.ts";
import { addRun, noRuns, type SoakSummary } from "./soak.ts";
import type { SoakTask } from "./soak_worker.ts";

export interface SoakOptions {
  readonly firstSeed: number;
  readonly wishes: PlanWishes;
  /** How many seeds are run at a time. */
  readonly jobs: number;
  /** A worker's thread that does what `serveSoak` does. */
  readonly makeWorker: () => Worker;
  /** Whether one more seed is to be begun, after so many. */
  readonly goesOn: (begun: number, summary: SoakSummary) => boolean;
  readonly onRun: (summary: SoakSummary) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs seed after seed on several threads. What was begun is finished, so that the seeds of a summary
 * follow upon each other, unless the signal ends all at once.
 */
export async function soakTogether(options: SoakOptions): Promise<SoakSummary> {
  const { firstSeed, wishes, jobs, makeWorker, goesOn, onRun, signal } = options;
  const summary = noRuns(firstSeed);
  let begun = 0;
  const workOn = async (worker: Worker) => {
    await answer(worker, signal);
    while (!signal.aborted && goesOn(begun, summary)) {
      const task: SoakTask = { seed: firstSeed + begun++, wishes };
      worker.postMessage(task);
      const result = await answer(worker, signal);
      if (result === undefined) return;
      addRun(summary, result);
      onRun(summary);
    }
  };
  const workers = Array.from({ length: jobs }, makeWorker);
  try {
    await Promise.all(workers.map(workOn));
  } finally {
    for (const worker of workers) worker.terminate();
  }
  return summary;
}

/** What the worker says next, or nothing once the signal aborts. */
function answer(worker: Worker, signal: AbortSignal): Promise<RunResult | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<RunResult | undefined>();
  const giveUp = () => resolve(undefined);
  signal.addEventListener("abort", giveUp, { once: true });
  worker.onmessage = ({ data }: MessageEvent<RunResult | undefined>) => {
    signal.removeEventListener("abort", giveUp);
    resolve(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`Cannot run a seed: ${event.message}`));
  };
  return promise;
}
