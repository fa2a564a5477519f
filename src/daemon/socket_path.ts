import { fitsSocketPath } from "../control/places.ts";
import { OperatingError } from "../core/kernel/operating_error.ts";
import { removeIfThere } from "../store/atomic_file.ts";

/** A place for the control socket: in the data directory if the kernel takes so long a path. */
export async function chooseSocketPath(
  dataDir: string,
  runtimeDir: string,
): Promise<{ readonly path: string; readonly temporaryDirectory?: string }> {
  const ownPath = `${dataDir}/control.sock`;
  if (fitsSocketPath(ownPath)) return { path: ownPath };
  const sharedPath = `${runtimeDir}/${Deno.pid}.sock`;
  if (fitsSocketPath(sharedPath)) {
    const { openRuntimeDirectory } = await import("../control/registry.ts");
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
  const { answers } = await import("../control/locate.ts");
  if (found.isSocket && !await answers(path)) return removeIfThere(path);
  throw new OperatingError(
    `Cannot listen on the control socket ${path}: ${
      found.isSocket ? "another process listens there" : "it is not a socket"
    }`,
    { code: "socket-unavailable", hint: "choose another place with --data-dir or --socket" },
  );
}
