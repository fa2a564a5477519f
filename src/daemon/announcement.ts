import type { RunFile } from "../control/contract.ts";
import { answers } from "../control/locate.ts";
import { fitsSocketPath, runFilePath } from "../control/places.ts";
import { listAnnounced, openRuntimeDirectory, registryEntryPath } from "../control/registry.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { removeIfThere, writeFileAtomically } from "../store/atomic_file.ts";
import type { Log } from "./log.ts";

/** A place for the control socket: in the data directory if the kernel takes so long a path. */
export function chooseSocketPath(
  dataDir: string,
  runtimeDir: string,
): { readonly path: string; readonly temporaryDirectory?: string } {
  const ownPath = `${dataDir}/control.sock`;
  if (fitsSocketPath(ownPath)) return { path: ownPath };
  const sharedPath = `${runtimeDir}/${Deno.pid}.sock`;
  if (fitsSocketPath(sharedPath)) {
    openRuntimeDirectory(runtimeDir);
    return { path: sharedPath };
  }
  const temporaryDirectory = Deno.makeTempDirSync({ dir: "/tmp", prefix: "peat-" });
  return { path: `${temporaryDirectory}/control.sock`, temporaryDirectory };
}

/** Removes the socket that a killed node left, and nothing else. */
export async function clearSocketPath(path: string): Promise<void> {
  let found: Deno.FileInfo;
  try {
    found = Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (found.isSocket && !await answers(path)) return removeIfThere(path);
  throw new OperatingError(
    `Cannot listen on the control socket ${path}: ${
      found.isSocket ? "another process listens there" : "it is not a socket"
    }`,
    { code: "socket-unavailable", hint: "choose another place with --data-dir or --socket" },
  );
}

/**
 * Tells commands where the node is: in its data directory, and among the user's running nodes. A
 * node that cannot be listed there still runs; it is only harder to find.
 */
export async function announce(run: RunFile, runtimeDir: string, log: Log): Promise<Disposable> {
  const ownPath = runFilePath(run.dataDir);
  const entryPath = registryEntryPath(runtimeDir, run.pid);
  const text = `${JSON.stringify(run)}\n`;
  writeFileAtomically(ownPath, text);
  try {
    openRuntimeDirectory(runtimeDir);
    await forgetTheDead(runtimeDir);
    writeFileAtomically(entryPath, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn("commands find this node by its data directory only", { reason });
  }
  return {
    [Symbol.dispose]() {
      removeIfThere(ownPath);
      removeIfThere(entryPath);
    },
  };
}

/** Killed nodes leave their entries behind; the next node to start clears them away. */
async function forgetTheDead(runtimeDir: string): Promise<void> {
  for (const node of listAnnounced(runtimeDir)) {
    if (!await answers(node.socket)) removeIfThere(registryEntryPath(runtimeDir, node.pid));
  }
}
