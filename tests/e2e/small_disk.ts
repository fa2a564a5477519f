import { succeeds } from "../lab/succeeds.ts";
import { TestProcess } from "./test_process.ts";

const MOUNTED_BYTES = 24 << 20;
const CHUNK_BYTES = 64 << 10;

/** A file may be so long on a disk that counts as full: less than any database. */
const FULL_FILE_BYTES = 4_096;

/** Where a node keeps its data, and that can be filled. */
export interface SmallDisk extends AsyncDisposable {
  /** What starts a node there. */
  readonly through: readonly string[];
  /** The directory as this process sees it. */
  readonly path: string;
  /** Nothing more can be written, */
  fill(nodePid: number): Promise<void>;
  /** and again it can. */
  free(nodePid: number): Promise<void>;
}

/** A file system of its own at the directory, which nobody sees but who is started through it. */
export async function mountedDisk(directory: string): Promise<SmallDisk> {
  const mount = `mount -t tmpfs -o size=${MOUNTED_BYTES},mode=700 tmpfs "$1"`;
  const holder = new TestProcess({
    program: "unshare",
    args: ["--mount", "sh", "-c", `${mount} && echo mounted && exec sleep 600`, "sh", directory],
  });
  await holder.line(/^mounted/, { from: "stdout" });
  const path = `/proc/${holder.pid}/root${directory}`;
  const filler = `${path}/filler`;
  return {
    through: ["nsenter", "--mount", "--target", String(holder.pid), "--"],
    path,
    fill: () => Promise.resolve(fill(filler)),
    free: () => Deno.remove(filler),
    [Symbol.asyncDispose]: () => holder[Symbol.asyncDispose](),
  };
}

/** A directory in which no file of the node may grow, which takes no privilege. */
export function limitedDisk(directory: string): Promise<SmallDisk> {
  const limit = async (pid: number, bytes: number | "unlimited") => {
    // Only the soft limit is set, so that it can be lifted again.
    const args = ["--pid", String(pid), `--fsize=${bytes}:`];
    const { success, stderr } = await new Deno.Command("prlimit", { args }).output();
    if (!success) throw new Error(`Cannot limit ${pid}: ${new TextDecoder().decode(stderr)}`);
  };
  return Promise.resolve({
    // Without this the kernel would end the node instead of telling it.
    through: ["sh", "-c", `trap '' XFSZ; exec "$@"`, "sh"],
    path: directory,
    fill: (pid) => limit(pid, FULL_FILE_BYTES),
    free: (pid) => limit(pid, "unlimited"),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

export async function reasonItCannotMount(): Promise<string | undefined> {
  const trial = "mount -t tmpfs -o size=64k tmpfs /mnt";
  return await succeeds("unshare", "--mount", "sh", "-c", trial)
    ? undefined
    : "a file system of its own cannot be mounted";
}

export async function reasonItCannotLimit(): Promise<string | undefined> {
  return await succeeds("prlimit", "--version") ? undefined : "`prlimit` is not installed";
}

function fill(path: string): void {
  using file = Deno.openSync(path, { write: true, create: true });
  // The last bytes as well, which one long write would leave.
  for (const chunk of [new Uint8Array(CHUNK_BYTES), new Uint8Array(1)]) {
    try {
      for (let written = 0; written < 2 * MOUNTED_BYTES;) written += file.writeSync(chunk);
    } catch (error) {
      if (!/ENOSPC|no space/i.test(String(error))) throw error;
    }
  }
}
