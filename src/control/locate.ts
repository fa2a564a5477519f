import { OperatingError } from "../core/kernel/operating_error.ts";
import type { RunFile } from "./contract.ts";
import { defaultRuntimeDirectory, type Environment, runFilePath, stateHome } from "./places.ts";
import { listAnnounced, listStateHome, readRunFile } from "./registry.ts";

export interface WhichNode {
  readonly socket?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly runtimeDir?: string | undefined;
  readonly env: Environment;
}

/** The socket of the node to talk to: the named one, the data directory's, else the only one. */
export async function locateSocket(which: WhichNode): Promise<string> {
  if (which.socket !== undefined) return which.socket;
  if (which.dataDir !== undefined) return socketOf(which.dataDir);
  const running = await runningNodes(which);
  const [only, ...others] = running;
  if (only === undefined) throw noneRunning(which);
  if (others.length > 0) throw severalRunning(running);
  return only.socket;
}

/** Every node of this user whose socket takes a connection now. */
export async function runningNodes(which: WhichNode): Promise<RunFile[]> {
  const bySocket = new Map<string, RunFile>();
  const announced = listAnnounced(which.runtimeDir ?? defaultRuntimeDirectory(which.env));
  for (const node of [...announced, ...listStateHome(stateHome(which.env))]) {
    bySocket.set(node.socket, node);
  }
  const found = [...bySocket.values()];
  const alive = await Promise.all(found.map((node) => answers(node.socket)));
  return found
    .filter((_, index) => alive[index])
    .sort((left, right) => left.nodeId < right.nodeId ? -1 : 1);
}

/** A socket that a killed node left behind refuses. */
export async function answers(socket: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path: socket })).close();
    return true;
  } catch {
    return false;
  }
}

function socketOf(dataDir: string): string {
  const node = readRunFile(runFilePath(dataDir));
  if (node !== undefined) return node.socket;
  throw new OperatingError(`Cannot reach a node: none is running in ${dataDir}`, {
    code: "node-not-running",
    hint: `start one with: peat node run --data-dir ${dataDir}`,
  });
}

function noneRunning({ runtimeDir, env }: WhichNode): OperatingError {
  const places = `${runtimeDir ?? defaultRuntimeDirectory(env)} and ${stateHome(env)}`;
  return new OperatingError(
    `Cannot reach a node: none is running for this user (looked in ${places})`,
    { code: "node-not-running", hint: "start one with: peat node run" },
  );
}

function severalRunning(nodes: readonly RunFile[]): OperatingError {
  const list = nodes.map(({ nodeId, dataDir }) => `${nodeId} in ${dataDir}`).join(", ");
  return new OperatingError(
    `Cannot choose a node: ${nodes.length} are running for this user (${list})`,
    { code: "several-nodes", hint: "name one with --data-dir or --socket" },
  );
}
