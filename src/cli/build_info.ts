import { type BuildKind, buildKind } from "./self.ts";

/** What runs here and where it came from. A build adds what the source cannot know. */
export interface BuildInfo {
  readonly version: string;
  readonly kind: BuildKind;
  readonly deno: string;
  readonly v8: string;
  readonly target: string;
  readonly commit?: string;
  readonly builtAt?: string;
  readonly lockSha256?: string;
  readonly bundleSha256?: string;
}

/** The file that the build writes beside the code. */
interface WrittenInfo {
  readonly version?: string;
  readonly commit?: string;
  readonly commitTime?: string;
  readonly lockSha256?: string;
  readonly bundleSha256?: string;
}

export function readBuildInfo(): BuildInfo {
  const written = readWrittenInfo();
  const { commit, commitTime, lockSha256, bundleSha256 } = written;
  return {
    version: written.version ?? "unknown",
    kind: buildKind(),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    target: Deno.build.target,
    ...(commit === undefined ? {} : { commit }),
    // A build that can be repeated has no clock of its own: it takes the commit's time.
    ...(commitTime === undefined ? {} : { builtAt: commitTime }),
    ...(lockSha256 === undefined ? {} : { lockSha256 }),
    ...(bundleSha256 === undefined ? {} : { bundleSha256 }),
  };
}

function readWrittenInfo(): WrittenInfo {
  const here = import.meta.url;
  const isSource = here.endsWith("/src/cli/build_info.ts");
  const file = isSource ? new URL("../../deno.json", here) : new URL("build_info.json", here);
  try {
    const { version, ...rest } = JSON.parse(Deno.readTextFileSync(file));
    return isSource ? { version } : { version, ...rest };
  } catch (error) {
    // A bundle that somebody made by hand has no such file, and runs all the same.
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}
