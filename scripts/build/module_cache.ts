/**
 * The build's own module cache. It lies inside the project because bundled chunks are named after
 * a hash that covers the relative path of each module: a cache elsewhere would give other names.
 */
export const MODULE_CACHE = ".deno";

/**
 * Takes over what the user's cache already has, by hard link where the file system allows, so that
 * a build host without a network can build as soon as it can test.
 */
export async function seedModuleCache(): Promise<void> {
  const user = userModuleCache();
  if (!user) return;
  await copyMissing(`${user}/npm`, `${MODULE_CACHE}/npm`);
  await copyMissing(`${user}/dl`, `${MODULE_CACHE}/dl`);
}

function userModuleCache(): string | undefined {
  const named = Deno.env.get("DENO_DIR");
  if (named) return named;
  const caches = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? ""}/.cache`;
  return caches === "/.cache" ? undefined : `${caches}/deno`;
}

async function copyMissing(from: string, to: string): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(from)).catch(() => []);
  if (entries.length > 0) await Deno.mkdir(to, { recursive: true });
  for (const entry of entries) {
    const [source, destination] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.isDirectory) await copyMissing(source, destination);
    else if (entry.isFile) await linkOrCopy(source, destination);
  }
}

async function linkOrCopy(source: string, destination: string): Promise<void> {
  try {
    await Deno.link(source, destination);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    await Deno.copyFile(source, destination);
  }
}
