/**
 * Compiles one of the lab's C sources, and answers where the result is. It stays in the user's
 * cache under a name made from source and flags, so that it is never outdated.
 */
export async function compile(fileName: string, flags: readonly string[] = []): Promise<string> {
  const path = new URL(fileName, import.meta.url).pathname;
  const source = await Deno.readTextFile(path);
  const target = `${cacheFolder()}/${fileName}-${await digest([source, ...flags].join("\0"))}`;
  if (await exists(target)) return target;
  await Deno.mkdir(cacheFolder(), { recursive: true, mode: 0o700 });
  const unfinished = `${target}.${Deno.pid}`;
  const { success, stderr } = await new Deno.Command("cc", {
    args: ["-O2", "-Wall", "-Wextra", ...flags, "-o", unfinished, path],
  }).output();
  if (!success) throw new Error(`Cannot compile ${fileName}: ${new TextDecoder().decode(stderr)}`);
  // Renamed, so that two labs that start at once never meet half a file.
  await Deno.rename(unfinished, target);
  return target;
}

function cacheFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME") || "/tmp"}/.cache`;
  return `${cache}/peat-lab`;
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex().slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
