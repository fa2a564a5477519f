/**
 * How long a command takes that asks a running node, beside the runtime's own start-up, in one run.
 * The goal: `peat nodes` takes at most three times `deno run` of an empty file. Measures the source,
 * or the executable that PEAT_BINARY names.
 */
const ROUNDS = 31;
const ROOT = new URL("../../", import.meta.url).pathname;
const DENO = Deno.execPath();
const BINARY = Deno.env.get("PEAT_BINARY");
const PEAT: readonly string[] = BINARY === undefined
  ? [DENO, "run", "--quiet", "-A", "--unstable-net", `${ROOT}main.ts`]
  : [new URL(BINARY, `file://${Deno.cwd()}/`).pathname];

const folder = await Deno.makeTempDir({ prefix: "peat-bench-" });
const node = startNode();
try {
  await ready(node);
  const empty = `${folder}/empty.ts`;
  await Deno.writeTextFile(empty, "");
  const cases = {
    "deno run of an empty file": [DENO, "run", "--quiet", empty],
    "peat --help": [...PEAT, "--help"],
    "peat nodes": [...PEAT, "nodes", "--data-dir", folder],
    "peat node status --json": [...PEAT, "node", "status", "--json", "--data-dir", folder],
  };
  print(await measure(cases));
} finally {
  node.kill("SIGTERM");
  await node.status;
  await Deno.remove(folder, { recursive: true });
}

/** The cases take turns, so that whatever else the machine does meets them alike. */
async function measure(cases: Record<string, string[]>): Promise<Map<string, number>> {
  const samples = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, [program = "", ...args]] of Object.entries(cases)) {
      const startedAt = performance.now();
      const { success } = await new Deno.Command(program, { args, stdout: "null" })
        .output();
      if (!success) throw new Error(`Cannot measure ${name}: it failed`);
      samples.get(name)?.push(performance.now() - startedAt);
    }
  }
  return new Map([...samples].map(([name, each]) => [name, median(each)]));
}

function print(medians: Map<string, number>): void {
  const [base = NaN] = medians.values();
  for (const [name, ms] of medians) {
    console.log(`${name.padEnd(28)} ${ms.toFixed(1).padStart(7)} ms  ${(ms / base).toFixed(2)}x`);
  }
}

function startNode(): Deno.ChildProcess {
  const port = String(20_000 + Math.floor(Math.random() * 20_000));
  const [program = "", ...before] = PEAT;
  return new Deno.Command(program, {
    args: [
      ...before,
      ...["node", "run", "--interface", "127.0.0.1", "--beacon-port", port],
      ...["--data-dir", folder, "--runtime-dir", `${folder}/run`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

async function ready(process: Deno.ChildProcess): Promise<void> {
  const { value = new Uint8Array() } = await process.stderr.getReader().read();
  const line = new TextDecoder().decode(value);
  if (!line.startsWith("ready")) throw new Error(`Cannot start the node: ${line}`);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[sorted.length >> 1] ?? NaN;
}
