/**
 * Whether a node holds this data directory. The kernel frees the lock when the process is gone, so
 * this is what stopped means, whatever is left in the directory.
 */
export function isLocked(dataDir: string): boolean {
  try {
    using lock = Deno.openSync(`${dataDir}/lock`, { read: true });
    return !lock.tryLockSync(false);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
