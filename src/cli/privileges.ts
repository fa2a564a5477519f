/** What a process can be kept from for good, once it runs. */
const DROPPED = ["run", "ffi"] as const;

/**
 * Gives back what no command needs, so that code which got in cannot use it: starting programs,
 * but for the command that is there to do so, and calling into foreign libraries. What is given
 * back does not return before the process ends. Where a program may write is decided when the
 * runtime starts, because it takes back all writing or none of it.
 */
export function dropPrivileges({ startsPrograms }: { readonly startsPrograms: boolean }): void {
  for (const name of DROPPED) {
    if (name === "run" && startsPrograms) continue;
    Deno.permissions.revokeSync({ name });
  }
}
