import type { CommandContext } from "../src/cli/command.ts";
import { formatDuration } from "../src/cli/duration.ts";
import { ExitCode } from "../src/cli/exit_code.ts";
import { Failure } from "../src/cli/failure.ts";
import { Patience } from "../src/cli/patience.ts";
import { pause } from "../src/cli/watch.ts";
import type { NodeStatus } from "../src/control/contract.ts";
import type { Visit } from "../src/daemon/visit.ts";
import { peersAmong } from "./peers_among.ts";

const LOOK_MS = 50;

/** After so long without a new peer, as far as the machine was not late, all in reach were heard. */
const SETTLE_MS = 1_000;

/** What a visitor cannot open: not of its formation, of none, or under keys that it lacks. */
const STRANGE = ["badSeal", "notSealed", "unknownEpoch"] as const;

type Context = Pick<
  CommandContext<Record<never, never>, Record<never, never>>,
  "settings" | "progress" | "signal"
>;

/** Listens until nobody new was heard for a second. Throws when nobody was heard in time. */
export async function settled(visit: Visit, context: Context): Promise<void> {
  const { settings: { timeoutMs }, progress, signal } = context;
  const giveUpAt = performance.now() + timeoutMs;
  const known = new Set<string>();
  let quiet: Patience | undefined;
  progress.show(`looking for ${visit.formation}`);
  while (performance.now() < giveUpAt && quiet?.isOver() !== true) {
    await pause(LOOK_MS, signal);
    signal.throwIfAborted();
    const before = known.size;
    for (const { nodeId } of peersAmong(await visit.control.nodes())) known.add(nodeId);
    if (known.size > before) quiet = new Patience(SETTLE_MS);
  }
  progress.clear();
  if (known.size > 0) return;
  await strangers(visit, context);
  throw nobody(visit, await visit.control.status(), context);
}

/** Throws when somebody is heard, and none of them can be understood. */
export async function strangers(visit: Visit, { settings }: Context): Promise<void> {
  if (peersAmong(await visit.control.nodes()).length > 0) return;
  const { rejected } = await visit.control.status();
  const count = STRANGE.reduce((sum, reason) => sum + (rejected[reason] ?? 0), 0);
  if (count === 0) return;
  throw new Failure(
    `Cannot join ${visit.formation}: nobody of it answered within ` +
      `${formatDuration(settings.timeoutMs)}, and ${count} datagrams came that it cannot open`,
    {
      exitCode: ExitCode.notAuthenticated,
      code: "other-formation",
      hint:
        `compare the fingerprints, here and on a node: peat formation show ${settings.formation}`,
    },
  );
}

function nobody({ formation }: Visit, { interfaces, beaconPort }: NodeStatus, context: Context) {
  const { group, peer, timeoutMs } = context.settings;
  const on = interfaces.map(({ name, address }) => `${name} ${address}`).join(", ");
  const asked = peer.length === 0 ? "" : `, and asked ${peer.join(", ")}`;
  return new Failure(
    `Cannot find anybody of ${formation}: no node runs here, and none was heard within ` +
      `${formatDuration(timeoutMs)} (listened to ${group.join(" and ")} port ${beaconPort} on ${
        on || "no interface"
      }${asked})`,
    {
      code: "nobody-there",
      hint:
        `start one with: peat node run --formation ${context.settings.formation}; or see what ` +
        `is in the way: peat doctor --formation ${context.settings.formation}`,
    },
  );
}
