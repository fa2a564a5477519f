import { deepEqual, doesNotMatch, equal, match, ok, rejects } from "node:assert/strict";
import { leaderChart } from "../../../commands/election/chart.ts";
import { changesIn } from "../../../commands/election/changes_in.ts";
import { timelineOf } from "../../../commands/election/timeline.ts";
import type { LeaderChange } from "../../../src/control/election_contract.ts";

function at(ms: number): string {
  return new Date(ms).toISOString();
}

function change(nodeId: string, ms: number, more: Partial<LeaderChange> = {}): LeaderChange {
  return { type: "leader", ts: at(ms), nodeId, cell: "red", cause: "heard", ...more };
}

const BY_QUORUM = { term: 3, authority: "quorum" } as const;

Deno.test("a leader leads until the next change, and one that is only confirmed leads on", () => {
  const { fromMs, toMs, rows } = timelineOf([
    change("n10", 0, { cause: "started" }),
    change("n10", 3_000, { leaderId: "n2", ...BY_QUORUM }),
    // In whatever order they come.
    change("n10", 9_000),
    change("n10", 5_000, { leaderId: "n2", ...BY_QUORUM }),
    change("n2", 1_000, { leaderId: "n2", term: 3, authority: "autonomous" }),
    change("n2", 2_000, { leaderId: "n2", ...BY_QUORUM }),
  ], 10_000);
  deepEqual([fromMs, toMs], [0, 10_000]);
  deepEqual(rows.map(({ nodeId }) => nodeId), ["n2", "n10"]);
  const span = { leaderId: "n2", term: 3 };
  deepEqual(rows[0]!.spans, [
    { fromMs: 1_000, toMs: 2_000, ...span, authority: "autonomous" },
    { fromMs: 2_000, toMs: 10_000, ...span, authority: "quorum" },
  ]);
  deepEqual(rows[1]!.spans, [{ fromMs: 3_000, toMs: 9_000, ...span, authority: "quorum" }]);
});

Deno.test("a chart has a row for each node, and shows leaders, terms and rights", () => {
  const svg = leaderChart(
    timelineOf([
      change("n1", 0, { leaderId: "n2", ...BY_QUORUM }),
      change("n2", 0, { leaderId: "n2", term: 4, authority: "autonomous" }),
      change("<n3>", 0),
    ], 60_000),
    { title: "Who led red" },
  );
  match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="\d+" height="\d+"/);
  match(svg, /<title>n2 leads in term 3, quorum, for 1m<\/title><rect [^>]*fill="#0072b2"/);
  match(
    svg,
    /<title>n2 leads in term 4, autonomous, for 1m<\/title><rect [^>]*fill="url\(#hatch0\)"/,
  );
  match(svg, />n2, term 3<\/text>/);
  match(svg, />&lt;n3&gt;<\/text>/);
  doesNotMatch(svg, /<n3>|NaN|undefined/);
});

Deno.test("a span that is too short for words has none, and nothing at all still makes a picture", () => {
  const many = Array.from(
    { length: 200 },
    (_, index) =>
      change("n1", index * 100, { leaderId: `n${index % 30}`, term: index, authority: "quorum" }),
  );
  const svg = leaderChart(timelineOf(many, 20_000), { title: "Busy" });
  equal(svg.match(/<title>/g)?.length, 200);
  doesNotMatch(svg, /, term 7</);
  doesNotMatch(leaderChart(timelineOf([], 0), { title: "Nothing" }), /NaN|Infinity/);
});

async function withFile(text: string, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

function lines(...values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}

Deno.test("a simulator's trace tells who led, and when a node ran no more", () => {
  const notice = { type: "leader", cell: "alpha", leaderId: "n2", ...BY_QUORUM, cause: "heard" };
  const step = { type: "step", node: "n1", in: "wake" };
  const trace = lines(
    { type: "plan", format: 1, plan: {} },
    { ...step, at: 1_000, out: ["persist x", `notice ${JSON.stringify(notice)}`] },
    { ...step, at: 2_000 },
    { ...step, at: 9_000, in: 'start {"boot":1}' },
    { ...step, at: 9_500, out: [`notice ${JSON.stringify({ ...notice, term: 4 })}`] },
    { ...step, node: "n2", at: 60_000 },
    { type: "end", steps: 5 },
  );
  return withFile(trace, async (path) => {
    const { changes, endMs, isSimulated } = await changesIn(path);
    ok(isSimulated);
    equal(endMs, 60_000);
    deepEqual(changes.map(({ ts, cause }) => [Date.parse(ts), cause]), [
      [1_000, "heard"],
      [2_000, "ended"],
      [9_500, "heard"],
      [9_500, "ended"],
    ]);
  });
});

Deno.test("events are read as a node, a watcher or a history printed them, the last one torn", () => {
  const { nodeId: _nodeId, ...bare } = change("n1", 1_000, { leaderId: "n2", ...BY_QUORUM });
  const events = lines(
    { type: "peerFound", ts: at(0), nodeId: "n2" },
    bare,
    { type: "ready", ts: at(500), nodeId: "n1" },
    { ...bare, ts: at(2_000) },
    change("n9", 3_000),
  );
  return withFile(`${events}{"type":"lea`, async (path) => {
    const { changes, isSimulated } = await changesIn(path);
    equal(isSimulated, false);
    deepEqual(changes.map(({ nodeId, ts }) => [nodeId, Date.parse(ts)]), [
      ["n1", 1_000],
      ["n1", 2_000],
      ["n9", 3_000],
    ]);
  });
});

Deno.test("a file that tells of no leader is refused", () =>
  withFile(lines({ type: "peerFound", nodeId: "n2" }), async (path) => {
    await rejects(changesIn(path), /it tells of no leader/);
  }));
