import { command } from "../src/cli/command.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { option } from "../src/cli/flags.ts";
import type { Output } from "../src/cli/output.ts";
import { printable } from "../src/cli/printable.ts";
import { type Column, table, TABLE_FLAGS, type TableOptions } from "../src/cli/table.ts";
import type {
  CandidateView,
  ElectionView,
  ExplanationView,
} from "../src/control/election_contract.ts";
import { statusRows } from "./election/status_rows.ts";
import { condition, waitForLeader } from "./election/wait.ts";

export const status = command({
  examples: [
    ["peat election status", "who leads the cell of the node here"],
    ["peat election status --json | jq -r .leaderId", "its name alone"],
    ["peat election status --wait=leader --timeout 30s", "wait until somebody leads"],
  ],
  description: "Exit code 0 when the leader has the quorum of its cell, 6 when it leads a part " +
    "that cannot reach so many (autonomous) or nobody leads, 1 when the node is in no cell. " +
    "`peat help election` explains the words.",
  flags: {
    wait: option(condition, "wait for a leader, or for one with quorum", { implied: "leader" }),
    ...TABLE_FLAGS,
  },
  stopsCleanly: true,
  async run({ flags, settings, out, env, progress, signal }) {
    const { openControl } = await import("../src/control/client.ts");
    const ask = async () => await (await openControl({ ...settings, env })).election();
    const election = flags.wait === undefined ? await ask() : await waitForLeader({
      condition: flags.wait,
      ask,
      timeoutMs: settings.timeoutMs,
      signal,
      show: (message) => progress.show(message),
    });
    progress.clear();
    out.value("election", election, () => statusText(out, election, flags));
    return election.authority === "quorum" ? ExitCode.done : ExitCode.partial;
  },
});

export const explain = command({
  examples: [
    ["peat election explain", "why this one leads, and no other"],
    ["peat election explain --json | jq '.candidates[] | {nodeId, total, reason}'", "for a script"],
  ],
  description: "The values are those that the ranking used when the leader was elected; whoever " +
    "joined later has today's. Exit code 6 while nobody leads.",
  flags: TABLE_FLAGS,
  async run({ flags, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const control = await openControl({ ...settings, env });
    const explanation = await control.explanation();
    out.value("explanation", explanation, () => explanationText(out, explanation, flags));
    return explanation.winner === undefined ? ExitCode.partial : ExitCode.done;
  },
});

function statusText(out: Output, election: ElectionView, options: TableOptions): string {
  const fields = statusRows(election, Date.now())
    .map(([name, value]) => `${name.padEnd(12)} ${printable(value)}`);
  const { members } = election;
  return [...fields, "", table(out, MEMBER_COLUMNS, members, options)].join("\n");
}

const MEMBER_COLUMNS: readonly Column<ElectionView["members"][number]>[] = [
  { name: "member", cell: ({ nodeId }) => nodeId },
  {
    name: "present",
    cell: ({ present }) => present ? "yes" : "no",
    paint: (paint, cell, { present }) => present ? cell : paint.bad(cell),
  },
  {
    name: "role",
    cell: ({ role }) => role,
    paint: (paint, cell, { role }) => role === "leader" ? paint.strong(cell) : cell,
  },
  { name: "deputy", cell: ({ deputy }) => deputy ? "yes" : undefined },
];

function explanationText(
  out: Output,
  explanation: ExplanationView,
  options: TableOptions,
): string {
  const { cell, term, winner, authority, candidates } = explanation;
  const leads = winner === undefined
    ? `nobody leads ${cell}`
    : `${winner} leads ${cell} in term ${term}, ${authority}`;
  const { operator } = explanation.weights;
  const persons: Column<CandidateView>[] = operator === undefined
    ? []
    : [{ name: "operator", cell: (candidate) => thousandths(candidate.operator ?? 0) }];
  const [node, total, ...rest] = CANDIDATE_COLUMNS;
  const columns = [node!, total!, ...persons, ...rest];
  return [
    printable(leads),
    `${explanation.ranking}: ${formulaOf(explanation)}`,
    "",
    table(out, columns, candidates, options),
  ].join("\n");
}

/** How a total is made, so that a person can make it again. */
function formulaOf({ weights: { operator, ...parts } }: ExplanationView): string {
  const node = Object.entries(parts).map(([name, weight]) => `${weight} ${name}`).join(" + ");
  if (operator === undefined) return `total = ${node}`;
  if (operator === 1) return "total = operator";
  return `total = ${operator} operator + ${thousandths(1 - operator)} (${node})`;
}

const PARTS = ["compute", "communication", "sensors", "power", "reliability"] as const;

export const CANDIDATE_COLUMNS: readonly Column<CandidateView>[] = [
  { name: "node", cell: ({ nodeId }) => nodeId },
  { name: "total", cell: ({ total }) => thousandths(total) },
  ...PARTS.map((part): Column<CandidateView> => ({
    name: part,
    cell: (candidate) => thousandths(candidate[part]),
  })),
  {
    name: "reason",
    cell: ({ reason, totalNow }) =>
      totalNow === undefined ? reason : `${reason} (now ${thousandths(totalNow)})`,
    paint: (paint, cell, { reason, eligible }) =>
      reason.startsWith("won") ? paint.good(cell) : eligible ? cell : paint.faint(cell),
  },
];

function thousandths(value: number): string {
  return String(Math.round(value * 1_000) / 1_000);
}
