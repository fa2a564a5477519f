import { command } from "../src/cli/command.ts";
import { formatDuration } from "../src/cli/duration.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { Failure, timeoutFailure, usageFailure } from "../src/cli/failure.ts";
import { argument, option, repeated, toggle } from "../src/cli/flags.ts";
import { named, nodeId, text } from "../src/cli/kind.ts";
import type { Output } from "../src/cli/output.ts";
import { printable } from "../src/cli/printable.ts";
import { type Column, table, TABLE_FLAGS } from "../src/cli/table.ts";
import { pause } from "../src/cli/watch.ts";
import type {
  AssignAnswer,
  AssignmentView,
  AssignRequest,
} from "../src/control/assignment_contract.ts";
import {
  ASSIGNMENT_LIMITS,
  ASSIGNMENT_TIMEOUT_MS,
  LONGEST_TIMEOUT_MS,
  SHORTEST_TIMEOUT_MS,
} from "../src/core/assignment/node_assignment.ts";
import { checkedName } from "./checked_name.ts";
import { reasonText } from "./assignment_text.ts";

const LOOK_MS = 100;

/** How much longer than its time an assignment is waited for: the node itself ends it. */
const SLACK_MS = 2_000;

export const assign = command({
  examples: [
    ["peat node assign drone-7 --cell red", "put drone-7 in the cell red, within a minute"],
    ["peat node assign drone-7 --cell red --wait", "and wait until it is a member there"],
    [
      "peat node assign drone-7 --cell red --peer drone-1@10.0.0.1:11205 --timeout 5m",
      "it shall find drone-1 there, and has five minutes",
    ],
    ["peat node assign drone-7 --cell red --dry-run", "would it be done?"],
  ],
  description:
    "The assignment is signed with the key of the node here and goes to that node straight or " +
    "over others, also when it comes only later; --timeout is how long it has, a minute if that " +
    "is not said. It takes the role operator or admin (exit code 3) and a formation, without " +
    "which nobody could check (exit code 2). A later assignment takes the place of an earlier " +
    "one. With --wait the exit code is 5 when the time is over, 6 when the node is a member by " +
    "then and lacks a peer, and 1 when it refused or was assigned again. `peat help cells` tells " +
    "more.",
  flags: {
    cell: option(named("ID", text), "the cell that it shall join", { required: true }),
    peer: repeated(
      named("ID[@HOST:PORT]", text),
      "a peer that it shall find there, and where to try; may be repeated",
    ),
    wait: toggle("wait until it is done, or failed"),
    dryRun: toggle("only tell whether it would be done"),
  },
  args: { node: argument(nodeId, "which node to put in the cell") },
  stopsCleanly: true,
  async run({ flags, args, settings, resolved, out, log, env, progress, signal }) {
    const isDefault = resolved.origins.timeoutMs === "default";
    const request: AssignRequest = {
      nodeId: checkedName("node id", args.node)!,
      cell: checkedName("cell", flags.cell)!,
      peers: await readPeers(flags.peer, settings.beaconPort),
      timeoutMs: checkedTimeout(isDefault ? ASSIGNMENT_TIMEOUT_MS : settings.timeoutMs),
      isDryRun: flags.dryRun,
    };
    const { openControl } = await import("../src/control/client.ts");
    const open = () => openControl({ ...settings, env });
    const answer = await (await open()).assign(request);
    if (!answer.reachable) {
      log.warn(`${answer.nodeId} cannot be reached now, and is told when it can`);
    }
    if (!flags.wait || flags.dryRun) {
      return out.value("assignment", answer, () => answerText(answer));
    }
    const ended = await untilOver(answer, async () => await (await open()).assignments(), {
      signal,
      show: (message) => progress.show(message),
    });
    progress.clear();
    return finish(out, ended);
  },
});

export const assignments = command({
  examples: [
    ["peat node assignments", "what was assigned here, and what this node was assigned"],
    [
      "peat node assignments --json | jq '.[] | select(.state == \"failed\")'",
      "what failed, and why",
    ],
  ],
  description: "A node knows of the assignments that were issued at it, the last 256, and of the " +
    "last that it took itself.",
  flags: TABLE_FLAGS,
  async run({ flags, settings, out, env }) {
    const { openControl } = await import("../src/control/client.ts");
    const views = await (await openControl({ ...settings, env })).assignments();
    out.list("assignment", views, (all) => table(out, COLUMNS, all, flags));
  },
});

