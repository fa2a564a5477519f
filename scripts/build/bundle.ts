import { mustRun } from "./process.ts";
import { MODULE_CACHE } from "./module_cache.ts";
import { sha256 } from "./digest.ts";
import { type Group, mergeChunks } from "./merge_chunks.ts";

export const BUNDLE_FOLDER = "dist/bundle";

const AUTOMERGE = "@automerge/automerge";

/**
 * protobufjs asks for Node's `process` only to learn whether there is one. The runtime would make
 * it then, with a dozen modules that a node without a formation never needs.
 */
const NOT_ON_NODE = ["--define:global.process=undefined"];

/** What every command loads, what asks a node, what a node is, and what makes it a member. */
const GROUPS: readonly Group[] = [
  { name: "every-command", entries: ["main", "arguments"] },
  { name: "asking", entries: ["client", "node"] },
  {
    name: "node-alone",
    entries: ["daemon", "log", "server", "announcement", "state_service"],
    commands: ["demo", "sim"],
  },
  { name: "node-in-formation", entries: ["member"], commands: ["demo", "sim"] },
];

/** What the pinned release of Automerge ships. A newer release brings its own line here. */
const AUTOMERGE_WASM_SHA256: Record<string, string> = {
  "3.5.0": "2a613b3ba557689889eadd66a54732223859be0f9a45b933d1512d8f2686367a",
};

/**
 * Makes the folder that both kinds of executable carry: `main.js`, the chunks that commands load
 * when they run, and Automerge's wasm as a plain file, because decoding it from base64 costs half
 * a second at each start.
 */
export async function makeBundle(): Promise<void> {
  await Deno.remove(BUNDLE_FOLDER, { recursive: true }).catch(() => {});
  await mustRun(Deno.execPath(), [
    "bundle",
    "--code-splitting",
    "--outdir",
    BUNDLE_FOLDER,
    "main.ts",
  ], { env: { DENO_DIR: MODULE_CACHE, DENO_NO_UPDATE_CHECK: "1" } });
  await mergeChunks(BUNDLE_FOLDER, findBundler(), GROUPS);
  await shrinkBundle();
  deferLoading();
  Deno.writeFileSync(`${BUNDLE_FOLDER}/automerge.wasm`, readAutomergeWasm());
}

/**
 * Shortens names and white space, which makes a start some 10% faster. `deno bundle --minify` also
 * rewrites syntax, and the bundler that Deno 2.9 uses then drops a `using` whose variable is read
 * once: nothing would be disposed of, and the demo would leave its nodes behind.
 */
async function shrinkBundle(): Promise<void> {
  const chunks = [...Deno.readDirSync(BUNDLE_FOLDER)].map(({ name }) => name).sort();
  await mustRun(findBundler(), [
    "--minify-whitespace",
    "--minify-identifiers",
    ...NOT_ON_NODE,
    "--charset=utf8",
    "--format=esm",
    "--target=esnext",
    "--log-level=warning",
    "--allow-overwrite",
    `--outdir=${BUNDLE_FOLDER}`,
    ...chunks.map((name) => `${BUNDLE_FOLDER}/${name}`),
  ]);
}

/**
 * Before its first line runs, Deno reads all that a literal `import()` could load: the code of every
 * command, in each start of any. An expression names it instead, so that what is loaded later is
 * read once it is known that it is.
 */
function deferLoading(): void {
  for (const { name } of Deno.readDirSync(BUNDLE_FOLDER)) {
    const path = `${BUNDLE_FOLDER}/${name}`;
    const code = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(
      path,
      code.replaceAll(/\bimport\(("\.\/[^"]+")\)/g, "import(import.meta.resolve($1))"),
    );
  }
}

/** The program that `deno bundle` has just used; Deno keeps it among its downloads. */
function findBundler(): string {
  for (const download of Deno.readDirSync(`${MODULE_CACHE}/dl`)) {
    if (!download.name.startsWith("esbuild-")) continue;
    for (const { name } of Deno.readDirSync(`${MODULE_CACHE}/dl/${download.name}`)) {
      return `${MODULE_CACHE}/dl/${download.name}/${name}`;
    }
  }
  throw new Error(`Cannot shrink the bundle: ${MODULE_CACHE}/dl has no bundler`);
}

function readAutomergeWasm(): Uint8Array<ArrayBuffer> {
  const version = lockedVersion(AUTOMERGE);
  const bytes = Deno.readFileSync(`${packageFolder(AUTOMERGE, version)}/dist/automerge.wasm`);
  const [expected, found] = [AUTOMERGE_WASM_SHA256[version], sha256(bytes)];
  if (found === expected) return bytes;
  throw new Error(
    `Cannot include automerge.wasm ${version}: its SHA-256 is ${found}, expected ${expected}`,
  );
}

function lockedVersion(name: string): string {
  const lock = JSON.parse(Deno.readTextFileSync("deno.lock"));
  const key = Object.keys(lock.npm).find((entry) => entry.startsWith(`${name}@`));
  if (key) return key.slice(name.length + 1);
  throw new Error(`Cannot find ${name} in deno.lock: run deno install`);
}

/** Packages lie below the name of the registry they came from, whichever that was. */
function packageFolder(name: string, version: string): string {
  for (const registry of Deno.readDirSync(`${MODULE_CACHE}/npm`)) {
    const folder = `${MODULE_CACHE}/npm/${registry.name}/${name}/${version}`;
    if (registry.isDirectory && isFolder(folder)) return folder;
  }
  throw new Error(`Cannot find ${name} ${version} in ${MODULE_CACHE}/npm: it was not downloaded`);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
