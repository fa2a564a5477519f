/**
 * Writes a file so that whoever opens it finds all of the old text or all of the new. It is for what
 * means nothing once the machine has stopped, so nobody waits for the disk: after a power cut the
 * file may be old, empty or gone.
 */
export function writeFileAtomically(path: string, text: string, mode = 0o600): void {
  const temporary = `${path}.${Deno.pid}.new`;
  Deno.writeTextFileSync(temporary, text, { mode });
  Deno.renameSync(temporary, path);
}

export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