const COLUMNS: readonly Column<AssignmentView>[] = [
  { name: "node", cell: ({ nodeId }) => nodeId },
  { name: "cell", cell: ({ cell }) => cell },
  {
    name: "state",
    cell: ({ state }) => state,
    paint: (paint, cell, { state }) =>
      state === "failed" ? paint.bad(cell) : state === "completed" ? paint.good(cell) : cell,
  },
  { name: "issuer", cell: ({ issuer }) => issuer },
  { name: "since", cell: ({ since }) => since },
  { name: "reason", cell: reasonText },
];

function checkedTimeout(timeoutMs: number): number {
  if (timeoutMs >= SHORTEST_TIMEOUT_MS && timeoutMs <= LONGEST_TIMEOUT_MS) return timeoutMs;
  throw usageFailure(
    `Cannot give an assignment ${formatDuration(timeoutMs)}: it takes from ` +
      `${formatDuration(SHORTEST_TIMEOUT_MS)} to ${formatDuration(LONGEST_TIMEOUT_MS)}`,
    "write it like --timeout 1m",
  );
}

/** Names are looked up here, once: addresses go to the node as numbers. */
async function readPeers(
  texts: readonly string[],
  beaconPort: number,
): Promise<AssignRequest["peers"]> {
  const addressesOf = new Map<string, string[]>();
  for (const text of texts) {
    const at = text.indexOf("@");
    const id = checkedName("peer's id", at < 0 ? text : text.slice(0, at))!;
    const addresses = addressesOf.get(id) ?? [];
    addressesOf.set(id, addresses);
    if (at < 0) continue;
    const { resolveContact } = await import("../src/net/contact_address.ts");
    const address = await resolveContact(text.slice(at + 1), beaconPort);
    if (address.includes("%")) {
      throw usageFailure(
        `Cannot tell another node of ${address}: it is good on this machine's link alone`,
        "give an address that is good everywhere",
      );
    }
    addresses.push(address);
  }
  const most = Math.max(0, ...[...addressesOf.values()].map(({ length }) => length));
  if (addressesOf.size > ASSIGNMENT_LIMITS.peers || most > ASSIGNMENT_LIMITS.addresses) {
    throw usageFailure(
      `Cannot name so many peers: it takes ${ASSIGNMENT_LIMITS.peers} with ` +
        `${ASSIGNMENT_LIMITS.addresses} addresses each`,
    );
  }
  return [...addressesOf].map(([id, addresses]) => ({ nodeId: id, addresses }));
}

/** Looks until the assignment is over, and no longer than it may take. */
async function untilOver(
  { nodeId, issuer, issuedAt, timeoutMs }: AssignAnswer,
  ask: () => Promise<AssignmentView[]>,
  { signal, show }: { readonly signal: AbortSignal; readonly show: (message: string) => void },
): Promise<AssignmentView> {
  const giveUpAt = performance.now() + timeoutMs + SLACK_MS;
  for (;;) {
    const view = (await ask()).find((its) => its.issuer === issuer && its.issuedAt === issuedAt);
    if (view?.state === "completed" || view?.state === "failed") return view;
    if (view === undefined || performance.now() >= giveUpAt) {
      throw timeoutFailure(
        `Cannot wait longer for ${nodeId}: it is ${view?.state ?? "not known"} after ` +
          formatDuration(timeoutMs),
        "see what becomes of it with: peat node assignments",
      );
    }
    show(`waiting for ${nodeId}: ${[view.state, reasonText(view)].filter(Boolean).join(", ")}`);
    await pause(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

function finish(out: Output, view: AssignmentView): ExitCode {
  const { nodeId, cell, state, reason, member } = view;
  if (state === "completed" || (reason === "timedOut" && member === true)) {
    out.value("assignment", view, () => endText(view));
    return state === "completed" ? ExitCode.done : ExitCode.partial;
  }
  const message = `Cannot put ${nodeId} in ${cell}: ${reasonText(view) ?? "it failed"}`;
  const hint = "see all with: peat node assignments";
  if (reason === "timedOut") throw timeoutFailure(message, hint);
  throw new Failure(message, { code: "assignment-failed", hint });
}

function endText(view: AssignmentView): string {
  const { nodeId, cell } = view;
  const lacks = reasonText(view);
  return printable(`${nodeId} is in ${cell}${lacks === undefined ? "" : `; ${lacks}`}`);
}

function answerText({ nodeId, cell, issuer, timeoutMs, dryRun }: AssignAnswer): string {
  const done = dryRun === true ? "would be assigned" : "is assigned";
  return printable(
    `${nodeId} ${done} to ${cell} by ${issuer}, within ${formatDuration(timeoutMs)}`,
  );
}
