import { run } from "./process.ts";
import { sha256, sha256File } from "./digest.ts";
import type { Target } from "./targets.ts";

/** What went into an executable. It is read back by `peat version`. */
export interface BuildInfo {
  readonly version: string;
  /** The commit that was built; ends in `-dirty` when files differed from it. */
  readonly commit: string;
  readonly dirty: boolean;
  readonly commitTime: string;
  readonly denoVersion: string;
  readonly lockSha256: string;
  readonly bundleSha256: string;
  readonly target: Target;
}

/** Where the source comes from, as far as git can tell. */
export interface Source {
  readonly commit: string;
  readonly dirty: boolean;
  readonly epochSeconds: number;
}

/** The build's only clock is the commit's, so that building it again gives the same bytes. */
export async function describeSource(): Promise<Source> {
  const fixedSeconds = Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? Number.NaN);
  const log = await git("log", "-1", "--format=%H %ct");
  // A source archive without its history builds too.
  if (log.code !== 0) {
    return { commit: "unknown", dirty: false, epochSeconds: fixedSeconds || 0 };
  }
  const [hash, commitSeconds] = log.stdout.trim().split(" ");
  const dirty = (await git("status", "--porcelain")).stdout.trim() !== "";
  return {
    commit: dirty ? `${hash}-dirty` : `${hash}`,
    dirty,
    epochSeconds: Number.isNaN(fixedSeconds) ? Number(commitSeconds) : fixedSeconds,
  };
}

export function describeBuild(source: Source, target: Target, bundleFolder: string): BuildInfo {
  const config = JSON.parse(Deno.readTextFileSync("deno.json"));
  return {
    version: config.version,
    commit: source.commit,
    dirty: source.dirty,
    commitTime: new Date(source.epochSeconds * 1000).toISOString().replace(".000Z", "Z"),
    denoVersion: Deno.version.deno,
    lockSha256: sha256File("deno.lock"),
    bundleSha256: sha256Folder(bundleFolder),
    target,
  };
}

/** SHA-256 over names and hashes, in the form that `sha256sum *` prints. */
function sha256Folder(folder: string): string {
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((name) => name !== "build_info.json").sort();
  return sha256(names.map((name) => `${sha256File(`${folder}/${name}`)}  ${name}\n`).join(""));
}

function git(...args: string[]) {
  // A build container often runs as another user than the one who owns the checkout.
  return run("git", ["-c", "safe.directory=*", ...args])
    .catch(() => ({ code: 127, stdout: "", stderr: "" }));
}
