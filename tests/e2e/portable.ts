import { peatCommand } from "./harness.ts";

/** Whether PEAT_BINARY names an executable that begins with the launcher. */
export function isPortable(): boolean {
  if (!Deno.env.get("PEAT_BINARY")) return false;
  const [path] = peatCommand();
  using file = Deno.openSync(path);
  const start = new Uint8Array(2);
  file.readSync(start);
  return new TextDecoder().decode(start) === "#!";
}

/** An executable that was unpacked, with other code in the place of its own. */
export interface UnpackedCopy {
  readonly executable: string;
  /** For XDG_CACHE_HOME. */
  readonly cache: string;
}

export async function unpackedCopy(folder: string, code: string): Promise<UnpackedCopy> {
  const [executable] = peatCommand();
  const cache = `${folder}/cache`;
  const env = { PATH: "/usr/bin:/bin", XDG_CACHE_HOME: cache };
  await new Deno.Command(executable, { args: ["version"], clearEnv: true, env }).output();
  for (const { name } of Deno.readDirSync(`${cache}/peat`)) {
    if (name.startsWith("bundle-")) {
      Deno.writeTextFileSync(`${cache}/peat/${name}/main.js`, code);
    }
  }
  return { executable, cache };
}
