import { usageFailure } from "../../src/cli/failure.ts";
import type { LeaderChange } from "../../src/control/election_contract.ts";
import type { Notice } from "../../src/core/notice.ts";
import { linesOf } from "../sim_files.ts";

/** What a file tells of leaders, and when it ends. Simulated time begins at 1970. */
export interface FileChanges {
  readonly changes: readonly LeaderChange[];
  readonly endMs: number;
  readonly isSimulated: boolean;
}

/** A node that took no step for so long was not running. */
const SILENT_MS = 15_000;

/** A trace of the simulator, a node's recording, or events as a node or a watcher printed them. */
export async function changesIn(path: string): Promise<FileChanges> {
  const [first] = linesOf(path);
  const kind = typeOf(first);
  if (kind === "plan") return changesInTrace(path);
  if (kind === "header") return await changesInRecording(path);
  const changes = [...changesInEvents(path)];
  if (changes.length === 0) {
    throw usageFailure(
      `Cannot read ${path}: it tells of no leader`,
      "name a trace of `peat sim run --trace`, a recording, or what `peat election watch -o ndjson` " +
        "or `peat node run -o ndjson` printed",
    );
  }
  const endMs = changes.reduce((latest, { ts }) => Math.max(latest, Date.parse(ts)), 0);
  return { changes, endMs, isSimulated: false };
}

function typeOf(line: string | undefined): unknown {
  return parsed(line ?? "")?.type;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined; // A line that was being written when its writer ended.
  }
}

const NOTICE = "notice ";

function changesInTrace(path: string): FileChanges {
  const changes: LeaderChange[] = [];
  const lastStep = new Map<string, number>();
  let endMs = 0;
  const gone = (nodeId: string, atMs: number) => {
    const cell = changes.findLast((its) => its.nodeId === nodeId)?.cell;
    if (cell === undefined) return;
    changes.push({ type: "leader", ts: rfc3339(atMs), nodeId, cell, cause: "ended" });
  };
  for (const line of linesOf(path)) {
    const step = parsed(line) as {
      type: string;
      at: number;
      node: string;
      in: string;
      out?: string[];
    };
    if (step?.type !== "step") continue;
    const { at, node } = step;
    endMs = Math.max(endMs, at);
    const before = lastStep.get(node);
    if (before !== undefined && step.in.startsWith("start ")) gone(node, before);
    lastStep.set(node, at);
    for (const output of step.out ?? []) {
      if (!output.startsWith(NOTICE)) continue;
      const change = leaderIn(JSON.parse(output.slice(NOTICE.length)), rfc3339(at), node);
      if (change !== undefined) changes.push(change);
    }
  }
  for (const [node, at] of lastStep) if (endMs - at > SILENT_MS) gone(node, at);
  return { changes, endMs, isSimulated: true };
}

async function changesInRecording(path: string): Promise<FileChanges> {
  const { replayRecording } = await import("../../src/sim/replay_recording.ts");
  const header = parsed(linesOf(path).next().value ?? "")!;
  const startedMs = Date.parse(String(header.startedAt));
  const changes: LeaderChange[] = [];
  let firstAt: number | undefined;
  const { nodeId, durationMs } = replayRecording(linesOf(path), path, (now, output) => {
    firstAt ??= now;
    if (output.kind !== "notice") return;
    const ts = rfc3339(startedMs + now - firstAt);
    const change = leaderIn(output.notice, ts, String(header.nodeId));
    if (change !== undefined) changes.push(change);
  });
  const endMs = startedMs + durationMs;
  const cell = changes.at(-1)?.cell;
  if (cell !== undefined) {
    changes.push({ type: "leader", ts: rfc3339(endMs), nodeId, cell, cause: "ended" });
  }
  return { changes, endMs, isSimulated: false };
}

/** The events of `peat node run` name their node once, in the line that says that it is ready. */
function* changesInEvents(path: string): Generator<LeaderChange> {
  const waiting: (Omit<LeaderChange, "nodeId">)[] = [];
  let nodeId: string | undefined;
  for (const line of linesOf(path)) {
    const event = parsed(line);
    if (event?.type === "ready" && typeof event.nodeId === "string") {
      nodeId = event.nodeId;
      for (const change of waiting.splice(0)) yield { ...change, nodeId };
    }
    if (event?.type !== "leader" || typeof event.ts !== "string") continue;
    const change = event as unknown as LeaderChange;
    if (change.nodeId !== undefined) yield change;
    else if (nodeId !== undefined) yield { ...change, nodeId };
    else waiting.push(change);
  }
}

function leaderIn(notice: Notice, ts: string, nodeId: string): LeaderChange | undefined {
  return notice.type === "leader" ? { ...notice, ts, nodeId } : undefined;
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
