import { BUNDLE_FOLDER } from "./bundle.ts";
import { MODULE_CACHE } from "./module_cache.ts";
import { BROAD_FLAGS, PERMISSION_FLAGS, RUNTIME_FLAGS } from "./permissions.ts";
import { type Finished, run } from "./process.ts";
import { hostTarget, type Target } from "./targets.ts";

/** Where the compile base for the target can be had from, or why it cannot. */
export type Compiled = { readonly made: true } | { readonly made: false; readonly why: string };

/** Long enough to fetch 40 MB over a fair link, short enough not to hang behind a firewall. */
const DOWNLOAD_LIMIT_MS = 60_000;

/**
 * `deno compile` needs a runtime without the tools, which it takes from DENORT_BIN, from its cache
 * or from the network. Only its absence is an answer here; any other failure is an error.
 */
export async function compile(
  target: Target,
  output: string,
  epochSeconds: number,
): Promise<Compiled> {
  await setFileTimes(BUNDLE_FOLDER, epochSeconds);
  const limit = AbortSignal.timeout(DOWNLOAD_LIMIT_MS);
  const finished = await run(Deno.execPath(), compileArgs(target, output), {
    env: { DENO_DIR: MODULE_CACHE, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    signal: limit,
  });
  if (finished.code === 0) {
    if (target === hostTarget()) await mustBePeat(output);
    return { made: true };
  }
  if (limit.aborted) {
    return { made: false, why: `its download took longer than ${DOWNLOAD_LIMIT_MS / 1000} s` };
  }
  if (!lacksCompileBase(finished)) {
    throw new Error(`Cannot compile for ${target}: exit ${finished.code}\n${finished.stderr}`);
  }
  return { made: false, why: "it is neither in DENORT_BIN nor cached, and cannot be downloaded" };
}

function compileArgs(target: Target, output: string): string[] {
  const included = [...Deno.readDirSync(BUNDLE_FOLDER)].map((entry) => entry.name)
    .filter((name) => name !== "main.js").sort();
  return [
    "compile",
    ...RUNTIME_FLAGS,
    "--no-check",
    ...PERMISSION_FLAGS,
    ...BROAD_FLAGS,
    // The name is part of the bytes, so it must not follow the output's.
    "--app-name=peat",
    `--target=${target}`,
    ...included.map((name) => `--include=${BUNDLE_FOLDER}/${name}`),
    `--output=${output}`,
    `${BUNDLE_FOLDER}/main.js`,
  ];
}

/** A base of another release, or something else in DENORT_BIN, compiles as well but is not peat. */
async function mustBePeat(output: string): Promise<void> {
  const { code, stdout, stderr } = await run(`./${output}`, ["version"]);
  if (code === 0 && stdout.startsWith("peat ")) return;
  throw new Error(
    `Cannot use this compile base: the executable answers \`version\` with exit ${code}\n${stderr}`,
  );
}

/** The step that fails when the base is missing has a name in the error; a wrong base has another. */
function lacksCompileBase(finished: Finished): boolean {
  return !Deno.env.get("DENORT_BIN") && finished.stderr.includes("Setting up base binary");
}

/** The executable keeps the modification time of each file in it. */
async function setFileTimes(folder: string, epochSeconds: number): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    await Deno.utime(`${folder}/${entry.name}`, epochSeconds, epochSeconds);
  }
}
