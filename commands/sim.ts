import { formatByteSize } from "../src/cli/byte_size.ts";
import { command } from "../src/cli/command.ts";
import { formatDuration } from "../src/cli/duration.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { usageFailure } from "../src/cli/failure.ts";
import { argument, option, optionalArgument } from "../src/cli/flags.ts";
import { duration, filePath, named, text } from "../src/cli/kind.ts";
import { didYouMean } from "../src/cli/nearest.ts";
import type { Output } from "../src/cli/output.ts";
import { table } from "../src/cli/table.ts";
import { pause } from "../src/cli/watch.ts";
import { describeFault } from "../src/sim/faults.ts";
import { describeWork } from "../src/sim/work.ts";
import { nodeName } from "../src/sim/node_name.ts";
import type { Plan } from "../src/sim/plan.ts";
import type { PlanWishes } from "../src/sim/plan_wishes.ts";
import { drawPlan } from "../src/sim/random_plan.ts";
import { replayRecording } from "../src/sim/replay_recording.ts";
import { planOf, replayTrace } from "../src/sim/replay_trace.ts";
import { runInSlices, type RunResult } from "../src/sim/run.ts";
import { parseScenario, type Scenario } from "../src/sim/scenario.ts";
import { builtInScenarios } from "../src/sim/scenarios.ts";
import { shrink, type Shrunk } from "../src/sim/shrink.ts";
import { runTraced, runTracedInSlices } from "../src/sim/trace.ts";
import { linesOf, LineWriter } from "./sim_files.ts";
import { freshSeed, PLAN_FLAGS } from "./sim_flags.ts";

/** How long the process computes before it looks up for a signal. */
const LOOK_UP_EVERY_MS = 100;

/** A signal is only noticed by a process that waits for something. */
const LOOK_UP_MS = 1;

/** How many of the last steps a report of a violation shows. */
const LAST_STEPS = 12;

export const run = command({
  examples: [
    ["peat sim run --seed 7 --nodes 50", "fifty nodes with whatever faults seed 7 draws"],
    ["peat sim run two-halves --seed 7", "a scenario that ships with peat"],
    ["peat sim run my.toml --seed 7 --trace run.ndjson", "your own, with every step on record"],
    ["peat sim run --nodes 1000 --duration 10m --faults none", "scale, without trouble"],
  ],
  description: "The same seed gives the same run, to the last byte of its trace, on any machine. " +
    "When an invariant breaks, the run is shrunk to the fewest faults that still break it, the " +
    "trace file then holds that smallest run, and the exit code is 1.",
  args: {
    scenario: optionalArgument(named("SCENARIO", text), "a scenario's name, or a TOML file"),
  },
  flags: {
    ...PLAN_FLAGS,
    duration: option(duration, "virtual time before everything is healed"),
    trace: option(filePath, "write every step to this file"),
  },
  stopsCleanly: true,
  async run({ args, flags, out, progress, signal }) {
    const plan = planFor(args.scenario, flags);
    const result = await runWatched(
      plan,
      flags.trace,
      signal,
      (virtualMs) => progress.showShare(`seed ${plan.seed}`, virtualMs / plan.durationMs),
    );
    progress.clear();
    if (result === undefined) return;
    if (result.violation === undefined) {
      out.value("run", summaryOf(result), () => summaryText(result));
      return;
    }
    const shrunk = shrink(result);
    const lastSteps = traceShrunk(shrunk, flags.trace);
    const report = { ...summaryOf(result), violation: violationOf(result, shrunk, flags.trace) };
    out.value("run", report, () => violationText(result, shrunk, lastSteps, flags.trace));
    return ExitCode.failed;
  },
});

export const replay = command({
  examples: [
    ["peat sim replay run.ndjson", "run a trace again and compare it line by line"],
    ["peat sim replay node.rec", "hand a node what `peat node run --record` wrote down"],
  ],
  args: { file: argument(named("FILE", filePath), "a trace, or a recording of a node") },
  run({ args, out }) {
    const lines = linesOf(args.file);
    const first = lines.next();
    const firstLine = first.done === true ? "" : first.value;
    if (firstLine.startsWith('{"type":"header"')) return replayNode(out, args.file);
    const plan = planOf(firstLine, args.file);
    const { result, differsAt, lines: count } = replayTrace(plan, linesOf(args.file));
    const report = { ...summaryOf(result), lines: count, differsAt, violation: result.violation };
    out.value("replay", report, () => {
      const same = differsAt === undefined
        ? `all ${count} lines came out the same`
        : `line ${differsAt.line} came out differently:\n  was ${differsAt.was}\n  is  ${differsAt.is}`;
      return `${summaryText(result)}\n${same}`;
    });
    const good = differsAt === undefined && result.violation === undefined;
    return good ? ExitCode.done : ExitCode.failed;
  },
});

