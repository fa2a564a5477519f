import { formatAgo, formatDuration } from "../../src/cli/duration.ts";
import type { ElectionView } from "../../src/control/election_contract.ts";

/** Who leads and by which right, as pairs of a name and what is printed beside it. */
export function statusRows(election: ElectionView, nowMs: number): [string, string][] {
  const { cell, leaderId, term, since, state, members, transitions } = election;
  const present = members.filter((member) => member.present).length;
  const rows: [string, string | undefined][] = [
    ["cell", cell],
    ["leader", leaderId ?? "nobody"],
    ["term", String(term)],
    ["authority", authorityText(election)],
    ["since", since && `${since} (${formatAgo(nowMs - Date.parse(since))})`],
    ["state", state],
    [state === "leader" ? "quorum for" : "promise for", leaseText(election)],
    ["members", `${members.length}, ${present} present`],
    ["changes", String(transitions)],
    ["patience", formatDuration(election.patienceMs)],
    ["at bounds", countsText(election.bounds)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== "");
}

/** Whoever reads that a leader has no quorum wants to know what it lacks. */
function authorityText({ authority, members }: ElectionView): string | undefined {
  if (authority !== "autonomous") return authority;
  const most = Math.floor(members.length / 2) + 1;
  return `${authority} (quorum takes ${most} of ${members.length})`;
}

/** A leader without quorum has none that could end. */
function leaseText({ authority, state, leaseMs }: ElectionView): string | undefined {
  if (leaseMs === undefined || (state === "leader" && authority !== "quorum")) return undefined;
  return formatDuration(leaseMs);
}

/** Those that are not zero. */
function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).filter(([_, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`).join(", ");
}
