import { command, type CommandContext } from "../src/cli/command.ts";
import { formatDistance } from "../src/cli/distance.ts";
import { formatDuration } from "../src/cli/duration.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { timeoutFailure, usageFailure } from "../src/cli/failure.ts";
import { option, optionalArgument, repeated, toggle } from "../src/cli/flags.ts";
import { choice, coordinates, decimal, integer, type Kind, named, text } from "../src/cli/kind.ts";
import type { Output } from "../src/cli/output.ts";
import { printable } from "../src/cli/printable.ts";
import { type Column, table, TABLE_FLAGS, type TableOptions } from "../src/cli/table.ts";
import { pause } from "../src/cli/watch.ts";
import type { QueryAnswer, QueryResultView } from "../src/control/capability_contract.ts";
import type { OperatingError } from "../src/core/kernel/operating_error.ts";
import { printQuery } from "../src/core/capability/query/printer.ts";
import { queryFrom } from "./query_from.ts";
import { peersAmong } from "./peers_among.ts";
import { type Reach, REACH_SETTINGS, reachNode } from "./reach.ts";

const LOOK_MS = 100;

/** Of the time that the command may take, what peers have to answer in, and how long that is at most. */
const LIVE_SHARE = 0.8;
const LONGEST_LIVE_MS = 2_000;
/** And what a visit has to be connected in with those that it heard, before it asks them. */
const CONNECT_SHARE = 0.5;

/** What `--wait` waits for. */
interface Condition {
  readonly what: "results" | "heard" | "peers";
  readonly least: number;
}

const condition: Kind<Condition> = {
  placeholder: "CONDITION",
  parse(given) {
    const match = /^(results|heard|peers)>=(\d{1,6})$/.exec(given.replaceAll(" ", ""));
    if (match !== null) return { what: match[1] as Condition["what"], least: Number(match[2]) };
    throw usageFailure(
      `Cannot wait for ${JSON.stringify(given)}: it is not a condition`,
      "write it like --wait='results>=1', --wait='heard>=3' or --wait='peers>=3'",
    );
  },
};

export const query = command({
  examples: [
    ["peat query 'type:sensor AND confidence>=0.8'", "who has a sensor that can be relied on"],
    ["peat query --type compute --nearest 3", "the three nearest that compute"],
    [
      "peat query 'type:sensor AND metadata.range_m>1000 AND NOT cell:alpha ORDER BY distance LIMIT 5'",
      "the five nearest far-seeing sensors of other cells",
    ],
    [
      "peat query 'HAS(type:sensor) AND HAS(type:compute)' --json | jq -r '.results[].nodeId'",
      "both in one node",
    ],
    ["peat query --composed 'name:isr_chain'", "cells that sense, compute and tell together"],
    ["peat query --type payload --live", "ask the nodes themselves, and wait for their answers"],
    ["peat query --type payload --wait --timeout 1m", "wait until somebody has one"],
  ],
  description: "Answers at once from what the node knows, and says from how many nodes it knows " +
    "that, of how many. An expression that cannot be understood is refused; see `peat help query` " +
    "for all that can be asked.",
  settings: REACH_SETTINGS,
  args: {
    expression: optionalArgument(
      named("EXPR", text),
      "what is asked for, as text or in its typed form; everybody where it is left out",
    ),
  },
  flags: {
    type: repeated(
      choice("sensor", "compute", "communication", "mobility", "payload", "emergent"),
      "only capabilities of this type, or of one of these",
    ),
    minConfidence: option(decimal({ least: 0, most: 1 }), "only those relied on at least so far"),
    cell: option(named("ID", text), "only nodes of this cell"),
    nearest: option(
      integer({ least: 1, most: 10_000 }),
      "so many at most, the nearest first: by distance, or where that is not known by round trip",
    ),
    near: option(coordinates, "from where distances are taken; else from the node that is asked"),
    composed: toggle("cells as well, by what their members can do together"),
    live: toggle("ask every connected node now, and answer by what they say"),
    wait: option(condition, "wait for a condition, such as results>=1, heard>=3 or peers>=3", {
      implied: "results>=1",
    }),
    exitStatus: toggle("exit with 1 when nobody matches"),
    explain: toggle("only show how the query is understood, as text and in its typed form"),
    ...TABLE_FLAGS,
  },
  stopsCleanly: true,
  async run(context) {
    const { flags, args, settings, out, progress, signal } = context;
    const asked = queryFrom(args.expression, flags);
    const line = printQuery(asked);
    if (flags.explain) {
      return out.value("query", { query: line, typed: asked }, () => explained(line, asked));
    }
    const { askQuery } = await import("../src/control/capability_client.ts");
    await using node = await reachNode(context, { settle: flags.wait === undefined });
    if (flags.live && node.isVisit) await connectedWithAll(node, context);
    const liveMs = flags.live
      ? Math.min(LONGEST_LIVE_MS, settings.timeoutMs * LIVE_SHARE)
      : undefined;
    const ask = async () => await askQuery(await node.control(), line, liveMs);
    const show = (message: string) => progress.show(message);
    const answer = flags.wait === undefined
      ? await ask()
      : await waitFor(flags.wait, ask, { timeoutMs: settings.timeoutMs, signal, show });
    progress.clear();
    out.value("query", answer, () => textOf(out, answer, flags));
    return flags.exitStatus && answer.total === 0 ? ExitCode.failed : ExitCode.done;
  },
});

