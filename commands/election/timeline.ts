import type { LeaderChange } from "../../src/control/election_contract.ts";

/** Who led from when to when, as one node saw it. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly leaderId: string;
  readonly term: number;
  readonly authority: "quorum" | "autonomous";
}

export interface TimelineRow {
  readonly nodeId: string;
  readonly spans: readonly Span[];
}

export interface Timeline {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: readonly TimelineRow[];
}

/** What several nodes saw, in any order, until `toMs`. A node's view holds until its next one. */
export function timelineOf(changes: readonly LeaderChange[], toMs: number): Timeline {
  const byNode = Map.groupBy(changes, ({ nodeId }) => nodeId);
  const names = [...byNode.keys()].sort(byNumber);
  const starts = changes.map(({ ts }) => Date.parse(ts));
  return {
    fromMs: starts.reduce((least, start) => Math.min(least, start), toMs),
    toMs,
    rows: names.map((nodeId) => ({ nodeId, spans: spansOf(byNode.get(nodeId)!, toMs) })),
  };
}

/** n2 before n10. */
export function byNumber(left: string, right: string): number {
  return left.localeCompare(right, "en", { numeric: true });
}

function spansOf(changes: readonly LeaderChange[], endMs: number): Span[] {
  const inOrder = changes.toSorted((left, right) => Date.parse(left.ts) - Date.parse(right.ts));
  const spans: Span[] = [];
  inOrder.forEach(({ ts, leaderId, term = 0, authority = "autonomous" }, index) => {
    if (leaderId === undefined) return;
    const fromMs = Date.parse(ts);
    const next = inOrder[index + 1];
    const toMs = next === undefined ? endMs : Date.parse(next.ts);
    const last = spans.at(-1);
    const isSame = last?.toMs === fromMs && last.leaderId === leaderId && last.term === term &&
      last.authority === authority;
    if (isSame) spans[spans.length - 1] = { ...last, toMs };
    else spans.push({ fromMs, toMs, leaderId, term, authority });
  });
  return spans;
}
