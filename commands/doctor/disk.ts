import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { formatByteSize } from "../../src/cli/byte_size.ts";
import { fail, type Finding, pass, warn } from "./check.ts";

const TRIAL_BYTES = 4096;

/** Below this a node soon fails to keep what it is told. */
const LITTLE_BYTES = 64 << 20;

/** A node waits for the disk before it speaks, and its peers would take it for lost. */
const SLOW_MS = 1_000;

export interface DiskOptions {
  readonly freeBytes?: (path: string) => Promise<number>;
}

/** Writes a small file where the node keeps its data, or where its directory would be made. */
export async function examineDisk(
  dataDir: string,
  { freeBytes = freeBytesOf }: DiskOptions = {},
): Promise<Finding> {
  const place = nearestExisting(dataDir);
  const file = `${place}/.peat-doctor-${crypto.randomUUID()}`;
  const startedAt = performance.now();
  try {
    if (!await survives(file)) {
      return fail(
        `${place} gives back other bytes than were written`,
        `fsck $(findmnt -nT ${place} -o SOURCE)`,
      );
    }
  } catch (error) {
    const state = error instanceof Error ? error.message.replace(/ \(os error.*$/s, "") : error;
    return fail(`Cannot write in ${place}: ${state}`, `df -h ${place}; ls -ld ${place}`);
  }
  const tookMs = Math.round(performance.now() - startedAt);
  const free = await freeBytes(place);
  const detail = `${place} kept ${formatByteSize(TRIAL_BYTES)} in ${tookMs} ms, ` +
    `${formatByteSize(free)} free`;
  if (free < LITTLE_BYTES) return warn(detail, `du -xh --max-depth=1 ${place}`);
  return tookMs > SLOW_MS ? warn(`${detail}: it is slow`, "iostat -x 1 5") : pass(detail);
}

async function survives(path: string): Promise<boolean> {
  const written = crypto.getRandomValues(new Uint8Array(TRIAL_BYTES));
  try {
    using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
    for (let length = 0; length < written.length;) {
      length += await file.write(written.subarray(length));
    }
    await file.sync();
    return (await Deno.readFile(path)).toHex() === written.toHex();
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}

function nearestExisting(path: string): string {
  for (let place = path;; place = dirname(place)) {
    try {
      Deno.statSync(place);
      return place;
    } catch (error) {
      if (dirname(place) === place || !(error instanceof Deno.errors.NotFound)) return place;
    }
  }
}

async function freeBytesOf(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