export const scenarios = command({
  examples: [
    ["peat sim scenarios", "what there is"],
    ["peat sim scenarios two-halves > my.toml", "one of them as a file to start from"],
  ],
  args: { name: optionalArgument(named("NAME", text), "print this scenario's file") },
  run({ args, out }) {
    const known = builtInScenarios();
    if (args.name !== undefined) {
      const { name, about, toml } = scenarioNamed(args.name, known);
      return out.value("scenario", { name, about, toml }, () => toml);
    }
    const rows = known.map(({ name, about, plan }) => ({ name, about, nodes: plan.nodes }));
    const columns = [
      { name: "name", cell: (row: typeof rows[number]) => row.name },
      { name: "nodes", cell: (row: typeof rows[number]) => row.nodes },
      { name: "about", cell: (row: typeof rows[number]) => row.about },
    ];
    out.list("scenario", rows, () => table(out, columns, rows));
  },
});

interface PlanFlags {
  readonly focus?: PlanWishes["focus"];
  readonly seed?: number | undefined;
  readonly nodes?: number | undefined;
  readonly profile?: Plan["profile"] | undefined;
  readonly faults?: Pick<PlanWishes, "kinds" | "network"> | undefined;
  readonly duration?: number | undefined;
}

function planFor(name: string | undefined, flags: PlanFlags): Plan {
  const { nodes, profile, focus, duration: durationMs } = flags;
  if (name === undefined) {
    const wishes = { nodes, profile, durationMs, focus, ...flags.faults };
    return drawPlan(flags.seed ?? freshSeed(), wishes);
  }
  const misfit = flags.faults !== undefined ? "--faults" : focus && "--focus";
  if (misfit !== undefined) {
    throw usageFailure(
      `Cannot use ${misfit} with a scenario: a scenario has its own`,
      "change its file instead, which `peat sim scenarios NAME` prints",
    );
  }
  const scenario = loadScenario(name, nodes);
  return {
    ...scenario.plan,
    seed: flags.seed ?? scenario.seed ?? freshSeed(),
    profile: profile ?? scenario.plan.profile,
    durationMs: durationMs ?? scenario.plan.durationMs,
  };
}

function loadScenario(name: string, nodes: number | undefined): Scenario {
  const isFile = name.includes("/") || name.endsWith(".toml");
  const known = builtInScenarios();
  const toml = isFile ? readScenario(name) : scenarioNamed(name, known).toml;
  // Even one that ships with peat is read again: its faults are held against the wished size.
  return parseScenario(toml, isFile ? name : `${name} (built in)`, nodes);
}

function scenarioNamed<T extends Scenario>(name: string, known: readonly T[]): T {
  const found = known.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const names = known.map((scenario) => scenario.name);
  throw usageFailure(
    `Cannot find scenario ${JSON.stringify(name)}: none that ships with peat has this name`,
    didYouMean(name, names, "list them with: peat sim scenarios"),
  );
}

function readScenario(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const state = error instanceof Error ? error.message : String(error);
    throw usageFailure(`Cannot read scenario ${path}: ${state}`);
  }
}

/** Runs a plan, looking up now and then. Undefined when a signal ended it. */
async function runWatched(
  plan: Plan,
  tracePath: string | undefined,
  signal: AbortSignal,
  show: (virtualMs: number) => void,
): Promise<RunResult | undefined> {
  using writer = tracePath === undefined ? undefined : new LineWriter(tracePath);
  const slices = writer === undefined
    ? runInSlices(plan)
    : runTracedInSlices(plan, (line) => writer.write(line));
  let lookUpAt = performance.now() + LOOK_UP_EVERY_MS;
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
    if (performance.now() < lookUpAt) continue;
    show(slice.value);
    await pause(LOOK_UP_MS, signal);
    if (signal.aborted) return undefined;
    lookUpAt = performance.now() + LOOK_UP_EVERY_MS;
  }
}

