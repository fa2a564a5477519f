import { command } from "../src/cli/command.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { toggle } from "../src/cli/flags.ts";
import type { Output } from "../src/cli/output.ts";
import { printable } from "../src/cli/printable.ts";
import { type Column, table, TABLE_FLAGS, type TableOptions } from "../src/cli/table.ts";
import type { CellView } from "../src/control/cell_contract.ts";
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
  const { state, readiness, missing, gaps, leaderId, deputy, size, least, most, members } = cell;
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
  ];
  const fields = rows.filter(([_, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name.padEnd(12)} ${printable(value ?? "")}`);
  return [...fields, "", table(out, COLUMNS, members, options)].join("\n");
}

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
