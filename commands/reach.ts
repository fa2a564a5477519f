import type { CommandContext } from "../src/cli/command.ts";
import type { SettingKey } from "../src/cli/settings.ts";
import { type ControlClient, openControl } from "../src/control/client.ts";
import { answers, locateSocket, type WhichNode } from "../src/control/locate.ts";
import { defaultDataDirectory } from "../src/control/places.ts";
import { NETWORK_SETTINGS } from "./network_options.ts";
import type { OperatingError } from "../src/core/kernel/operating_error.ts";

/** The settings of a command that joins by itself when no node runs here. */
export const REACH_SETTINGS = [
  "formation",
  "id",
  ...NETWORK_SETTINGS,
] as const satisfies readonly SettingKey[];

type Context = Pick<
  CommandContext<Record<never, never>, Record<never, never>>,
  "settings" | "env" | "out" | "progress" | "signal"
>;

/** The node that a command asks. Disposing of it ends the visit, if it was one. */
export interface Reach extends AsyncDisposable {
  /** Asks for it each time anew, so that a node that was started again is found again. */
  readonly control: () => Promise<ControlClient>;
  /** It is this process, for as long as the command takes. */
  readonly isVisit: boolean;
  /** Throws when the time was up, nobody of the formation is there, and it is known why. */
  readonly explainSilence: () => Promise<void>;
}

export interface ReachOptions {
  /** For a command that asks once: a visit first listens until it has heard who is there. */
  readonly settle: boolean;
}

/**
 * The node that runs here. When none does and a formation is named, this process joins it for as
 * long as the command takes.
 *
 *     await using node = await reachNode(context, { settle: true });
 *     const control = await node.control();
 */
export async function reachNode(context: Context, { settle }: ReachOptions): Promise<Reach> {
  const { settings, env } = context;
  const which = { ...settings, env };
  if (settings.formation === undefined || await isRunning(which)) return running(which);
  // A node's own code is slow to start, and a command that asks a running one is spared it.
  const { settled, strangers } = await import("./settle.ts");
  const { beginVisit } = await import("./begin_visit.ts");
  await using held = new AsyncDisposableStack();
  const visit = await beginVisit(settings, {
    formationPath: settings.formation,
    dataDir: settings.dataDir ?? defaultDataDirectory(env, settings.id),
    asJson: context.out.format !== "text",
  }, held);
  if (settle) await settled(visit, context);
  const kept = held.move();
  return {
    isVisit: true,
    control: () => Promise.resolve(visit.control),
    explainSilence: () => strangers(visit, context),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function running(which: WhichNode & { readonly timeoutMs: number }): Reach {
  return {
    isVisit: false,
    control: () => openControl(which),
    explainSilence: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A socket that was named is meant, whether somebody listens there or not. */
async function isRunning(which: WhichNode): Promise<boolean> {
  if (which.socket !== undefined) return true;
  try {
    return await answers(await locateSocket(which));
  } catch (error) {
    if ((error as OperatingError).code === "node-not-running") return false;
    throw error;
  }
}
