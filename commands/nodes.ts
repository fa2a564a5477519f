import { command } from "../src/cli/command.ts";
import { formatAgo, formatDuration } from "../src/cli/duration.ts";
import { Failure, timeoutFailure, usageFailure } from "../src/cli/failure.ts";
import { option, STREAM_FLAGS, toggle } from "../src/cli/flags.ts";
import type { Kind } from "../src/cli/kind.ts";
import type { Output } from "../src/cli/output.ts";
import type { Paint } from "../src/cli/paint.ts";
import { type Column, table, TABLE_FLAGS, type TableOptions } from "../src/cli/table.ts";
import { bounded, nudged, pause, View } from "../src/cli/watch.ts";
import type { NodeView } from "../src/control/contract.ts";
import { type Reach, REACH_SETTINGS, reachNode } from "./reach.ts";
import {
  checkSelection,
  printClusters,
  type SelectedView,
  type Selection,
  SELECTION_FLAGS,
  selectionColumns,
  selectNodes,
} from "./nodes_selection.ts";
import { peersAmong } from "./peers_among.ts";

const LOOK_MS = 100;
const WATCH_MS = 500;

/** What `--wait` waits for: at least so many alive peers. */
interface Condition {
  readonly peers: number;
}

const condition: Kind<Condition> = {
  placeholder: "CONDITION",
  parse(text) {
    const match = /^peers>=(\d{1,6})$/.exec(text.replaceAll(" ", ""));
    if (match !== null) return { peers: Number(match[1]) };
    throw usageFailure(
      `Cannot wait for ${JSON.stringify(text)}: it is not a condition`,
      "write it like --wait='peers>=3'",
    );
  },
};

export const nodes = command({
  examples: [
    ["peat nodes", "who is known"],
    [
      "peat nodes --json | jq '.[] | select(.state == \"alive\").nodeId'",
      "the names of the living",
    ],
    ["peat nodes --wait='peers>=3' --timeout 30s", "wait until three peers are there"],
    ["peat nodes --watch", "follow who comes and goes"],
    ["peat nodes --near 52.52,13.405 --within 5km", "who is near a place, the nearest first"],
    ["peat nodes --can sensor:thermal=0.8 --prefer compute", "who can do what is wanted"],
    [
      "peat nodes --formation alpha.formation.json",
      "join for a moment where no node runs, and look",
    ],
  ],
  description:
    "The node that answers comes first. A peer that fell silent is `lost` and one that " +
    "said goodbye `left`; both are forgotten after ten minutes. Where no node runs and a formation " +
    "is named, the command joins by itself, listens until nobody new was heard for a second, and " +
    "leaves.",
  settings: REACH_SETTINGS,
  flags: {
    watch: toggle("go on showing them, until interrupted"),
    wait: option(condition, "wait for a condition, such as peers>=3", { implied: "peers>=1" }),
    ...SELECTION_FLAGS,
    ...STREAM_FLAGS,
    ...TABLE_FLAGS,
  },
  stopsCleanly: true,
  async run(context) {
    const { flags, settings, out, progress, signal } = context;
    checkSelection(flags);
    if (flags.clusters && flags.watch) {
      throw usageFailure("Cannot watch clusters: they are shown once", "leave out --watch");
    }
    const settle = flags.wait === undefined && !flags.watch;
    await using node = await reachNode(context, { settle });
    const ask = async () => await (await node.control()).nodes();
    if (flags.wait !== undefined) {
      const show = (message: string) => progress.show(message);
      await waitFor(flags.wait, ask, { timeoutMs: settings.timeoutMs, signal, show, node });
      progress.clear();
    }
    if (flags.clusters) return printClusters(out, await ask(), flags, flags);
    const select = async () => selectNodes(await ask(), flags);
    if (!flags.watch) return out.list("node", await select(), (views) => text(out, views, flags));
    const news = async function* (signal: AbortSignal) {
      yield* (await node.control()).events(signal);
    };
    const views = nudged(select, news, WATCH_MS, signal);
    if (out.format === "text") {
      const view = new View(out);
      for await (const seen of bounded(views, flags, signal)) view.show(text(out, seen, flags));
    } else {
      out.beginItems();
      for await (const changed of bounded(changes(views), flags, signal)) {
        out.item("node", changed, () => "");
      }
    }
  },
});

interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly show: (message: string) => void;
  readonly node: Reach;
}

/** A node that does not run yet is waited for like everything else. */
async function waitFor(
  { peers }: Condition,
  ask: () => Promise<NodeView[]>,
  { timeoutMs, signal, show, node }: WaitOptions,
): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const seen = await alivePeers(ask);
    if (seen !== undefined && seen.length >= peers) return;
    const missing = seen === undefined ? "no node is running" : peersText(seen);
    if (performance.now() >= giveUpAt) {
      await node.explainSilence();
      throw timeoutFailure(
        `Cannot wait longer for peers>=${peers}: ${missing} after ${formatDuration(timeoutMs)}`,
        "try a longer --timeout, or see `peat node status` for what is rejected",
      );
    }
    show(`waiting for ${peers} peers: ${missing}`);
    await pause(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

async function alivePeers(ask: () => Promise<NodeView[]>): Promise<NodeView[] | undefined> {
  try {
    return peersAmong(await ask());
  } catch (error) {
    if ((error as Failure).code === "node-not-running") return undefined;
    throw error;
  }
}

function peersText(peers: readonly NodeView[]): string {
  if (peers.length === 0) return "none is there";
  return `only ${peers.length} of them (${peers.map(({ nodeId }) => nodeId).join(", ")})`;
}

/** Each node when it is new, and again whenever something else than its age or round trip changed. */
async function* changes(views: AsyncIterable<NodeView[]>): AsyncGenerator<NodeView> {
  let before = new Map<string, string>();
  for await (const seen of views) {
    const now = new Map<string, string>();
    for (const node of seen) {
      const { rttMs: _rttMs, lastSeenMs: _lastSeenMs, ...lasting } = node;
      const mark = JSON.stringify(lasting);
      now.set(node.nodeId, mark);
      if (before.get(node.nodeId) !== mark) yield node;
    }
    before = now;
  }
}

function text(
  out: Output,
  views: readonly SelectedView[],
  flags: TableOptions & Selection,
): string {
  return table(out, [...NODE_COLUMNS, ...selectionColumns(flags)], views, flags);
}

export const NODE_COLUMNS: readonly Column<NodeView>[] = [
  {
    name: "node",
    cell: ({ nodeId, self, transient }) =>
      transient ? `${nodeId} (passing through)` : self ? `${nodeId} (here)` : nodeId,
    paint: (paint, cell, { self }) => self ? paint.strong(cell) : cell,
  },
  { name: "state", cell: ({ state }) => state, paint: paintState },
  {
    name: "role",
    cell: ({ role }) => role,
    paint: (paint, cell, { role }) => role === "leader" ? paint.strong(cell) : cell,
  },
  { name: "term", cell: ({ term }) => term },
  { name: "level", cell: ({ level }) => level },
  { name: "cell", cell: ({ cell }) => cell },
  {
    name: "link",
    cell: ({ connected, via }) =>
      connected === undefined ? undefined : connected ? "up" : via ? `via ${via}` : "down",
    paint: (paint, cell, { connected }) => connected === true ? paint.good(cell) : cell,
  },
  { name: "rtt", cell: ({ rttMs }) => rttMs === undefined ? undefined : `${rttMs.toFixed(1)}ms` },
  {
    name: "seen",
    cell: ({ lastSeenMs, self }) =>
      self || lastSeenMs === undefined ? undefined : formatAgo(lastSeenMs),
    paint: (paint, cell) => paint.faint(cell),
  },
  {
    name: "capabilities",
    cell: ({ capabilities, moreCapabilities }) =>
      capabilities.map(({ type, name }) => type === name ? type : `${type}:${name}`).join(" ") +
      (moreCapabilities ? " …" : ""),
  },
  { name: "address", cell: ({ address }) => address },
  { name: "version", cell: ({ version }) => version },
];

function paintState(paint: Paint, cell: string, { state }: NodeView): string {
  if (state === "alive") return paint.good(cell);
  return state === "lost" ? paint.bad(cell) : paint.faint(cell);
}
