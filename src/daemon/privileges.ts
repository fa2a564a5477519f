import type { Privileges } from "../control/contract.ts";

/** Whoever may write here may write anywhere. */
const ANYWHERE = "/";

/** What this process may do, as the runtime says now. */
export function currentPrivileges(places: readonly string[]): Privileges {
  const mayWrite = (path: string) => isGranted({ name: "write", path });
  return {
    run: isGranted({ name: "run" }) ? "granted" : "denied",
    ffi: isGranted({ name: "ffi" }) ? "granted" : "denied",
    write: mayWrite(ANYWHERE) ? [ANYWHERE] : [...new Set(places)].filter(mayWrite),
  };
}

/** The runtime would ask about what is neither granted nor denied, and nobody answers a daemon. */
function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}