/** Runs the smallest failing plan once more, for its trace. Answers the last steps of it. */
function traceShrunk({ plan }: Shrunk, tracePath: string | undefined): string[] {
  using writer = tracePath === undefined ? undefined : new LineWriter(tracePath);
  const last: string[] = [];
  runTraced(plan, (line) => {
    writer?.write(line);
    if (!line.startsWith('{"type":"step"')) return;
    if (last.push(line) > LAST_STEPS) last.shift();
  });
  return last;
}

function summaryOf({ plan, steps, counts, notices, virtualMs, ...ended }: RunResult) {
  return {
    seed: plan.seed,
    nodes: plan.nodes,
    profile: plan.profile,
    faults: plan.faults.length,
    durationMs: plan.durationMs,
    virtualMs,
    steps,
    violations: ended.violation === undefined ? 0 : 1,
    elections: ended.elections,
    messages: counts.sent,
    deliveries: counts.delivered,
    bytes: counts.bytes,
    notices,
    rejected: ended.rejected,
    convergedMs: ended.convergedMs,
  };
}

function violationOf(result: RunResult, shrunk: Shrunk, trace: string | undefined) {
  const { plan } = shrunk;
  return {
    ...result.violation!,
    smallest: {
      ...shrunk.result.violation!,
      faults: plan.faults.map((fault) => describeFault(fault, nodeName)),
      ...(plan.work === undefined
        ? {}
        : { work: plan.work.map((work) => describeWork(work, nodeName)) }),
      attempts: shrunk.attempts,
      trace,
    },
  };
}

function summaryText({ plan, steps, counts, convergedMs, violation }: RunResult): string {
  const faults = `${plan.faults.length} ${plan.faults.length === 1 ? "fault" : "faults"}`;
  const lines = [
    `seed ${plan.seed}: ${plan.nodes} nodes, ${plan.profile}, ` +
    `${formatDuration(plan.durationMs)}, ${faults}`,
    `${steps} steps, ${counts.sent} datagrams, ${formatByteSize(counts.bytes)}`,
  ];
  if (convergedMs !== undefined) lines.push(`converged after ${formatDuration(convergedMs)}`);
  if (violation === undefined) lines.push("no violation");
  else lines.push(`broke ${violation.invariant}: ${violation.detail}`);
  return lines.join("\n");
}

function violationText(
  result: RunResult,
  { plan, result: smallest, attempts }: Shrunk,
  lastSteps: readonly string[],
  trace: string | undefined,
): string {
  const { invariant, step, atMs, detail, phase } = result.violation!;
  const of = result.plan.faults.length;
  return [
    `seed ${plan.seed} broke ${invariant} (${phase}) at step ${step}, ${formatDuration(atMs)}`,
    `  ${detail}`,
    `the smallest run that still does, ${plan.faults.length} of ${of} faults, ` +
    `found in ${attempts} runs:`,
    ...plan.faults.map((fault) => `  ${describeFault(fault, nodeName)}`),
    ...(plan.work ?? []).map((work) => `  ${describeWork(work, nodeName)}`),
    `  step ${smallest.violation!.step}: ${smallest.violation!.detail}`,
    "its last steps:",
    ...lastSteps.map((line) => `  ${line}`),
    trace === undefined
      ? "keep its trace with --trace FILE, and run it again with: peat sim replay FILE"
      : `run it again with: peat sim replay ${trace}`,
  ].join("\n");
}

function replayNode(out: Output, path: string): ExitCode {
  const { node, ...replayed } = replayRecording(linesOf(path), path);
  const peers = [...node.peers()].map(({ nodeId, state }) => ({ nodeId, state }));
  out.value("replay", { ...replayed, peers }, () => {
    const { differsAt } = replayed;
    const verdict = differsAt === undefined
      ? "it wanted the same all the way"
      : `it wanted something else from input ${differsAt.input} on`;
    return `${replayed.nodeId}: ${replayed.inputs} inputs, ${replayed.outputs} outputs over ` +
      `${formatDuration(replayed.durationMs)}; ${verdict}`;
  });
  return replayed.differsAt === undefined ? ExitCode.done : ExitCode.failed;
}
