import { command } from "../src/cli/command.ts";
import { formatDistance } from "../src/cli/distance.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { toggle } from "../src/cli/flags.ts";
import type { Output } from "../src/cli/output.ts";
import { printable } from "../src/cli/printable.ts";
import { type Column, table, TABLE_FLAGS, type TableOptions } from "../src/cli/table.ts";
import type { CellsView, CellView, SummaryView } from "../src/control/cell_contract.ts";
import { confirmed } from "./formation/confirmed.ts";

export const status = command({
  examples: [
    ["peat cell status", "is the cell of the node here ready, and what does it lack?"],
    ["peat cell status --json | jq -r '.missing[]'", "what is missing, for a script"],
  ],
  description: "A cell is forming until it has a leader and everybody a role; failed while it " +
    "lacks members, a kind of capability, or readiness; awaiting approval when a person has to " +
    "agree to what it can do; and ready. Exit code 0 when it is ready, 6 otherwise, 1 when the " +
    "node is in no cell.",
  flags: TABLE_FLAGS,
  async run({ flags, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const cell = await (await openControl({ ...settings, env })).cell();
    out.value("cell", cell, () => statusText(out, cell, flags));
    return cell.state === "ready" ? ExitCode.done : ExitCode.partial;
  },
});

export const list = command({
  examples: [
    ["peat cell ls", "every cell that the node here knows of, and what each comes to"],
    ["peat cell ls --json | jq '.cells[] | select(.casualties > 0).cell'", "who lost somebody"],
    ["peat cell ls --json | jq .together", "what all of them come to"],
  ],
  description: "Of its own cell a node knows everybody who belongs to it; of another it knows " +
    "those whom it heard or was told of, and who fell silent counts as lost until it is " +
    "forgotten. No cohorts and federations are formed: `together` sums up all cells that are " +
    "known here, in the way in which a cohort is summed up.",
  flags: TABLE_FLAGS,
  async run({ flags, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const view = await (await openControl({ ...settings, env })).cells();
    out.value("cells", view, () => cellsText(out, view, flags));
  },
});

export const approve = command({
  examples: [
    ["peat cell approve --yes", "a person agrees to what the cell can do"],
    ["peat cell approve --dry-run", "would it be done?"],
  ],
  description: "The approval is signed with the key of the node here, and each member checks the " +
    "signature and the right to give it. It takes the role operator or admin (exit code 3) and a " +
    "formation, without which nobody could check (exit code 2). It holds for a day.",
  flags: {
    dryRun: toggle("only tell whether it would be done"),
    yes: toggle("do not ask"),
  },
  async run({ flags, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const open = () => openControl({ ...settings, env });
    const { cell } = await (await open()).approve(true);
    if (!flags.dryRun) confirmed(`approve what ${cell} can do`, flags.yes);
    const answer = await (await open()).approve(flags.dryRun);
    const done = flags.dryRun ? "would be approved" : "is approved";
    out.value("approved", answer, () => printable(`${answer.cell} ${done} by ${answer.issuer}`));
  },
});

function statusText(out: Output, cell: CellView, options: TableOptions): string {
  const { state, readiness, missing, gaps, leaderId, deputy, size, least, most, members, summary } =
    cell;
  const present = members.filter((member) => member.present).length;
  const limits = least === undefined || most === undefined ? "" : `, to be ${least} to ${most}`;
  const rows: [string, string | undefined][] = [
    ["cell", cell.cell],
    ["state", state],
    ["missing", missing.join(", ")],
    ["gaps", gaps.join(", ")],
    ["readiness", readiness.toFixed(2)],
    ["leader", leaderId ?? "nobody"],
    ["deputy", deputy],
    [
      "policy",
      `${cell.policy}, ${cell.policyAgreed ? "agreed under" : "as wished by"} ${cell.policySetBy}`,
    ],
    ["approved by", cell.approvedBy],
    ["members", `${size}, ${present} present${limits}`],
    ["operational", operationalText(summary)],
    ["health", summary.health],
    ["power", powerText(summary)],
    ["around", placeText(summary)],
    ["together", kindsText(summary)],
  ];
  const fields = rows.filter(([_, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name.padEnd(12)} ${printable(value ?? "")}`);
  return [...fields, "", table(out, COLUMNS, members, options)].join("\n");
}

function cellsText(out: Output, view: CellsView, options: TableOptions): string {
  const { cells, together, heardFrom, ofNodes } = view;
  const nodes = ofNodes === 1 ? "node" : "nodes";
  return [
    ...cells.length === 0 ? [] : [table(out, CELL_COLUMNS, cells, options)],
    `together ${operationalText(together)}; heard from ${heardFrom} of ${ofNodes} ${nodes}`,
  ].join("\n");
}

function operationalText({ members, operational, casualties }: SummaryView): string {
  return `${operational} of ${members}${casualties === 0 ? "" : `, ${casualties} lost`}`;
}

function powerText({ powerPercent }: SummaryView): string | undefined {
  return powerPercent === undefined ? undefined : `${powerPercent}%`;
}

function placeText({ center, radiusMeters = 0 }: SummaryView): string | undefined {
  if (center === undefined) return undefined;
  const place = `${center.latitude.toFixed(4)},${center.longitude.toFixed(4)}`;
  return radiusMeters === 0 ? place : `${place} within ${formatDistance(radiusMeters)}`;
}

/** Each kind with how far it can be relied on, and how many bring it. */
function kindsText({ capabilities }: SummaryView): string {
  return capabilities.map(({ type, confidence, effective, contributors }) => {
    const allowed = effective === undefined || effective === confidence
      ? ""
      : `, ${effective.toFixed(2)} as people allow`;
    return `${type} ${confidence.toFixed(2)} by ${contributors}${allowed}`;
  }).join("; ");
}

const CELL_COLUMNS: readonly Column<SummaryView>[] = [
  { name: "cell", cell: ({ cell }) => cell },
  {
    name: "operational",
    cell: operationalText,
    paint: (paint, cell, { casualties }) => casualties === 0 ? cell : paint.bad(cell),
  },
  { name: "health", cell: ({ health }) => health },
  { name: "power", cell: powerText },
  { name: "readiness", cell: ({ readiness }) => readiness.toFixed(2) },
  { name: "around", cell: placeText },
  { name: "together", cell: kindsText },
];

const COLUMNS: readonly Column<CellView["members"][number]>[] = [
  { name: "member", cell: ({ nodeId }) => nodeId },
  {
    name: "present",
    cell: ({ present }) => present ? "yes" : "no",
    paint: (paint, cell, { present }) => present ? cell : paint.bad(cell),
  },
  { name: "role", cell: ({ role }) => role },
  { name: "fitness", cell: ({ fitness }) => fitness?.toFixed(2) },
  { name: "reliability", cell: ({ reliability }) => reliability?.toFixed(2) },
  { name: "started with", cell: ({ startedWith }) => startedWith },
];
