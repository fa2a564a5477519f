import { command } from "../src/cli/command.ts";
import { formatDuration } from "../src/cli/duration.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { option, toggle } from "../src/cli/flags.ts";
import { duration, integer } from "../src/cli/kind.ts";
import { mainModule } from "../src/cli/self.ts";
import type { SoakSummary } from "../src/sim/soak.ts";
import { soakTogether } from "../src/sim/soak_crew.ts";
import { inOrder } from "../src/sim/tally.ts";
import { freshSeed, PLAN_FLAGS } from "./sim_flags.ts";

/** As many as any machine has processors to run them. */
const MOST_JOBS = 256;

export const soak = command({
  examples: [
    ["peat sim soak --duration 10m", "fresh seeds for ten minutes"],
    ["peat sim soak --seed 1 --seeds 10000 --json", "ten thousand seeds from 1 on, counted"],
    ["peat sim soak --focus election --seeds 1000", "elections, where several things go wrong"],
    ["peat sim soak --focus documents --seeds 1000", "documents that many write meanwhile"],
  ],
  description:
    "Ends at the first violation, unless told to keep going, and exits 1. As many seeds " +
    "are run at a time as there are processors; each seed gives the same run as it does alone.",
  flags: {
    ...PLAN_FLAGS,
    seeds: option(integer({ least: 1 }), "stop after this many seeds"),
    duration: option(duration, "begin no seed after this long"),
    jobs: option(integer({ least: 1, most: MOST_JOBS }), "how many seeds are run at a time"),
    keepGoing: toggle("count violations instead of stopping at the first"),
  },
  stopsCleanly: true,
  async run({ flags, out, progress, signal }) {
    const { nodes, profile, focus, seeds = Infinity, keepGoing } = flags;
    const endAt = performance.now() + (flags.duration ?? Infinity);
    const summary = await soakTogether({
      firstSeed: flags.seed ?? freshSeed(),
      wishes: { nodes, profile, focus, ...flags.faults },
      jobs: Math.min(flags.jobs ?? navigator.hardwareConcurrency, seeds),
      makeWorker: () => new Worker(mainModule(), { type: "module" }),
      goesOn: (begun, { violations }) =>
        begun < seeds && performance.now() < endAt && (violations === 0 || keepGoing),
      onRun: ({ seeds, violations }) => progress.show(`${seeds} seeds, ${violations} violations`),
      signal,
    });
    progress.clear();
    const { failures, drawn, ...counts } = summary;
    const failed = failures.map(({ plan, violation }) => ({ seed: plan.seed, ...violation }));
    out.value("soak", { ...counts, drawn: inOrder(drawn), failed }, () => soakText(summary));
    return counts.violations > 0 ? ExitCode.failed : undefined;
  },
});

function soakText(summary: SoakSummary): string {
  const { firstSeed, seeds, steps, virtualMs, violations, failures } = summary;
  return [
    `${seeds} seeds from ${firstSeed}: ${steps} steps, ${
      formatDuration(virtualMs)
    } of virtual time`,
    violations === 0
      ? "no violation"
      : `${violations} ${violations === 1 ? "violation" : "violations"}`,
    ...failures.map(({ plan, violation }) =>
      `  seed ${plan.seed} broke ${violation!.invariant}: ${violation!.detail}`
    ),
  ].join("\n");
}
