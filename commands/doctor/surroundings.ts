import type { Settings } from "../../src/cli/settings.ts";
import { ControlClient } from "../../src/control/client.ts";
import { isLocked } from "../../src/control/lock.ts";
import { locateSocket, runningNodes } from "../../src/control/locate.ts";
import { defaultDataDirectory, type Environment } from "../../src/control/places.ts";
import type { NodeStatus } from "../../src/control/contract.ts";
import type { OperatingError } from "../../src/core/kernel/operating_error.ts";
import { JOINED_FILE } from "../../src/security/formation_record.ts";
import { privateFileExists } from "../../src/security/private_file.ts";
import { fail, failedBy, type Finding, skip } from "./check.ts";
import { NOT_RUNNING, type RunningNode } from "./running_node.ts";

/** The check that asked a node in vain still has to say so before its own time is over. */
const ASKING_SHARE = 0.5;

/** What is already here, and which of it the checks are about. */
export interface Surroundings {
  readonly dataDir: string;
  readonly formationPath: string | undefined;
  /** The node that commands would talk to, or why they could not. */
  readonly node: Promise<RunningNode | Finding>;
  /** Every node of this user that answers. */
  readonly statuses: Promise<NodeStatus[]>;
}

export async function lookAround(settings: Settings, env: Environment): Promise<Surroundings> {
  const which = { ...settings, env };
  const running = await runningNodes(which);
  const found = await locateSocket(which).catch((error: OperatingError) => error);
  const socket = typeof found === "string" ? found : undefined;
  const dataDir = settings.dataDir ??
    (settings.id === undefined ? running.find((node) => node.socket === socket)?.dataDir : null) ??
    defaultDataDirectory(env, settings.id);
  const sockets = new Set([...running.map((node) => node.socket), ...(socket ? [socket] : [])]);
  const timeoutMs = settings.timeoutMs * ASKING_SHARE;
  return {
    dataDir,
    formationPath: settings.formation ?? joinedPath(dataDir),
    node: typeof found === "string"
      ? askNode(found, { isNamed: settings.socket !== undefined, dataDir, timeoutMs })
      : Promise.resolve(whyNot(found, dataDir)),
    statuses: askStatuses([...sockets], timeoutMs),
  };
}

interface AskOptions {
  readonly isNamed: boolean;
  readonly dataDir: string;
  readonly timeoutMs: number;
}

async function askNode(
  socket: string,
  { isNamed, dataDir, timeoutMs }: AskOptions,
): Promise<RunningNode | Finding> {
  const control = new ControlClient(socket, timeoutMs);
  try {
    const [status, nodes] = await Promise.all([control.status(), control.nodes()]);
    return { status, nodes };
  } catch (error) {
    return isNamed ? failedBy(error) : whyNot(error as OperatingError, dataDir);
  }
}

/** No node is no fault, unless something holds its directory and does not answer. */
function whyNot(error: OperatingError, dataDir: string): Finding {
  if (error.code === "several-nodes") return skip(error.message, "peat doctor --data-dir DIR");
  if (error.code !== "node-not-running") return failedBy(error);
  if (!isLocked(dataDir)) return NOT_RUNNING;
  return fail(
    `a process holds ${dataDir} and cannot be reached`,
    `ps $(cat ${dataDir}/lock), and end it if it is stuck`,
  );
}

async function askStatuses(sockets: readonly string[], timeoutMs: number): Promise<NodeStatus[]> {
  const asked = sockets.map((socket) => new ControlClient(socket, timeoutMs).status());
  const settled = await Promise.allSettled(asked);
  return settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
}

function joinedPath(dataDir: string): string | undefined {
  const path = `${dataDir}/${JOINED_FILE}`;
  return privateFileExists(path) ? path : undefined;
}
