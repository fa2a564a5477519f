import { OperatingError } from "../core/kernel/operating_error.ts";

const PRIVATE = 0o700;
const OTHERS = 0o077;

/** A node that is being stopped, or somebody who looked, may hold the lock for a moment. */
const LOCK_PATIENCE_MS = 300;
const LOCK_RETRY_MS = 20;

/**
 * The directory that holds one node's identity and data. It is this user's alone, and whoever has
 * it open is the only node in it: the kernel frees the lock when the process ends, however it does.
 */
export class DataDirectory {
  readonly #lock: Deno.FsFile;

  private constructor(readonly path: string, lock: Deno.FsFile) {
    this.#lock = lock;
  }

  static async open(path: string): Promise<DataDirectory> {
    makePrivate(path);
    const lock = openLock(path);
    if (await takeLock(lock, path)) {
      lock.truncateSync();
      lock.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
      return new DataDirectory(path, lock);
    }
    const holder = readHolder(path);
    lock.close();
    throw new OperatingError(
      `Cannot start node: data directory ${path} is in use by process ${holder}`,
      { code: "data-directory-in-use", hint: "use --data-dir or --id" },
    );
  }

  close(): void {
    this.#lock.close();
  }
}

/** Where the lock is, for those who want to know whether a node runs. */
export function lockPath(directory: string): string {
  return `${directory}/lock`;
}

function makePrivate(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: PRIVATE });
    const found = Deno.statSync(path);
    if (!found.isDirectory) throw new OperatingErrorState("it is not a directory");
    if (found.uid !== null && found.uid !== Deno.uid()) {
      throw new OperatingErrorState("it belongs to another user");
    }
    if (((found.mode ?? PRIVATE) & OTHERS) !== 0) tighten(path);
  } catch (error) {
    if (error instanceof OperatingError) throw error;
    const state = error instanceof Error ? withoutDetail(error) : String(error);
    throw new OperatingError(`Cannot use the data directory ${path}: ${state}`, {
      code: "data-directory-unusable",
      hint: "choose another with --data-dir",
      cause: error,
    });
  }
}

class OperatingErrorState extends Error {}

/** An empty directory, and one that is a node's already, are ours to close to others. */
function tighten(path: string): void {
  const names = [...Deno.readDirSync(path)].map((entry) => entry.name);
  if (names.length > 0 && !names.includes("state.db")) {
    throw new OperatingError(
      `Cannot use the data directory ${path}: others may enter it and it holds something else`,
      { code: "data-directory-not-private", hint: `run chmod 700 ${path}, or choose an empty one` },
    );
  }
  Deno.chmodSync(path, PRIVATE);
}

function openLock(path: string): Deno.FsFile {
  try {
    return Deno.openSync(lockPath(path), { read: true, write: true, create: true, mode: 0o600 });
  } catch (error) {
    throw new OperatingError(
      `Cannot lock the data directory ${path}: ${withoutDetail(error as Error)}`,
      { code: "data-directory-unusable", hint: "choose another with --data-dir", cause: error },
    );
  }
}

async function takeLock(lock: Deno.FsFile, path: string): Promise<boolean> {
  const giveUpAt = performance.now() + LOCK_PATIENCE_MS;
  try {
    for (;;) {
      if (lock.tryLockSync(true)) return true;
      if (performance.now() >= giveUpAt) return false;
      await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
    }
  } catch (error) {
    lock.close();
    throw new OperatingError(
      `Cannot lock the data directory ${path}: its file system has no locks`,
      { code: "data-directory-unusable", hint: "choose one on a local disk", cause: error },
    );
  }
}

function readHolder(path: string): string {
  const content = Deno.readTextFileSync(lockPath(path)).trim();
  return /^\d+$/.test(content) ? content : "(unknown)";
}

/** The runtime's messages end with the call that failed, which the reader did not make. */
function withoutDetail(error: Error): string {
  return error.message.replace(/ \(os error \d+\).*$/s, "").replace(
    /^./,
    (first) => first.toLowerCase(),
  );
}
