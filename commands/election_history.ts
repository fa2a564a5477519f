import { command } from "../src/cli/command.ts";
import { usageFailure } from "../src/cli/failure.ts";
import { option, repeated, toggle } from "../src/cli/flags.ts";
import { duration, filePath } from "../src/cli/kind.ts";
import type { Settings } from "../src/cli/settings.ts";
import type { LeaderChange } from "../src/control/election_contract.ts";
import { changeText } from "./election/change_text.ts";

interface Told {
  readonly changes: readonly LeaderChange[];
  readonly endMs: number;
  readonly isSimulated?: boolean;
}

export const history = command({
  examples: [
    ["peat election history", "who led when, as the node here saw it"],
    [
      "peat election history --svg leaders.svg --all",
      "drawn, as every node on this machine saw it",
    ],
    ["peat election history --trace run.trace --svg leaders.svg", "the same of a simulation"],
  ],
  description: "A node remembers the last 256 changes, also across a restart. --trace reads a " +
    "trace of `peat sim run --trace`, a recording of `peat node run --record`, or events that " +
    "`peat node run`, `watch` or `history` printed with `-o ndjson`; several files make one picture.",
  flags: {
    svg: option(filePath, "draw who led when, a row for each node, into this file"),
    trace: repeated(filePath, "read this file instead of asking a node"),
    all: toggle("ask every node of this user on this machine"),
    sinceMs: option(duration, "only the last so long"),
  },
  async run({ flags, settings, out, log, env }) {
    const { svg, trace, sinceMs, all } = flags;
    if (all && trace.length > 0) {
      throw usageFailure(
        "Cannot use --all with --trace: no node is asked",
        "leave out one of them",
      );
    }
    const told = trace.length > 0 ? await readFiles(trace) : await askNodes(settings, env, all);
    const { endMs } = told;
    const changes = sinceMs === undefined
      ? told.changes
      : told.changes.filter(({ ts }) => Date.parse(ts) >= endMs - sinceMs);
    const inOrder = changes.toSorted((left, right) => Date.parse(left.ts) - Date.parse(right.ts));
    if (svg !== undefined) {
      await draw(svg, { ...told, changes: inOrder });
      log.info(`drew ${svg}`);
    }
    const isMany = new Set(inOrder.map(({ nodeId }) => nodeId)).size > 1;
    out.list(
      "leader",
      inOrder,
      (list) =>
        list.map((change) =>
          isMany ? `${change.nodeId}: ${changeText(change)}` : changeText(change)
        )
          .join("\n"),
    );
  },
});

async function askNodes(
  settings: Settings,
  env: (name: string) => string | undefined,
  isAll: boolean,
): Promise<Told> {
  const { ControlClient, openControl } = await import("../src/control/client.ts");
  if (!isAll) {
    const control = await openControl({ ...settings, env });
    return { changes: await control.leaderChanges(), endMs: Date.now() };
  }
  const { runningNodes } = await import("../src/control/locate.ts");
  const running = await runningNodes({ ...settings, env });
  const answers = await Promise.all(
    running.map(({ socket }) => new ControlClient(socket, settings.timeoutMs).leaderChanges()),
  );
  return { changes: answers.flat(), endMs: Date.now() };
}

async function readFiles(paths: readonly string[]): Promise<Told> {
  const { changesIn } = await import("./election/changes_in.ts");
  const files = [];
  for (const path of paths) files.push(await changesIn(path));
  if (new Set(files.map(({ isSimulated }) => isSimulated)).size > 1) {
    throw usageFailure("Cannot put simulated and real time into one history: they share no clock");
  }
  return {
    changes: files.flatMap(({ changes }) => changes),
    endMs: Math.max(...files.map(({ endMs }) => endMs)),
    isSimulated: files.some(({ isSimulated }) => isSimulated),
  };
}

async function draw(path: string, { changes, endMs, isSimulated = false }: Told): Promise<void> {
  const { timelineOf } = await import("./election/timeline.ts");
  const { leaderChart } = await import("./election/chart.ts");
  const cells = [...new Set(changes.map(({ cell }) => cell))].sort();
  const title = `Who led ${cells.join(", ") || "nobody"}, as each node saw it`;
  const picture = leaderChart(timelineOf(changes, endMs), { title, isSimulated });
  try {
    Deno.writeTextFileSync(path, picture);
  } catch (error) {
    const state = error instanceof Error ? error.message : String(error);
    throw usageFailure(`Cannot draw into ${path}: ${state}`);
  }
}