type Surroundings = Pick<
  CommandContext<Record<never, never>, Record<never, never>>,
  "settings" | "progress" | "signal"
>;

interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly show: (message: string) => void;
}

/**
 * Only who is connected can be asked. Who is not within this time is not asked, and the answer says
 * from how many of how many nodes it is.
 */
async function connectedWithAll(
  node: Reach,
  { settings, progress, signal }: Surroundings,
): Promise<void> {
  const giveUpAt = performance.now() + settings.timeoutMs * CONNECT_SHARE;
  const control = await node.control();
  for (;;) {
    // Who is known through others alone cannot be dialled from here.
    const near = peersAmong(await control.nodes()).filter(({ via }) => via === undefined);
    const missing = near.filter(({ connected }) => connected !== true);
    if (missing.length === 0 || performance.now() >= giveUpAt) return;
    progress.show(`connecting with ${missing.length} of ${near.length} nodes`);
    await pause(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

/** A node that does not run yet is waited for like everything else. */
async function waitFor(
  { what, least }: Condition,
  ask: () => Promise<QueryAnswer>,
  { timeoutMs, signal, show }: WaitOptions,
): Promise<QueryAnswer> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const answer = await orNothing(ask);
    const reached = answer === undefined ? 0 : reachedBy(answer)[what];
    if (answer !== undefined && reached >= least) return answer;
    const missing = answer === undefined
      ? "no node is running"
      : `only ${reached}, heard from ${answer.heardFrom} of ${answer.ofNodes} nodes`;
    if (performance.now() >= giveUpAt) {
      throw timeoutFailure(
        `Cannot wait longer for ${what}>=${least}: ${missing} after ${formatDuration(timeoutMs)}`,
        "try a longer --timeout, or see who is there: peat nodes",
      );
    }
    show(`waiting for ${what}>=${least}: ${missing}`);
    await pause(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

function reachedBy({ total, heardFrom }: QueryAnswer): Record<Condition["what"], number> {
  return { results: total, heard: heardFrom, peers: heardFrom - 1 };
}

async function orNothing(ask: () => Promise<QueryAnswer>): Promise<QueryAnswer | undefined> {
  try {
    return await ask();
  } catch (error) {
    if ((error as OperatingError).code === "node-not-running") return undefined;
    throw error;
  }
}

function textOf(out: Output, answer: QueryAnswer, options: TableOptions): string {
  const { results, aggregates = [], total, heardFrom, ofNodes } = answer;
  const shown = results.length < total ? `, ${results.length} of them shown` : "";
  const matched = total === 0 ? "nobody matches" : `${total} ${total === 1 ? "matches" : "match"}`;
  return [
    ...results.length === 0 ? [] : [table(out, COLUMNS, results, options)],
    ...aggregates.map(({ function: name, field, value, values }) =>
      printable(
        `${name}${field === undefined ? "" : `(${field})`}: ${value ?? "-"}` +
          (values === undefined ? "" : ` (${values.join(", ")})`),
      )
    ),
    `${matched}${shown}; heard from ${heardFrom} of ${ofNodes} ${ofNodes === 1 ? "node" : "nodes"}`,
  ].join("\n");
}

const COLUMNS: readonly Column<QueryResultView>[] = [
  {
    name: "node",
    cell: ({ nodeId, composed, cell }) => composed === true ? `cell ${cell} (${nodeId})` : nodeId,
  },
  { name: "score", cell: ({ score }) => score.toFixed(3) },
  { name: "cell", cell: ({ cell }) => cell },
  {
    name: "distance",
    cell: ({ distanceMeters }) =>
      distanceMeters === undefined ? undefined : formatDistance(distanceMeters),
  },
  { name: "rtt", cell: ({ rttMs }) => rttMs === undefined ? undefined : `${rttMs.toFixed(1)}ms` },
  {
    name: "capabilities",
    cell: ({ capabilities }) => capabilities.map(capabilityText).join(" "),
  },
];

function capabilityText(
  { id, confidence, metadata }: QueryResultView["capabilities"][number],
): string {
  const values = Object.entries(metadata).map(([key, value]) => `,${key}=${value}`).join("");
  return `${id}=${confidence}${values}`;
}

function explained(line: string, typed: object): string {
  return `${line}\n${JSON.stringify(typed, undefined, 2)}`;
}
