import type { RunFile } from "../control/contract.ts";
import { isLocked } from "../control/lock.ts";
import { runFilePath } from "../control/places.ts";
import { listAnnounced, openRuntimeDirectory, registryEntryPath } from "../control/registry.ts";
import { removeIfThere, writeFileAtomically } from "../store/atomic_file.ts";
import type { Log } from "./log.ts";

/**
 * Tells commands where the node is: in its data directory, and among the user's running nodes. A
 * node that cannot be listed there still runs; it is only harder to find.
 */
export function announce(run: RunFile, runtimeDir: string, log: Log): Disposable {
  const ownPath = runFilePath(run.dataDir);
  const entryPath = registryEntryPath(runtimeDir, run.pid);
  const text = `${JSON.stringify(run)}\n`;
  writeFileAtomically(ownPath, text);
  try {
    openRuntimeDirectory(runtimeDir);
    forgetTheDead(runtimeDir);
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

/**
 * Killed nodes leave their entries behind; the next node to start clears them away. Their locks tell,
 * because a node has no right to open another's socket.
 */
function forgetTheDead(runtimeDir: string): void {
  for (const { dataDir, pid } of listAnnounced(runtimeDir)) {
    if (!isLocked(dataDir)) removeIfThere(registryEntryPath(runtimeDir, pid));
  }
}
