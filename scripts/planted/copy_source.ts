/** The source as it is, without a bug planted in it. */
export const SOURCE_ROOT = new URL("../../", import.meta.url).pathname;

/** What it takes to run peat from source, without tests and tools. */
const NEEDED = ["main.ts", "deno.json", "deno.lock", "commands", "src"];

/** Copies the source tree into a directory. */
export async function copySource(to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const name of NEEDED) await copy(`${SOURCE_ROOT}${name}`, `${to}/${name}`);
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    await copy(`${from}/${entry.name}`, `${to}/${entry.name}`);
  }
}
