/**
 * How long a command takes that asks a running node, beside the runtime's own start-up, and how soon
 * a new node is heard and ready, in one run. The goal: `peat nodes` takes at most three times
 * `deno run` of an empty file. Measures the source, or the executable that PEAT_BINARY names. Reads
 * /proc, so it runs on Linux.
 */
import { createSocket } from "node:dgram";

const ROUNDS = 31;
const GROUP = "239.255.72.86";
/** What the kernel counts processor time in here. */
const NANOSECONDS_PER_MS = 1e6;
const ROOT = new URL("../../", import.meta.url).pathname;
const DENO = Deno.execPath();
const BINARY = Deno.env.get("PEAT_BINARY");
const PEAT: readonly string[] = BINARY === undefined
  ? [DENO, "run", "--quiet", "-A", "--unstable-net", `${ROOT}main.ts`]
  : [new URL(BINARY, `file://${Deno.cwd()}/`).pathname];

const folder = await Deno.makeTempDir({ prefix: "peat-bench-" });
const port = 20_000 + Math.floor(Math.random() * 20_000);
const node = startNode(folder, port);
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
  await measureNodes();
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
    console.log(`${name.padEnd(36)} ${ms.toFixed(1).padStart(7)} ms  ${(ms / base).toFixed(2)}x`);
  }
}

/** Each node is new, as it is where many are started at once, and has a formation or none. */
async function measureNodes(): Promise<void> {
  const formation = `${folder}/alpha.json`;
  const [program = "", ...before] = PEAT;
  const args = [...before, "formation", "create", "alpha", "--out", formation];
  const { success } = await new Deno.Command(program, { args, stdout: "null" }).output();
  if (!success) throw new Error("Cannot measure nodes: there is no formation");
  const cases = { "no formation": [], "a formation": ["--formation", formation] };
  const starts = new Map<string, Start[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, flags] of Object.entries(cases)) {
      starts.get(name)?.push(await measureStart(`${folder}/${name}-${round}`, flags));
    }
  }
  for (const [name, each] of starts) printStarts(name, each);
}

interface Moment {
  readonly ms: number;
  readonly processorMs: number;
}

interface Start {
  readonly beacon: Moment;
  readonly ready: Moment;
}

async function measureStart(dataDir: string, flags: readonly string[]): Promise<Start> {
  // Every node has a port of its own, so that none hears the goodbye of the one before.
  await using ear = await listen();
  const startedAt = performance.now();
  const started = startNode(dataDir, ear.port, flags);
  const now = () => ({ ms: performance.now() - startedAt, processorMs: processorMs(started.pid) });
  try {
    const [beacon, isReady] = await Promise.all([ear.heard.then(now), ready(started).then(now)]);
    return { beacon, ready: isReady };
  } finally {
    started.kill("SIGTERM");
    await started.status;
  }
}

/** Joins the group on loopback, at a free port, and tells of the first datagram. */
async function listen() {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  socket.addMembership(GROUP, "127.0.0.1");
  return {
    port: socket.address().port,
    heard: new Promise<void>((resolve) => socket.once("message", () => resolve())),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(resolve)),
  };
}

/** What every thread of the process has used so far. */
function processorMs(pid: number): number {
  const threads = [...Deno.readDirSync(`/proc/${pid}/task`)];
  return threads.reduce((sum, { name }) => {
    const [used] = Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ");
    return sum + Number(used) / NANOSECONDS_PER_MS;
  }, 0);
}

function printStarts(name: string, starts: readonly Start[]): void {
  for (const moment of ["beacon", "ready"] as const) {
    const label = `exec to ${moment === "beacon" ? "first beacon" : "ready"}, ${name}`;
    const ms = median(starts.map((start) => start[moment].ms)).toFixed(1).padStart(7);
    const processor = median(starts.map((start) => start[moment].processorMs)).toFixed(1);
    console.log(`${label.padEnd(36)} ${ms} ms  ${processor.padStart(7)} ms of processor time`);
  }
}

function startNode(
  dataDir: string,
  beaconPort: number,
  flags: readonly string[] = [],
): Deno.ChildProcess {
  const [program = "", ...before] = PEAT;
  return new Deno.Command(program, {
    args: [
      ...[...before, "node", "run", "--interface", "127.0.0.1"],
      ...["--port", "0", "--beacon-port", String(beaconPort)],
      ...["--data-dir", dataDir, "--runtime-dir", `${folder}/run`, ...flags],
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
