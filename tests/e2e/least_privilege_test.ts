/**
 * Tries what a node must not do. The launcher of a portable executable limits where a node writes,
 * so that is tried in the runtime that it starts, in the place of peat's own code.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { runPeat, temporaryFolder } from "./harness.ts";
import { TestMesh } from "./mesh.ts";
import { isPortable, type UnpackedCopy, unpackedCopy } from "./portable.ts";
import { saidBy } from "./said.ts";

/** Takes the place of the bundle's entry: tries to write in each place, and to start a program. */
const PROBE = `
const attempt = (name, act) => {
  try { act(); return [name]; } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return [];
    throw error;
  }
};
const may = Deno.env.get("PLACES").split("\\n").flatMap((place) =>
  attempt(place, () => Deno.openSync(place + "/probe", { write: true, create: true }).close()));
const run = attempt("run", () => new Deno.Command("true").outputSync());
const ffi = attempt("ffi", () => Deno.dlopen("libc.so.6", {}).close());
console.log(JSON.stringify([...may, ...run, ...ffi]));
`;

/** Directories in the home in which writing is tried. */
const PLACES = ["state/peat/node", "state/peat/b7", "run/peat", "data", "elsewhere", "."];

interface ProbeOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: string;
  /** A link in the home, and where it leads. */
  readonly link?: readonly [from: string, to: string];
  /** Where it may write, and what else it may. */
  readonly may: readonly string[];
}

/** What the runtime allows when the launcher starts it so. Paths are those in the home. */
async function probe(unpacked: UnpackedCopy, options: ProbeOptions): Promise<string[]> {
  await using folder = await temporaryFolder();
  const home = Deno.realPathSync(folder.path);
  for (const place of PLACES) Deno.mkdirSync(`${home}/${place}`, { recursive: true });
  if (options.link) Deno.symlinkSync(`${home}/${options.link[1]}`, `${home}/${options.link[0]}`);
  if (options.config !== undefined) {
    Deno.mkdirSync(`${home}/config/peat`, { recursive: true });
    Deno.writeTextFileSync(`${home}/config/peat/config.toml`, options.config);
  }
  const { stdout, stderr, success } = await new Deno.Command(unpacked.executable, {
    args: [...options.args],
    cwd: home,
    clearEnv: true,
    env: {
      PATH: "/usr/bin:/bin",
      HOME: home,
      XDG_CACHE_HOME: unpacked.cache,
      XDG_STATE_HOME: `${home}/state`,
      XDG_RUNTIME_DIR: `${home}/run`,
      XDG_CONFIG_HOME: `${home}/config`,
      PLACES: PLACES.map((place) => `${home}/${place}`).join("\n"),
      ...options.env,
    },
  }).output();
  const decoder = new TextDecoder();
  equal(success, true, decoder.decode(stderr));
  const found: string[] = JSON.parse(decoder.decode(stdout));
  return found.map((place) => place.startsWith(home) ? place.slice(home.length + 1) : place);
}

const RUN = ["node", "run"];

const CASES: Readonly<Record<string, ProbeOptions>> = {
  "a node writes in its own directories and starts nothing": {
    args: RUN,
    may: ["state/peat/node", "run/peat"],
  },
  "its name moves its directory": {
    args: ["--json", ...RUN, "--id", "b7"],
    may: ["state/peat/b7", "run/peat"],
  },
  "a flag moves it": {
    args: ["-o", "json", ...RUN, "--data-dir", "data"],
    may: ["data", "run/peat"],
  },
  "the flag is stronger than the environment": {
    args: [...RUN, "--data-dir=data"],
    env: { PEAT_DATA_DIR: "elsewhere" },
    may: ["data", "run/peat"],
  },
  "the environment is stronger than the configuration": {
    args: RUN,
    env: { PEAT_DATA_DIR: "data" },
    config: 'data-dir = "elsewhere"\n',
    may: ["data", "run/peat"],
  },
  "the configuration counts": {
    args: RUN,
    config: '# where\n  id="b7"\nruntime-dir\t= "data" # and why\nlevel = 2',
    may: ["state/peat/b7", "data"],
  },
  "a link leads to where it leads": {
    args: [...RUN, "--data-dir", "link"],
    link: ["link", "elsewhere"],
    may: ["elsewhere", "run/peat"],
  },
  "what is not understood limits nothing, and still nothing is started": {
    args: RUN,
    config: "'data-dir' = 'data'",
    may: PLACES,
  },
  "another command that says the same words is another command": {
    args: ["wire", "encode", "node", "run"],
    may: PLACES,
  },
  "the demo may start programs": { args: ["demo"], may: [...PLACES, "run"] },
};

if (isPortable()) {
  Deno.test("the launcher grants each command what it needs", async (test) => {
    await using folder = await temporaryFolder();
    const unpacked = await unpackedCopy(folder.path, PROBE);
    for (const [title, options] of Object.entries(CASES)) {
      await test.step(title, async () => {
        deepEqual((await probe(unpacked, options)).sort(), [...options.may].sort());
      });
    }
  });
}

Deno.test("a node tells what it may do, and does all its work within that", async () => {
  await using folder = await temporaryFolder();
  const mesh = await TestMesh.ofMembers(folder.path);
  const record = `${folder.path}/record`;
  for (const _ of ["first", "again"]) {
    await using node = mesh.start("solo", "--record", record);
    await node.line(/^ready/);
    const { privileges, socket } = await mesh.json("solo", "node", "status");
    equal(privileges.run, "denied");
    equal(privileges.ffi, "denied");
    deepEqual(
      privileges.write,
      isPortable() ? [mesh.dataDir("solo"), mesh.runtimeDir, socket, record] : ["/"],
    );
    equal((await node.stop()).code, 143, node.stderr());
    equal(saidBy(node).length, 1, node.stderr());
  }
  deepEqual([...Deno.readDirSync(mesh.runtimeDir)], []);
  equal(Deno.statSync(`${record}.previous`).isFile, true);
});

Deno.test("the doctor tries to start a program, and is refused", async () => {
  const { stdout } = await runPeat(["doctor", "--json", "--interface", "127.0.0.1"]);
  const checks: { id: string; status: string; detail: string }[] = JSON.parse(stdout).checks;
  const found = checks.find(({ id }) => id === "privileges");
  equal(found?.status, "pass", found?.detail);
  match(found!.detail, /^starting a program and loading a library were refused/);
});
