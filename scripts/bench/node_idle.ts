/**
 * What a node costs while nothing happens: memory, and the share of one core, with two nodes that
 * see each other in profile `standard`. Reads /proc, so it runs on Linux.
 */
const SETTLE_MS = 5_000;
const WATCH_MS = 20_000;
/** The unit of the processor times in /proc, which the kernel fixes at a hundredth of a second. */
const TICK_MS = 10;

const ROOT = new URL("../../", import.meta.url).pathname;
const folder = await Deno.makeTempDir({ prefix: "peat-bench-" });
const port = String(20_000 + Math.floor(Math.random() * 20_000));
const nodes = ["first", "second"].map(start);
try {
  await pause(SETTLE_MS);
  const before = nodes.map(({ pid }) => processorMs(pid));
  await pause(WATCH_MS);
  for (const [index, { pid }] of nodes.entries()) {
    const share = (processorMs(pid) - (before[index] ?? 0)) / WATCH_MS;
    const mebibytes = (residentKibibytes(pid) / 1_024).toFixed(0);
    console.log(
      `node ${index + 1}: ${mebibytes} MiB resident, ${(share * 100).toFixed(2)}% of a core`,
    );
  }
} finally {
  for (const node of nodes) node.kill("SIGTERM");
  await Promise.all(nodes.map((node) => node.status));
  await Deno.remove(folder, { recursive: true });
}

function start(id: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "-A", "--unstable-net", `${ROOT}main.ts`],
      ...["node", "run", "--id", id, "--interface", "127.0.0.1", "--beacon-port", port],
      ...["--data-dir", `${folder}/${id}`, "--runtime-dir", `${folder}/run`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

function processorMs(pid: number): number {
  // The name in brackets may hold spaces; user and system time are the 12th and 13th behind it.
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function residentKibibytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]);
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
