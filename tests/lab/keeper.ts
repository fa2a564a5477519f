const SCRIPT_NAME = "keeper.sh";
const SCRIPT = new URL(SCRIPT_NAME, import.meta.url).pathname;
const NAMESPACES = "/run/netns";
const FOLDERS = "/tmp";

export function randomId(): string {
  return crypto.getRandomValues(new Uint8Array(3)).toHex();
}

/** What a lab puts on the machine is named after its id. */
export function namespaceName(id: string, number: number): string {
  return `peat-${id}-${number}`;
}

export function namespacePath(name: string): string {
  return `${NAMESPACES}/${name}`;
}

/** Short, because the paths of sockets have to be. */
export function folderPath(id: string): string {
  return `${FOLDERS}/peat-lab-${id}`;
}

/**
 * A process beside the lab that removes its namespaces, the processes in them and its folder once
 * the lab lets go. A test that fails, Ctrl-C and `kill -9` all let go, so one way fits them all.
 */
export class Keeper implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;

  constructor(id: string) {
    this.#process = new Deno.Command("sh", {
      args: [SCRIPT, id],
      stdin: "piped",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.close();
    await this.#process.status;
  }
}

/** Removes the labs whose keeper was killed as well. */
export async function removeLeftovers(): Promise<void> {
  // A lab's keeper is there before anything else of it, so what has none by now has lost it.
  const ids = idsOnThisMachine();
  const kept = keptIds();
  for (const id of ids) {
    if (kept.has(id)) continue;
    await new Deno.Command("sh", { args: [SCRIPT, id], stdin: "null" }).output();
  }
}

function idsOnThisMachine(): Set<string> {
  const patterns: [string, RegExp][] = [
    [NAMESPACES, /^peat-([0-9a-f]{6})-\d+$/],
    [FOLDERS, /^peat-lab-([0-9a-f]{6})$/],
  ];
  const ids = patterns.flatMap(([folder, pattern]) =>
    names(folder).map((name) => pattern.exec(name)?.[1])
  );
  return new Set(ids.filter((id) => id !== undefined));
}

/** Keepers of any checkout count: their last argument is the id of their lab. */
function keptIds(): Set<string> {
  const keepers = names("/proc").filter((name) => /^\d+$/.test(name)).map(commandLine)
    .filter((words) => words.some((word) => word.endsWith(`/${SCRIPT_NAME}`)));
  return new Set(keepers.map((words) => words.at(-1) ?? ""));
}

/** Empty for a process that has ended meanwhile. */
function commandLine(pid: string): string[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
  } catch {
    return [];
  }
}

function names(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
