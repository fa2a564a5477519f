import { command, type CommandContext } from "../src/cli/command.ts";
import { formatDuration } from "../src/cli/duration.ts";
import { timeoutFailure, usageFailure } from "../src/cli/failure.ts";
import { argument, option, toggle } from "../src/cli/flags.ts";
import { choice, type Kind, named, text } from "../src/cli/kind.ts";
import type { Output } from "../src/cli/output.ts";
import { printable } from "../src/cli/printable.ts";
import { type Column, table, TABLE_FLAGS, type TableOptions } from "../src/cli/table.ts";
import { pause } from "../src/cli/watch.ts";
import type { Changing } from "../src/control/capability_client.ts";
import type { CapabilityView, ChangeAnswer } from "../src/control/capability_contract.ts";
import type { ControlClient } from "../src/control/client.ts";
import { HEALTH_STATES } from "../src/core/capability/health.ts";
import { CapabilitySpecError, parseCapability } from "../src/core/capability/spec.ts";

/** How often, and how long, peers are asked what they know of this node. */
const LOOK_MS = 50;
const ASK_MS = 500;

const peersAtLeast: Kind<number> = {
  placeholder: "CONDITION",
  parse(given) {
    const match = /^peers>=(\d{1,3})$/.exec(given.replaceAll(" ", ""));
    if (match !== null) return Number(match[1]);
    throw usageFailure(
      `Cannot wait for ${JSON.stringify(given)}: it is not a condition`,
      "write it like --wait='peers>=3'",
    );
  },
};

const specification: Kind<string> = {
  placeholder: "SPEC",
  parse(given) {
    try {
      parseCapability(given);
      return given;
    } catch (error) {
      if (!(error instanceof CapabilitySpecError)) throw error;
      throw usageFailure(error.message, "write it like sensor:thermal=0.9,range_m=2000");
    }
  },
};

const CHANGE_FLAGS = {
  wait: option(peersAtLeast, "wait until so many peers know of it, such as peers>=3", {
    implied: "peers>=1",
  }),
  dryRun: toggle("only show what would be changed"),
};

type Context = Pick<
  CommandContext<typeof CHANGE_FLAGS, Record<never, never>>,
  "flags" | "settings" | "out" | "env" | "progress" | "signal"
>;

export const set = command({
  examples: [
    [
      "peat capability set sensor:thermal=0.9,range_m=2000",
      "the node can see that far from now on",
    ],
    ["peat capability set sensor:thermal=0.3", "it still can, and not as well"],
    ["peat capability set payload:arm --wait='peers>=2'", "and two peers know of it"],
  ],
  description: "It is on the disk when the command ends, holds after a restart, and counts in " +
    "elections at once. What was known of a capability of that name is replaced, its values too.",
  args: {
    specification: argument(
      specification,
      "what the node can do, as type[:name][=confidence][,key=value]…",
    ),
  },
  flags: CHANGE_FLAGS,
  stopsCleanly: true,
  run: (context) => change(context, ["set", context.args.specification]),
});

export const clear = command({
  examples: [
    ["peat capability clear sensor:thermal", "the node cannot be relied on for it any more"],
    ["peat capability clear sensor", "nor for anything else of that type"],
  ],
  description: "The capability stays with confidence 0, so that everybody comes to know that it " +
    "is not to be counted on; no query finds it.",
  args: { name: argument(named("TYPE[:NAME]", text), "which one, or all of one type") },
  flags: CHANGE_FLAGS,
  stopsCleanly: true,
  run: (context) => change(context, ["clear", context.args.name]),
});

export const health = command({
  examples: [
    ["peat capability health degraded", "everything that the node can do counts six tenths"],
    ["peat capability health nominal", "and fully again"],
  ],
  description:
    "Others see every confidence times 1 in health nominal, 0.6 degraded, 0.3 critical " +
    "and 0 failed.",
  args: { state: argument(choice(...HEALTH_STATES), "how the node is") },
  flags: CHANGE_FLAGS,
  stopsCleanly: true,
  run: (context) => change(context, ["health", context.args.state]),
});

export const ls = command({
  examples: [
    ["peat capability ls", "what the node here can do, and where that comes from"],
    ["peat capability ls --json | jq '.capabilities[] | select(.effective < 0.5)'", "what is weak"],
  ],
  flags: TABLE_FLAGS,
  async run({ flags, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const { listCapabilities } = await import("../src/control/capability_client.ts");
    const list = await listCapabilities(await openControl({ ...settings, env }));
    out.value("capabilities", list, () => listText(out, list.capabilities, flags));
  },
});

async function change(
  { flags, settings, out, env, progress, signal }: Context,
  what: Changing,
): Promise<void> {
  const { openControl } = await import("../src/control/client.ts");
  const { changeCapability } = await import("../src/control/capability_client.ts");
  const control = await openControl({ ...settings, env });
  const startedAt = performance.now();
  const answer = await changeCapability(control, what, flags.dryRun);
  if (flags.wait === undefined || flags.dryRun) {
    return out.value("capability", answer, () => changeText(answer));
  }
  const holders = await waitForHolders(control, flags.wait, {
    timeoutMs: settings.timeoutMs,
    signal,
    show: (message) => progress.show(message),
  });
  progress.clear();
  const ms = Math.round(performance.now() - startedAt);
  const waited = { ...answer, acknowledgedBy: holders, ms };
  out.value(
    "capability",
    waited,
    () =>
      `${changeText(answer)}\n${printable(holders.join(" "))} know of it after ` +
      formatDuration(ms),
  );
}

/** Asks the peers until so many hold what this node can do as it is now. */
async function waitForHolders(
  control: ControlClient,
  least: number,
  { timeoutMs, signal, show }: {
    timeoutMs: number;
    signal: AbortSignal;
    show: (message: string) => void;
  },
): Promise<string[]> {
  const { askHolders } = await import("../src/control/capability_client.ts");
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const { holders, others } = await askHolders(control, Math.min(ASK_MS, timeoutMs / 2));
    if (holders.length >= least) return holders;
    const missing = `${holders.length} of ${holders.length + others.length} peers that answer`;
    if (performance.now() >= giveUpAt) {
      throw timeoutFailure(
        `Cannot wait longer for peers>=${least}: ${missing} know of it after ` +
          formatDuration(timeoutMs),
        "it was changed; see who is there: peat nodes",
      );
    }
    show(`waiting for peers>=${least}: ${missing} know of it`);
    await pause(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

function changeText({ nodeId, changed, health, dryRun }: ChangeAnswer): string {
  const verb = dryRun === true ? "would be" : "is";
  return printable(
    changed.map(({ id, effective }) => `${id} of ${nodeId} ${verb} relied on ${effective}`)
      .join("; ") || `the health of ${nodeId} ${verb} ${health}`,
  );
}

function listText(out: Output, list: readonly CapabilityView[], options: TableOptions): string {
  return table(out, COLUMNS, list, options);
}

const COLUMNS: readonly Column<CapabilityView>[] = [
  { name: "capability", cell: ({ id }) => id },
  { name: "confidence", cell: ({ confidence }) => confidence },
  { name: "effective", cell: ({ effective }) => effective },
  { name: "origin", cell: ({ origin }) => origin },
  {
    name: "metadata",
    cell: ({ metadata }) =>
      Object.entries(metadata).map(([key, value]) => `${key}=${value}`).join(" ") || undefined,
  },
];
